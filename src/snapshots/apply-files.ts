/**
 * Changes put into the caller's own working tree. Invariants: (1) nothing is written unless every path that is touched is as it was frozen;
 * (2) new files lie whole in a folder beside before anything moves, old ones are moved there, so that each step can be taken back, and is where
 * a later one fails; (3) what was moved away is looked at once more: what somebody wrote in between is put back, and all else, too;
 * (4) nothing is written through a link.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { LeftOut } from '../contracts/workspace.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Change } from './changes.ts';
import { differenceFrom, statOf } from './on-disk.ts';
import { parentsOf } from './paths.ts';
import { ChangesRefused } from './refused.ts';
import type { Entry } from './tree.ts';

type Undo = () => Promise<unknown>;

const HELP =
  'Put these files back as they were, or see `flotilla apply ID --patch FILE` and `--branch NAME`, which leave them alone.';

/**
 * Resolves to whether anything had to be done: not where all is as it should be already. Contract: with `ChangesRefused`, and with any other
 * failure that can be taken back, the tree is as it was.
 */
export async function applyToFiles(blobs: Blobs, root: string, changes: Change[]): Promise<boolean> {
  if (await areThere(root, changes)) return false;
  const obstacles = await obstaclesTo(root, changes);
  if (obstacles.length > 0) throw refused(root, obstacles);
  const beside = join(root, `.flotilla-apply-${randomUUID()}`);
  await mkdir(beside);
  const undo: Undo[] = [];
  try {
    await stage(blobs, root, beside, changes);
    await moveAway(root, beside, changes, undo);
    await moveIn(root, beside, changes, undo);
  } catch (error) {
    await takeBack(undo, root, beside, error);
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
  await rm(beside, { recursive: true, force: true });
  return true;
}

async function areThere(root: string, changes: Change[]): Promise<boolean> {
  for (const { path, after } of changes) {
    const isThere = after ? (await differenceFrom(root, path, after)) === null : !(await statOf(join(root, path)));
    if (!isThere) return false;
  }
  return true;
}

/** What can't be taken back stays beside, and is not removed. */
async function takeBack(undo: Undo[], root: string, beside: string, cause: unknown): Promise<void> {
  try {
    for (const step of undo.toReversed()) await step();
  } catch (error) {
    throw new Error(
      `Applying to ${root} failed, and so did taking it back (${(error as Error).message}). The files that were there lie in ${beside}.`,
      { cause },
    );
  }
}

async function obstaclesTo(root: string, changes: Change[]): Promise<LeftOut[]> {
  const leaving = new Set(changes.filter(({ before }) => before).map(({ path }) => path));
  const emptied = new Set([...leaving].flatMap(parentsOf));
  const obstacles: LeftOut[] = [];
  for (const { path, before } of changes) {
    if (!before && parentsOf(path).some((parent) => leaving.has(parent))) continue;
    const isFolderNow = !before && emptied.has(path);
    const reason = isFolderNow ? await folderObstacle(root, path) : await differenceFrom(root, path, before);
    if (reason !== null) obstacles.push({ path, reason });
  }
  return obstacles;
}

/** A folder makes room for a file; whether it gets empty is seen when what it held has moved. */
async function folderObstacle(root: string, path: string): Promise<string | null> {
  const found = await statOf(join(root, path));
  return !found || found.isDirectory() ? null : 'it is there already';
}

const staged = (beside: string, index: number): string => join(beside, `new-${index}`);
const movedAway = (beside: string, index: number): string => join(beside, `old-${index}`);

async function stage(blobs: Blobs, root: string, beside: string, changes: Change[]): Promise<void> {
  const unmasked = (await statOf(beside))?.mode ?? 0o755;
  for (const [index, { path, before, after }] of changes.entries()) {
    if (after?.type === 'link') await symlink(after.target, staged(beside, index));
    if (after?.type !== 'file') continue;
    await copyFile(
      blobs.pathOf(after.blob),
      staged(beside, index),
      constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL,
    );
    await chmod(staged(beside, index), await modeFor(join(root, path), before, after.isExecutable, unmasked));
  }
}

/** What the caller's file allows, or his umask, as a new folder shows it; but whether it may be run is as in the snapshot. */
async function modeFor(path: string, before: Entry | null, isExecutable: boolean, unmasked: number): Promise<number> {
  const old = before?.type === 'file' ? ((await statOf(path))?.mode ?? 0o644) & 0o777 : unmasked & 0o666;
  if (!isExecutable) return old & ~0o111;
  return old | ((old & 0o444) >> 2);
}

async function moveAway(root: string, beside: string, changes: Change[], undo: Undo[]): Promise<void> {
  for (const [index, { path, before }] of changes.entries()) {
    if (!before) continue;
    const away = movedAway(beside, index);
    await rename(join(root, path), away).catch((error: unknown) => unwritable(root, path, error));
    undo.push(() => rename(away, join(root, path)));
    const reason = await differenceFrom(beside, `old-${index}`, before);
    if (reason !== null) throw refused(root, [{ path, reason }]);
  }
  const emptied = new Set(changes.filter(({ before }) => before).flatMap(({ path }) => parentsOf(path)));
  for (const folder of [...emptied].toSorted().toReversed()) await removeEmpty(join(root, folder), undo);
}

async function removeEmpty(folder: string, undo: Undo[]): Promise<void> {
  const mode = (await statOf(folder))?.mode ?? 0o755;
  const isRemoved = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (!isRemoved) return;
  undo.push(async () => {
    await mkdir(folder);
    await chmod(folder, mode & 0o777);
  });
}

async function moveIn(root: string, beside: string, changes: Change[], undo: Undo[]): Promise<void> {
  for (const [index, { path, after }] of changes.entries()) {
    if (!after) continue;
    await makeFolders(root, dirname(path), undo);
    const target = join(root, path);
    const found = await statOf(target);
    if (found)
      throw refused(root, [
        { path, reason: found.isDirectory() ? 'other files are in this folder' : 'it is there already' },
      ]);
    await rename(staged(beside, index), target).catch((error: unknown) => unwritable(root, path, error));
    undo.push(() => rename(target, staged(beside, index)));
  }
}

async function makeFolders(root: string, folder: string, undo: Undo[]): Promise<void> {
  if (folder === '.') return;
  for (const parent of [...parentsOf(folder), folder]) {
    const found = await statOf(join(root, parent));
    if (found?.isDirectory()) continue;
    await mkdir(join(root, parent)).catch((error: unknown) => unwritable(root, parent, error));
    undo.push(() => rmdir(join(root, parent)));
  }
}

function unwritable(root: string, path: string, error: unknown): never {
  throw refused(root, [
    { path, reason: `it can't be written (${(error as NodeJS.ErrnoException).code ?? String(error)})` },
  ]);
}

const refused = (root: string, paths: LeftOut[]): ChangesRefused =>
  new ChangesRefused(
    `Not applied to ${root}: some files are not as they were when the objective started.`,
    paths,
    HELP,
  );
