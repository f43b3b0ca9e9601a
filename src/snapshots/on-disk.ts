/** What lies at a path of the caller's own working tree, compared with what a snapshot says. Links are looked at, never followed. */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parentsOf } from './paths.ts';
import type { Entry } from './tree.ts';

/** Null where it is exactly this entry (or exactly nothing, for null); otherwise what is there instead. */
export async function differenceFrom(root: string, path: string, entry: Entry | null): Promise<string | null> {
  const above = await obstacleAbove(root, path);
  if (above !== null) return entry === null && above === 'missing' ? null : above === 'missing' ? 'it is gone' : above;
  const found = await statOf(join(root, path));
  if (!entry) return found ? 'it is there already' : null;
  if (!found) return 'it is gone';
  if (entry.type === 'link') return linkDifference(join(root, path), found, entry.target);
  if (!found.isFile()) return `it is ${kindOf(found)} now`;
  if (((found.mode & 0o100) !== 0) !== entry.isExecutable) return 'its mode has changed';
  return (await hashOf(join(root, path))) === entry.blob ? null : 'it has changed since it was frozen';
}

/** Whatever lies above must be folders: `missing` where one is not there. */
async function obstacleAbove(root: string, path: string): Promise<string | null> {
  for (const parent of parentsOf(path)) {
    const found = await statOf(join(root, parent));
    if (!found) return 'missing';
    if (!found.isDirectory()) return `${parent} is ${kindOf(found)}, not a folder`;
  }
  return null;
}

async function linkDifference(path: string, found: Stats, target: string): Promise<string | null> {
  if (!found.isSymbolicLink()) return `it is ${kindOf(found)} now`;
  return (await readlink(path)) === target ? null : 'it leads elsewhere than when it was frozen';
}

export async function statOf(path: string): Promise<Stats | null> {
  return lstat(path).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  });
}

const kindOf = (found: Stats): string =>
  found.isDirectory() ? 'a folder' : found.isSymbolicLink() ? 'a link' : found.isFile() ? 'a file' : 'something else';

async function hashOf(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const digest = createHash('sha256');
  for await (const chunk of file.createReadStream()) digest.update(chunk as Buffer);
  return `sha256:${digest.digest('hex')}`;
}
