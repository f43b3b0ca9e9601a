/** The files of a directory as freezing it would take them, by path and size. Nothing is read but the folders. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { FREEZE_BOUNDS, walk } from './walk.ts';

/** Files that can't be asked, and those that are too large, are not taken. Ends at the bound at which freezing refuses. */
export async function sizesIn(root: string, include: string[] = []): Promise<{ path: string; bytes: number }[]> {
  const files: { path: string; bytes: number }[] = [];
  for await (const { path, leftOut } of walk(root, include)) {
    if (leftOut !== null) continue;
    const bytes = await sizeOf(root, path);
    if (bytes === null || bytes > FREEZE_BOUNDS.maxFileBytes) continue;
    files.push({ path, bytes });
    if (files.length > FREEZE_BOUNDS.maxFiles) break;
  }
  return files;
}

/** Null where it is not a file that can be asked. */
export async function sizeOf(root: string, path: string): Promise<number | null> {
  const found = await lstat(join(root, path)).catch(() => null);
  return found?.isFile() ? found.size : null;
}
