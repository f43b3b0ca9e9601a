/**
 * What a setup has made, without what it has changed: a patch can say what `npm install` runs, and that must not reach the tests or the sources.
 * Contract: nothing runs in either folder any more, so what is looked at is what is moved; links are moved and never followed.
 */
import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** Moves whatever lies in `from` and not in `to` to its place there. Only folders that are in both are looked into. */
export async function moveAdditions(from: string, to: string): Promise<void> {
  const there = new Set(await readdir(to));
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (!there.has(name)) await rename(source, target).catch(ignoreUnnameable);
    else if ((await isFolder(source)) && (await isFolder(target))) await moveAdditions(source, target);
  }
}

/** A name that is no UTF-8 can't be said again. */
function ignoreUnnameable(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

const isFolder = async (path: string): Promise<boolean> => (await lstat(path)).isDirectory();
