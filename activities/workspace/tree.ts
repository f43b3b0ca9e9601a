/**
 * A frozen workspace as files on disk. The searchable tree is shared by all readers of the same state and holds regular
 * files alone; the copy for a check belongs to one check. Both are made beside and renamed: whole or absent.
 */
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import type { FrozenFile } from '../../src/contracts/workspace.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import type { FrozenWorkspace } from './frozen.ts';

const FILES_AT_ONCE = 16;

/** The folder of the shared tree, made when it is not there. Two makers at once are harmless: the first rename wins. */
export async function searchableTree(blobs: Blobs, workspace: FrozenWorkspace, cacheFolder: string): Promise<string> {
  const target = join(cacheFolder, 'trees', workspace.ref.replace('sha256:', ''));
  if (await exists(target)) return target;
  const beside = join(cacheFolder, 'trees', `making-${randomUUID()}`);
  await writeTree(blobs, workspace, beside, 0o444);
  try {
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
  return target;
}

/** A writable copy with the modes of the original. */
export async function writableCopy(blobs: Blobs, workspace: FrozenWorkspace, folder: string): Promise<void> {
  await writeTree(blobs, workspace, folder, 0o644);
}

async function writeTree(blobs: Blobs, workspace: FrozenWorkspace, folder: string, mode: number): Promise<void> {
  const { files } = workspace.manifest;
  await mkdir(folder, { recursive: true });
  for (const parent of new Set(files.map(({ path }) => dirname(path))))
    await mkdir(join(folder, parent), { recursive: true });
  const atOnce = pLimit(FILES_AT_ONCE);
  await atOnce.map(files, (file) => writeOut(blobs, file, folder, mode));
}

async function writeOut(
  blobs: Blobs,
  { path, blob, isExecutable }: FrozenFile,
  folder: string,
  mode: number,
): Promise<void> {
  const target = join(folder, path);
  await copyFile(blobs.pathOf(blob), target, constants.COPYFILE_FICLONE);
  await chmod(target, isExecutable ? mode | 0o111 : mode);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
