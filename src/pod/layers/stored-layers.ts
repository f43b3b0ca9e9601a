/**
 * The layers of this host: `layers/KEY/` with each as `INDEX/NAME`, and a list of them. A folder of that name is whole, because it is made
 * elsewhere and renamed; it is never changed afterwards, but for the time of its last use.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makePassage } from '../identity.ts';
import type { Layer } from '../pod.ts';

type Listed = Omit<Layer, 'folder'>;

const LIST = 'layers.json';
const MAKING = '.making-';
/** Where tools write below `node_modules`. */
const SCRATCH = ['.cache', '.vite', '.vite-temp', '.vitest'];

/** Kept whatever their age; the others go when they were not used for long. A pod's layers are used anew with each lease. */
const KEPT = 20;
const UNUSED_MS = 7 * 24 * 3_600_000;
/** Longer than any setup may take. */
const ABANDONED_MS = 24 * 3_600_000;

/** Null where there are none of this key. Finding them is using them. */
export async function findLayers(all: string, key: string): Promise<Layer[] | null> {
  const folder = join(all, key);
  try {
    const listed = JSON.parse(await readFile(join(folder, LIST), 'utf8')) as Listed[];
    await utimes(join(folder, LIST), new Date(), new Date());
    return listed.map((layer, index) => ({ ...layer, folder: placeOf(folder, index, layer.path) }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Moves these folders out of a workspace that lies on the same file system. Where somebody else was faster, theirs stay. */
export async function keepLayers(all: string, key: string, workspace: string, paths: string[]): Promise<void> {
  await makePassage(all);
  const making = join(all, `${MAKING}${randomUUID()}`);
  await makePassage(making);
  try {
    await writeLayers(making, workspace, paths);
    await rename(making, join(all, key)).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function writeLayers(making: string, workspace: string, paths: string[]): Promise<void> {
  const listed: Listed[] = [];
  for (const [index, path] of paths.entries()) {
    const folder = placeOf(making, index, path);
    await makePassage(dirname(folder));
    await rename(join(workspace, path), folder);
    listed.push({ path, scratch: basename(path) === 'node_modules' ? await makeScratch(folder) : [] });
  }
  await writeFile(join(making, LIST), JSON.stringify(listed));
}

/** It keeps its name: packages find each other by that of `node_modules`, also where it is a link to here. */
const placeOf = (layers: string, index: number, path: string): string => join(layers, String(index), basename(path));

/** Those places that are folders, made where nothing is. */
async function makeScratch(folder: string): Promise<string[]> {
  const made: string[] = [];
  for (const place of SCRATCH) {
    const path = join(folder, place);
    await mkdir(path).catch(() => undefined);
    if ((await lstat(path)).isDirectory()) made.push(place);
  }
  return made;
}

/** Removes what was not used for long, beyond those used last, and what a killed worker left half made. */
export async function removeUnused(all: string, now = Date.now()): Promise<void> {
  const names = await readdir(all);
  const known = await Promise.all(
    names.map(async (name) => {
      const isMaking = name.startsWith(MAKING);
      const found = await stat(isMaking ? join(all, name) : join(all, name, LIST)).catch(() => null);
      return { name, isMaking, age: found === null ? 0 : now - found.mtimeMs };
    }),
  );
  const finished = known.filter(({ isMaking }) => !isMaking).sort((one, other) => one.age - other.age);
  const goes = [
    ...known.filter(({ isMaking, age }) => isMaking && age > ABANDONED_MS),
    ...finished.slice(KEPT).filter(({ age }) => age > UNUSED_MS),
  ];
  for (const { name } of goes) await rm(join(all, name), { recursive: true, force: true });
}
