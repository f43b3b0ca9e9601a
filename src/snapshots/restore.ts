/**
 * A manifest as files on disk, in a folder that is made for it. Invariants: (1) nothing is written into a folder that was there before, so no
 * link can stand in the way; (2) a manifest that could lead out of the folder is refused before anything is written; (3) nothing is written
 * through a link of the manifest's own, for none is a parent of anything; (4) modes are ours: no set-user-id bit, no write bit for others.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, lchown, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { FrozenFile, FrozenLink, Manifest } from '../contracts/workspace.ts';
import type { Blobs } from '../store/blobs.ts';
import { toStoreFailure } from '../store/store-failure.ts';
import { manifestProblem, parentsOf } from './paths.ts';

export interface RestoreOptions {
  /** 0o644 by default; files that may be run have the `x` bits besides. */
  mode?: 0o644 | 0o444;
  /** True by default. Readers that must not be led anywhere do without. */
  hasLinks?: boolean;
  /** Who owns all of it, where that is not this process: the host's ids of a pod. */
  owner?: { uid: number; gid: number };
}

const FILES_AT_ONCE = 16;

/** Contract: `folder` does not exist, its parent is made; where it rejects, `folder` is gone again. Names of `.git` are names. */
export async function restore(
  blobs: Blobs,
  manifest: Manifest,
  folder: string,
  { mode = 0o644, hasLinks = true, owner }: RestoreOptions = {},
): Promise<void> {
  const problem = manifestProblem(manifest);
  if (problem !== null)
    throw new TypedFailure('SnapshotInvalid', `The snapshot can't be restored: ${problem}. Nothing was written.`);
  const links = hasLinks ? manifest.links : [];
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder);
  try {
    const own = async (path: string): Promise<void> => owner && lchown(path, owner.uid, owner.gid);
    await own(folder);
    for (const path of foldersOf([...manifest.files, ...links])) {
      await mkdir(join(folder, path));
      await own(join(folder, path));
    }
    await forEach(manifest.files, async (file) => {
      await writeFile(blobs, file, folder, mode);
      await own(join(folder, file.path));
    });
    await forEach(links, async (link) => {
      await writeLink(link, folder);
      await own(join(folder, link.path));
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Several at once. Rejects with the first error, when nothing is under way any more: what is there can then be removed. */
async function forEach<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const errors: Error[] = [];
  await pLimit(FILES_AT_ONCE).map(items, async (item) => {
    if (errors.length > 0) return;
    await work(item).catch((error: unknown) => errors.push(error as Error));
  });
  if (errors[0]) throw errors[0];
}

/** Each after the one that it lies in. */
function foldersOf(entries: { path: string }[]): string[] {
  const folders = new Set(entries.flatMap(({ path }) => parentsOf(path)));
  return [...folders].toSorted();
}

/** A copy that shares its blocks with the store, where the file system can. */
async function writeFile(
  blobs: Blobs,
  { path, blob, isExecutable }: FrozenFile,
  folder: string,
  mode: number,
): Promise<void> {
  const target = join(folder, path);
  try {
    await copyFile(blobs.pathOf(blob), target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  } catch (error) {
    throw toStoreFailure(error, `writing ${path} from object ${blob}`);
  }
  await chmod(target, isExecutable ? mode | 0o111 : mode);
}

async function writeLink({ path, target }: FrozenLink, folder: string): Promise<void> {
  await symlink(target, join(folder, path));
}
