/** What maps leave, in the workspaces of those that depend on them, and nowhere else. */
import { describe, expect, test } from '@jest/globals';
import { withMapResults, withoutMapResults } from '../../activities/workspace/map-results.ts';
import { FrozenWorkspace } from '../../activities/workspace/frozen.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import type { SubtaskResult } from '../../src/contracts/results.ts';
import { mergeSnapshots } from '../../src/snapshots/merge.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { type Content, contentOf, newBlobs, snapshotOf } from '../support/snapshots.ts';

const RESULTS = { 'results.jsonl': '{"id":"a"}\n', 'dead-letters.jsonl': '', 'summary.json': '{\n  "done": 1\n}\n' };
const IN_FILES = Object.fromEntries(
  Object.entries(RESULTS).map(([name, text]) => [`.flotilla/results/sort/${name}`, text]),
);

async function mapResult(blobs: Blobs): Promise<string> {
  const { 'results.jsonl': lines, 'dead-letters.jsonl': dead } = RESULTS;
  const [results, deadLetters, other] = [await blobs.put(lines), await blobs.put(dead), await blobs.put('x')];
  const result: SubtaskResult = {
    ...{ kind: 'map', summary: '1 item', operation: 'classify', findings: [], figures: { done: 1 } },
    documents: { items: other, results, deadLetters, csv: other },
  };
  return blobs.putJson(result);
}

async function given(files: Record<string, Content>, mostBytes?: number) {
  const blobs = newBlobs();
  const workspaceRef = await snapshotOf(blobs, files);
  const dependencies = [{ subtaskId: 'sort', title: 'Sort', resultRef: await mapResult(blobs) }];
  const make = () => withMapResults(blobs, { workspaceRef, dependencies }, mostBytes);
  return { blobs, workspaceRef, make, withResults: await make() };
}

describe('who depends on a map', () => {
  test('finds its results, dead letters and figures beside the files, the same on a retry', async () => {
    const { blobs, withResults, make } = await given({ 'a.txt': 'a' });
    expect(await contentOf(blobs, withResults)).toEqual({ 'a.txt': 'a', ...IN_FILES });
    expect(await make()).toBe(withResults);
  });

  test('finds them also where a file or a link has the name of their folder', async () => {
    for (const inTheWay of ['a file', { link: '/etc' }]) {
      const { blobs, withResults } = await given({ '.flotilla': inTheWay, 'a.txt': 'a' });
      expect(await contentOf(blobs, withResults)).toEqual({ 'a.txt': 'a', ...IN_FILES });
    }
  });

  test('is told of those that are too large for a workspace', async () => {
    const { blobs, withResults } = await given({ 'a.txt': 'a' }, 10);
    const workspace = await FrozenWorkspace.load(blobs, withResults);
    expect(() => workspace.file('.flotilla/results/sort/results.jsonl')).toThrow('it has 11 bytes');
  });

  test('leaves no trace of them, whatever it does to them', async () => {
    for (const before of [{}, { '.flotilla/notes.md': 'n', '.flotilla/results/own.txt': 'o' }, { '.flotilla': 'x' }]) {
      const files = { 'a.txt': 'a', ...before };
      const { blobs, workspaceRef, withResults } = await given(files);
      const { '.flotilla/results/sort/summary.json': _, ...most } = await contentOf(blobs, withResults);
      const left = await snapshotOf(blobs, {
        ...most,
        ...{ 'a.txt': 'changed', '.flotilla/results/sort/results.jsonl': 'changed', '.flotilla/results/new': 'new' },
      });
      const ref = await withoutMapResults(blobs, workspaceRef, left);
      expect(await contentOf(blobs, ref)).toEqual({ ...files, 'a.txt': 'changed' });
      const merged = await mergeSnapshots(blobs, {
        ...{ base: workspaceRef, ours: workspaceRef, theirs: ref, path: '' },
      });
      // What passed its checks is what is merged, byte for byte.
      expect(merged).toEqual({ ref });
    }
  });

  test('leaves nothing of those that were too large either', async () => {
    const { blobs, workspaceRef, withResults } = await given({ 'a.txt': 'a' }, 10);
    const ref = await withoutMapResults(blobs, workspaceRef, withResults);
    expect((await blobs.getJson(ref, ManifestSchema)).leftOut).toEqual([]);
    expect(ref).toBe(workspaceRef);
  });
});

test('who depends on no map has the files as they are', async () => {
  const blobs = newBlobs();
  const workspaceRef = await snapshotOf(blobs, { 'a.txt': 'a' });
  expect(await withMapResults(blobs, { workspaceRef, dependencies: [] })).toBe(workspaceRef);
});
