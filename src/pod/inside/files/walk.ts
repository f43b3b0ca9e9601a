/** Everything that lies below a folder, also what is ignored elsewhere and folders named `.git`: all of it is content. Links are seen, not followed. */
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, readdirSync } from 'node:fs';
import { Refusal } from '../refusal.ts';
import { type HeldFolder, inFolder, pathBelow, statAt } from './held.ts';

const DEEPEST = 128;

export interface Entry {
  path: string;
  stat: BigIntStats;
}

export interface LeftOut {
  path: string;
  reason: string;
}

export interface Visited {
  entries: Entry[];
  leftOut: LeftOut[];
}

/** One folder at a time, each before those below it, in the order of names. `skip`: paths that are not even looked at. */
export function* walk(root: string, start: string, skip: ReadonlySet<string> = new Set()): Generator<Visited> {
  const ahead = [start];
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    const visited = path.split('/').length > DEEPEST ? tooDeep(path) : visit(root, path, skip, path === start);
    yield visited;
    const folders = visited.entries.filter(({ stat }) => stat.isDirectory());
    ahead.push(...folders.map((folder) => folder.path).reverse());
  }
}

const tooDeep = (path: string): Visited => ({
  entries: [],
  leftOut: [{ path, reason: `it lies more than ${DEEPEST} folders deep` }],
});

/** A folder that has gone since it was seen is empty; the one that was asked for must be there. */
function visit(root: string, path: string, skip: ReadonlySet<string>, isStart: boolean): Visited {
  try {
    return inFolder(root, path, (folder) => look(root, folder, skip));
  } catch (error) {
    if (isStart || !(error instanceof Refusal)) throw error;
    return { entries: [], leftOut: [{ path, reason: `the folder can't be read: ${error.message}` }] };
  }
}

/**
 * What is in the folder that is held. Its entries are asked about by path, which takes half the time: no more than sizes and times can be
 * wrong for it where a folder is swapped meanwhile, and whoever opens an entry looks again.
 */
function look(root: string, folder: HeldFolder, skip: ReadonlySet<string>): Visited {
  const { names, unreadable } = namesIn(folder);
  const entries: Entry[] = [];
  for (const name of names.sort()) {
    const path = pathBelow(folder.path, name);
    const stat = skip.has(path) ? null : statAt(`${root}/${path}`, path);
    if (stat) entries.push({ path, stat });
  }
  const leftOut = unreadable.map((name) => ({ path: pathBelow(folder.path, name), reason: 'its name is not UTF-8' }));
  return { entries, leftOut };
}

/** Only where a name looks as if bytes had been replaced in it are the bytes themselves asked for. */
function namesIn(folder: HeldFolder): { names: string[]; unreadable: string[] } {
  const names = readdirSync(folder.at(''));
  if (!names.some((name) => name.includes('\uFFFD'))) return { names, unreadable: [] };
  const raw = readdirSync(folder.at(''), { encoding: 'buffer' });
  const [good, bad] = [raw.filter((name) => isUtf8(name)), raw.filter((name) => !isUtf8(name))];
  return { names: good.map(String), unreadable: bad.map(String) };
}
