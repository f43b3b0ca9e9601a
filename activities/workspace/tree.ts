/**
 * A frozen workspace as files on disk. The searchable tree is shared by all readers of the same state and holds regular
 * files alone; the copy for a check belongs to one check. Both are made beside and renamed: whole or absent.
 */
import { access, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { restore } from '../../src/snapshots/restore.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import type { FrozenWorkspace } from './frozen.ts';

/** The folder of the shared tree, made when it is not there. Two makers at once are harmless: the first rename wins. */
export async function searchableTree(blobs: Blobs, workspace: FrozenWorkspace, cacheFolder: string): Promise<string> {
  const target = join(cacheFolder, 'trees', workspace.ref.replace('sha256:', ''));
  if (await exists(target)) return target;
  const beside = join(cacheFolder, 'trees', `making-${randomUUID()}`);
  await restore(blobs, workspace.manifest, beside, { mode: 0o444, hasLinks: false });
  try {
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
  return target;
}

/** A writable copy with the modes of the original. Without links: what a check writes through one could be anywhere. */
export async function writableCopy(blobs: Blobs, workspace: FrozenWorkspace, folder: string): Promise<void> {
  await restore(blobs, workspace.manifest, folder, { hasLinks: false });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
