/**
 * What of a directory is frozen: every regular file and link that no ignore rule leaves out, or that is included all the same. Links are never
 * followed; whatever else lies there is listed with the reason why it is not taken.
 */
import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeftOut } from '../contracts/workspace.ts';
import { FREEZE_BOUNDS } from './bounds.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { Included } from './included.ts';

export type Seen = { path: string; leftOut: null } | { path: string; leftOut: LeftOut['reason']; isLink?: true };

export { FREEZE_BOUNDS, type FreezeBounds } from './bounds.ts';

export const LINK_REASON = 'it is a symbolic link, and links are not followed';

/** Yields in the order of the folders; `path` is relative to `root`. `.git` is never entered nor taken, whatever it is. */
export async function* walk(root: string, include: string[] = []): AsyncGenerator<Seen> {
  const exclude = await textOf(join(root, '.git', 'info', 'exclude'));
  const included = include.length > 0 ? new Included(include) : null;
  yield* walkFolder({ root, included }, '', new IgnoreRules().with('', exclude));
}

interface Walk {
  root: string;
  included: Included | null;
}

/** `rules` are null below an ignored folder: there only what is included is taken. */
async function* walkFolder(walk: Walk, folder: string, inherited: IgnoreRules | null): AsyncGenerator<Seen> {
  const { root, included } = walk;
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    yield { path: folder, leftOut: `the folder can't be read (${codeOf(error)})` };
    return;
  }
  const rules = inherited && inherited.with(folder, await textOf(join(root, folder, '.gitignore')));
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === '.git') continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const isIgnored = rules === null || rules.ignores(path, entry.isDirectory());
    if (entry.isDirectory()) {
      if (!isIgnored || included?.mayHold(path)) yield* walkFolder(walk, path, isIgnored ? null : rules);
    } else if (!isIgnored || included?.takes(path)) yield seen(path, entry);
  }
}

/** Null where there is none that can be read. As git does, links are not followed; and nobody is waited for, whatever lies there. */
async function textOf(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (!file) return null;
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= FREEZE_BOUNDS.maxFileBytes ? await file.readFile('utf8') : null;
  } finally {
    await file.close();
  }
}

function seen(path: string, entry: Dirent): Seen {
  if (entry.name.includes('�')) return { path, leftOut: 'its name is not UTF-8' };
  if (entry.isFile()) return { path, leftOut: null };
  if (entry.isSymbolicLink()) return { path, leftOut: LINK_REASON, isLink: true };
  if (entry.isFIFO()) return { path, leftOut: 'it is a named pipe' };
  if (entry.isSocket()) return { path, leftOut: 'it is a socket' };
  return { path, leftOut: 'it is a device' };
}

export const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);
