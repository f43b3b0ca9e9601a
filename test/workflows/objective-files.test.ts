/** What an objective's files are at any time, and what of them is shown and carried. */
import { expect, test } from '@jest/globals';
import type { MergedChange } from '../../src/contracts/objective.ts';
import { ObjectiveFiles } from '../../workflows/objective-files.ts';

const workspace = { workspaceRef: 'sha256:w', files: 1, bytes: 1, leftOut: 0, baseCommit: 'abc' };
const change = (subtaskId: string): MergedChange => ({
  subtaskId,
  title: subtaskId,
  ref: `sha256:${subtaskId}`,
  protected: [],
});

test('files are as they were frozen, then as the last merge has left them', () => {
  const files = new ObjectiveFiles('/work');
  expect([files.ref, files.frozen, files.progress()]).toEqual(['', null, {}]);
  files.froze(workspace);
  expect([files.ref, files.progress()]).toEqual(['sha256:w', {}]);
  files.mergedIn(change('a'));
  files.mergedIn(change('b'));
  expect(files.ref).toBe('sha256:b');
  expect(files.progress()).toEqual({
    merged: [change('a'), change('b')],
    origin: { baseRef: 'sha256:w', baseCommit: 'abc', workspacePath: '/work' },
  });
});

test('what is carried is all that is known; there is nothing to carry before they are frozen', () => {
  const files = new ObjectiveFiles('/work');
  expect(() => files.snapshot()).toThrow('before the workspace is frozen');
  files.froze(workspace);
  expect(files.snapshot()).toEqual({ workspace });
  files.mergedIn(change('a'));
  const carried = new ObjectiveFiles('/work', files.snapshot());
  expect([carried.ref, carried.progress()]).toEqual([files.ref, files.progress()]);
  carried.mergedIn(change('b'));
  expect(files.merged).toEqual([change('a')]);
});
