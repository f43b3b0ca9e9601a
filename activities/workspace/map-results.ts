/**
 * What maps have left, as files of the workspace that an attempt is given: a manifest of its own, the same whenever it is made again. They are there to
 * be read: whatever an attempt does to them is no change of its.
 */
import { MAP_RESULTS_FOLDER, mapResultPath } from '../../src/contracts/map-files.ts';
import { type MapResult, SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { type LeftOut, type Manifest, ManifestSchema } from '../../src/contracts/workspace.ts';
import { parentsOf } from '../../src/snapshots/paths.ts';
import { withProtectedFrom } from '../../src/snapshots/protected.ts';
import { type Entry, manifestOf, treeOf } from '../../src/snapshots/tree.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { FREEZE_BOUNDS } from '../../src/workspace/bounds.ts';

type Given = Pick<Assignment, 'workspaceRef' | 'dependencies'>;
type ResultFile = { path: string } & Extract<Entry, { type: 'file' }>;

/**
 * The files of an attempt; those that it was given where it depends on no map. What is larger than `mostBytes` is left out, with the reason: a
 * snapshot could not hold it. A file in the place of their folder gives way.
 */
export async function withMapResults(
  blobs: Blobs,
  { workspaceRef, dependencies }: Given,
  mostBytes: number = FREEZE_BOUNDS.maxFileBytes,
): Promise<string> {
  const files: ResultFile[] = [];
  for (const { subtaskId, resultRef } of dependencies) {
    const result = await blobs.getJson(resultRef, SubtaskResultSchema);
    if (result.kind === 'map') files.push(...(await filesOf(blobs, subtaskId, result)));
  }
  if (files.length === 0) return workspaceRef;
  const given = await blobs.getJson(workspaceRef, ManifestSchema);
  const [tree, leftOut]: [ReturnType<typeof treeOf>, LeftOut[]] = [treeOf(given), [...given.leftOut]];
  for (const { path, ...entry } of files) {
    for (const parent of parentsOf(path)) tree.delete(parent);
    if (entry.bytes <= mostBytes) tree.set(path, entry);
    else leftOut.push({ path, reason: `it has ${entry.bytes.toLocaleString('en')} bytes` });
  }
  return blobs.putJson(manifestOf(tree, leftOut));
}

/** A snapshot of an attempt as a state of the files that it was given, `givenRef`: what lies where results do is as it was there. */
export async function withoutMapResults(blobs: Blobs, givenRef: string, snapshotRef: string): Promise<string> {
  const [given, snapshot] = await Promise.all(
    [givenRef, snapshotRef].map((ref): Promise<Manifest> => blobs.getJson(ref, ManifestSchema)),
  );
  if (!given || !snapshot) throw new Error('A snapshot is of something.');
  const wasThere = treeOf(given);
  const inTheWay = parentsOf(`${MAP_RESULTS_FOLDER}/`).filter((path) => wasThere.has(path));
  const restored = withProtectedFrom(
    given,
    snapshot,
    [MAP_RESULTS_FOLDER, ...inTheWay].map((path) => `/${path}`),
  );
  const isOurs = ({ path }: LeftOut): boolean => path.startsWith(`${MAP_RESULTS_FOLDER}/`);
  const leftOut = [...restored.leftOut.filter((entry) => !isOurs(entry)), ...given.leftOut.filter(isOurs)];
  return blobs.putJson(manifestOf(treeOf(restored), leftOut));
}

async function filesOf(blobs: Blobs, subtaskId: string, { documents, figures }: MapResult): Promise<ResultFile[]> {
  const refs = {
    'results.jsonl': documents.results,
    'dead-letters.jsonl': documents.deadLetters,
    'summary.json': await blobs.put(`${JSON.stringify(figures, null, 2)}\n`),
  };
  const sizes = Object.entries(refs).map(async ([name, blob]): Promise<ResultFile> => ({
    ...{ path: mapResultPath(subtaskId, name as keyof typeof refs), type: 'file', blob },
    ...{ bytes: await blobs.sizeOf(blob), isExecutable: false, isBinary: false },
  }));
  return Promise.all(sizes);
}
