/** A manifest as a map from paths, for whoever compares or changes one, and back. */
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { FrozenFile, FrozenLink, LeftOut, Manifest } from '../contracts/workspace.ts';
import { LINK_REASON } from '../workspace/walk.ts';
import { manifestProblem } from './paths.ts';

export type Entry = ({ type: 'file' } & Omit<FrozenFile, 'path'>) | { type: 'link'; target: string };
export type Tree = Map<string, Entry>;

export function treeOf({ files, links }: Manifest): Tree {
  return new Map<string, Entry>([
    ...files.map(({ path, ...file }): [string, Entry] => [path, { type: 'file', ...file }]),
    ...links.map(({ path, target }): [string, Entry] => [path, { type: 'link', target }]),
  ]);
}

/**
 * Links are listed as left out, too, so that readers who follow none can say why they are not there. What stands in the tree is otherwise not
 * left out. Throws `SnapshotInvalid` where the tree can't be a folder.
 */
export function manifestOf(tree: Tree, leftOut: LeftOut[]): Manifest {
  const files: FrozenFile[] = [];
  const links: FrozenLink[] = [];
  for (const [path, entry] of tree) {
    if (entry.type === 'link') links.push({ path, target: entry.target });
    else {
      const { bytes, blob, isExecutable, isBinary } = entry;
      files.push({ path, bytes, blob, isExecutable, isBinary });
    }
  }
  const problem = manifestProblem({ files, links });
  if (problem !== null)
    throw new TypedFailure('SnapshotInvalid', `These can't be the files of a workspace: ${problem}.`);
  const reasons = new Map(leftOut.filter(({ path }) => !tree.has(path)).map(({ path, reason }) => [path, reason]));
  for (const { path } of links) reasons.set(path, LINK_REASON);
  return {
    version: 1,
    files: files.toSorted(byPath),
    links: links.toSorted(byPath),
    leftOut: Array.from(reasons, ([path, reason]) => ({ path, reason })).toSorted(byPath),
  };
}

export const isSame = (a: Entry | undefined, b: Entry | undefined): boolean =>
  isSameContent(a, b) && (a?.type !== 'file' || b?.type !== 'file' || a.isExecutable === b.isExecutable);

/** But for whether it may be run. */
export function isSameContent(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a?.type === 'file' && b?.type === 'file') return a.blob === b.blob;
  if (a?.type === 'link' && b?.type === 'link') return a.target === b.target;
  return a === undefined && b === undefined;
}

export const byPath = (a: { path: string }, b: { path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
