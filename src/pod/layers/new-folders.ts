/** What a setup made: the top-most folders that were not there before it. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Outputs of builds, caches and histories: a pod must be able to write to them, and a layer is read-only. Made again where they are needed. */
const NOT_KEPT = new Set([
  ...['.git', 'target', 'dist', 'build', 'out', '.next', '.nuxt', '.turbo', '.parcel-cache', 'coverage', '.nyc_output'],
  ...['__pycache__', '.pytest_cache', '.mypy_cache', '.ruff_cache', '.cache', '.gradle', 'tmp', 'log', 'logs'],
]);

/** Every folder below `root`, by its path from there; `/`-separated. Links are no folders, and nobody goes through one. */
export async function foldersOf(root: string): Promise<Set<string>> {
  const found = new Set<string>();
  // By hand: `readdirSync` with `recursive` goes through links (Node 24), and that `readdir` does not is promised nowhere.
  const queue = [''];
  for (const below of queue) {
    for (const path of await foldersIn(root, below)) {
      found.add(path);
      queue.push(path);
    }
  }
  return found;
}

/** Those that are not among `before`, each without what is below it. */
export async function newFolders(root: string, before: ReadonlySet<string>, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const path of await foldersIn(root, below)) {
    if (before.has(path)) found.push(...(await newFolders(root, before, path)));
    else if (!NOT_KEPT.has(basename(path)) && !path.includes('\uFFFD')) found.push(path);
  }
  return found.sort();
}

async function foldersIn(root: string, below: string): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => (below === '' ? name : `${below}/${name}`));
}
