/**
 * A tree of a repository as a frozen manifest: bytes as git has them, links as links, no history. Side effects: objects in the store,
 * which are the same when it is done again.
 */
import type { LeftOut, Manifest } from '../contracts/workspace.ts';
import { InputInvalid } from '../located-yaml.ts';
import { parentsOf, pathProblem, targetProblem } from '../snapshots/paths.ts';
import { type Entry, manifestOf, type Tree, treeOf } from '../snapshots/tree.ts';
import type { Blobs } from '../store/blobs.ts';
import { FREEZE_BOUNDS } from '../workspace/walk.ts';
import { type Repository, resolveCommit } from './git.ts';
import { blobsOf, entriesOf, type TreeEntry } from './objects.ts';
import { areOfOneCommit, type TestFiles } from './schema.ts';

/** Git's own rule for what is binary: a NUL byte among the first 8,000. */
const SNIFFED_BYTES = 8000;

/** `tree`: the id of a tree or commit. Whatever can't be taken is listed with the reason. */
export async function checkout(repository: Repository, tree: string, blobs: Blobs): Promise<Manifest> {
  const entries = await entriesOf(repository, tree);
  if (entries.length > FREEZE_BOUNDS.maxFiles)
    throw new InputInvalid(`${repository.named} has ${entries.length} files at ${tree}, more than can be frozen.`);
  const taken = await take(repository, entries, blobs);
  return manifestOf(taken.tree, taken.leftOut);
}

/** What `testFiles` of an instance names. Throws `InputInvalid` where a commit does not hold it. */
export async function testFilesOf(repository: Repository, testFiles: TestFiles, blobs: Blobs): Promise<Tree> {
  const tree: Tree = new Map();
  const wanted: { commit: string; paths: string[] }[] = [];
  if (areOfOneCommit(testFiles)) wanted.push(testFiles);
  else {
    for (const [path, file] of Object.entries(testFiles)) {
      if ('commit' in file) wanted.push({ commit: file.commit, paths: [path] });
      else tree.set(path, await fileEntry(Buffer.from(file.content), false, blobs));
    }
  }
  for (const { commit, paths } of merged(wanted)) {
    const taken = await take(repository, await entriesBelow(repository, commit, paths), blobs);
    for (const [path, entry] of taken.tree) tree.set(path, entry);
  }
  return tree;
}

/** The manifest with files written over it. Where something else stands in their way, it is gone. */
export function withFiles(manifest: Manifest, files: Tree): Manifest {
  const tree = treeOf(manifest);
  const above = new Set([...files.keys()].flatMap(parentsOf));
  for (const path of tree.keys())
    if (above.has(path) || parentsOf(path).some((parent) => files.has(parent))) tree.delete(path);
  for (const [path, entry] of files) tree.set(path, entry);
  return manifestOf(tree, manifest.leftOut);
}

function merged(wanted: { commit: string; paths: string[] }[]): { commit: string; paths: string[] }[] {
  const byCommit = Map.groupBy(wanted, ({ commit }) => commit);
  return Array.from(byCommit, ([commit, all]) => ({ commit, paths: all.flatMap(({ paths }) => paths) }));
}

async function entriesBelow(repository: Repository, revision: string, paths: string[]): Promise<TreeEntry[]> {
  const entries = await entriesOf(repository, await resolveCommit(repository, revision));
  const of = (wanted: string): TreeEntry[] =>
    entries.filter(({ path }) => path === wanted || path.startsWith(`${wanted}/`));
  return paths.flatMap((path) => {
    const found = of(path);
    if (found.length > 0) return found;
    throw new InputInvalid(`testFiles: there is no ${path} at ${revision} of ${repository.named}.`);
  });
}

async function take(
  repository: Repository,
  entries: TreeEntry[],
  blobs: Blobs,
): Promise<{ tree: Tree; leftOut: LeftOut[] }> {
  const tree: Tree = new Map();
  const leftOut: LeftOut[] = [];
  const wanted: TreeEntry[] = [];
  const reasonOf = reasons(entries);
  for (const entry of entries) {
    const reason = reasonOf(entry);
    if (reason === null) wanted.push(entry);
    else leftOut.push({ path: entry.path, reason });
  }
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > FREEZE_BOUNDS.maxTotalBytes)
    throw new InputInvalid(`${repository.named} has ${total} bytes, more than can be frozen.`);
  let at = 0;
  for await (const content of blobsOf(
    repository,
    wanted.map(({ id }) => id),
  )) {
    const entry = wanted[at++];
    if (!entry) break;
    const { path, type } = entry;
    if (type !== 'link') tree.set(path, await fileEntry(content, type === 'executable', blobs));
    else {
      const target = content.toString('utf8');
      const problem = targetProblem(target);
      if (problem === null) tree.set(path, { type: 'link', target });
      else leftOut.push({ path, reason: problem });
    }
  }
  return { tree, leftOut };
}

/** Trees that nobody made with git's own commands can hold anything. */
function reasons(entries: TreeEntry[]): (entry: TreeEntry) => string | null {
  const leaves = new Set(entries.map(({ path }) => path));
  const seen = new Set<string>();
  return ({ path, problem, type, bytes }) => {
    if (problem !== null) return problem;
    if (type === 'submodule') return 'it is a submodule: a repository of its own';
    if (bytes > FREEZE_BOUNDS.maxFileBytes) return `it has ${bytes.toLocaleString('en')} bytes`;
    if (seen.has(path)) return 'the tree holds it twice';
    seen.add(path);
    if (parentsOf(path).some((parent) => leaves.has(parent))) return 'it is below a file';
    return pathProblem(path);
  };
}

async function fileEntry(content: Buffer, isExecutable: boolean, blobs: Blobs): Promise<Entry> {
  const isBinary = content.subarray(0, SNIFFED_BYTES).includes(0);
  return { type: 'file', bytes: content.length, blob: await blobs.put(content), isExecutable, isBinary };
}
