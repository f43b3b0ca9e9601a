/**
 * What every pod is shown of the product: the supervisor with what it imports, Node, ripgrep. Copied once per version, because the
 * product may lie where a pod's user can't look, and whole or not at all.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  chmod,
  copyFile,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rgPath } from '@vscode/ripgrep';

/** `src`, or `dist/src`: what is copied keeps its place below it. */
const SOURCES = fileURLToPath(new URL('..', import.meta.url));
const SUPERVISOR = fileURLToPath(new URL(`./inside/supervisor${extname(import.meta.url)}`, import.meta.url));

/** Places in the folder of tools. */
export const NODE_PATH = 'bin/node';
export const RIPGREP_PATH = 'rg';
export const SUPERVISOR_PATH = join('src', relative(SOURCES, SUPERVISOR));

const WRITTEN = {
  'package.json': '{ "type": "module" }\n',
  'etc/passwd': 'agent:x:1000:1000:agent:/tmp/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  'etc/group': 'agent:x:1000:\nnogroup:x:65534:\n',
  'etc/hosts': '127.0.0.1 localhost pod\n::1 localhost\n',
};

/**
 * Binaries with their modes. Node can be run and not read: the kernel then shows nobody the memory and the open files of the
 * supervisor, and a command of the same user can't take it over.
 */
const BINARIES = [
  { source: process.execPath, target: NODE_PATH, mode: 0o111 },
  { source: rgPath, target: RIPGREP_PATH, mode: 0o555 },
];

const made = new Map<string, Promise<string>>();

/** Each has some 130 MB. Whoever starts a pod uses one, so what is old enough belongs to a version that nobody runs any more. */
const UNUSED_MS = 7 * 24 * 3_600_000;

/** The folder of this version's tools below that of all pods. Asking for it is using it. */
export async function toolsFolder(podsFolder: string): Promise<string> {
  const known = made.get(podsFolder);
  if (known && (await use(await known))) return known;
  const making = makeTools(podsFolder);
  made.set(podsFolder, making);
  making.catch(() => made.delete(podsFolder));
  return making;
}

/** False where it is not there. */
async function use(folder: string): Promise<boolean> {
  try {
    await utimes(folder, new Date(), new Date());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function makeTools(podsFolder: string): Promise<string> {
  const files = new Map(Object.entries(WRITTEN));
  await gatherModules(SUPERVISOR, files);
  const all = join(podsFolder, 'tools');
  const folder = join(all, await versionOf(files));
  if (await use(folder)) return folder;
  const beside = `${folder}.${randomUUID()}`;
  try {
    await writeTools(beside, files);
    await rename(beside, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  await removeUnused(all);
  return folder;
}

async function removeUnused(all: string): Promise<void> {
  for (const name of await readdir(all)) {
    const found = await stat(join(all, name)).catch(() => null);
    if (found && Date.now() - found.mtimeMs > UNUSED_MS) await rm(join(all, name), { recursive: true, force: true });
  }
}

/** A module and those of ours that it imports at run time, by their place. Packages are not there in a pod. */
async function gatherModules(file: string, files: Map<string, string>): Promise<void> {
  const place = join('src', relative(SOURCES, file));
  if (files.has(place)) return;
  const text = await readFile(file, 'utf8');
  files.set(place, text);
  for (const [, path = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^'"]*?from ['"](\.[^'"]+)['"];$/gm))
    await gatherModules(resolve(dirname(file), path), files);
}

async function versionOf(files: Map<string, string>): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([...files].sort()));
  for (const { source, mode } of BINARIES) {
    const { size, mtimeMs } = await stat(source);
    hash.update(`${source}\0${size}\0${mtimeMs}\0${mode}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function writeTools(folder: string, files: Map<string, string>): Promise<void> {
  for (const [place, text] of files) {
    const path = await placeBelow(folder, place);
    await writeFile(path, text);
    await chmod(path, 0o444);
  }
  for (const { source, target, mode } of BINARIES) {
    const path = await placeBelow(folder, target);
    await copyFile(source, path, constants.COPYFILE_FICLONE);
    await chmod(path, mode);
  }
}

/** The path of a file whose folders are there and open to everybody, whatever the umask. */
async function placeBelow(root: string, place: string): Promise<string> {
  const path = join(root, place);
  await mkdir(dirname(path), { recursive: true });
  for (let folder = dirname(path); folder !== dirname(dirname(root)); folder = dirname(folder))
    await chmod(folder, 0o755);
  return path;
}
