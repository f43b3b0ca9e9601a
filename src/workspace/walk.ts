/**
 * What of a directory is frozen: every regular file that no ignore rule leaves out. Links are never followed; whatever
 * else lies there is listed with the reason why it is not taken.
 */
import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import type { LeftOut } from '../contracts/workspace.ts';

export type Seen = { path: string; leftOut: null } | { path: string; leftOut: LeftOut['reason'] };

export interface FreezeBounds {
  maxFiles: number;
  maxFileBytes: number;
  maxTotalBytes: number;
}

export const FREEZE_BOUNDS: FreezeBounds = {
  maxFiles: 50_000,
  maxFileBytes: 20_000_000,
  maxTotalBytes: 2_000_000_000,
};

/** Rules of one ignore file, for paths below its folder. */
interface Rules {
  folder: string;
  matcher: Ignore;
}

/** Yields in the order of the folders; `path` is relative to `root`. `.git` is never entered. */
export async function* walk(root: string): AsyncGenerator<Seen> {
  const exclude = await rulesIn(join(root, '.git', 'info', 'exclude'), '');
  yield* walkFolder(root, '', exclude);
}

async function* walkFolder(root: string, folder: string, inherited: Rules[]): AsyncGenerator<Seen> {
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    yield { path: folder, leftOut: `the folder can't be read (${codeOf(error)})` };
    return;
  }
  const rules = [...inherited, ...(await rulesIn(join(root, folder, '.gitignore'), folder))];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name === '.git' || isIgnored(path, entry.isDirectory(), rules)) continue;
    if (entry.isDirectory()) yield* walkFolder(root, path, rules);
    else yield { path, leftOut: whyNot(entry) };
  }
}

/** The ignore file nearest to the path that has a say decides. */
function isIgnored(path: string, isDirectory: boolean, rules: Rules[]): boolean {
  for (const { folder, matcher } of rules.toReversed()) {
    const below = folder === '' ? path : path.slice(folder.length + 1);
    const verdict = matcher.test(isDirectory ? `${below}/` : below);
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}

async function rulesIn(file: string, folder: string): Promise<Rules[]> {
  try {
    return [{ folder, matcher: ignore().add(await readFile(file, 'utf8')) }];
  } catch {
    return [];
  }
}

function whyNot(entry: Dirent): string | null {
  if (entry.name.includes('�')) return 'its name is not UTF-8';
  if (entry.isFile()) return null;
  if (entry.isSymbolicLink()) return 'it is a symbolic link, and links are not followed';
  if (entry.isFIFO()) return 'it is a named pipe';
  if (entry.isSocket()) return 'it is a socket';
  return 'it is a device';
}

export const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);
