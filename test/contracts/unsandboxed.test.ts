/** Who tells that an agent's commands ran outside of a sandbox: what was planned where there is none, and hosts whose work was merged. */
import { expect, test } from '@jest/globals';
import type { MergedChange } from '../../src/contracts/objective.ts';
import { ranUnsandboxed } from '../../src/contracts/objective.ts';
import { ObjectiveState } from '../../workflows/objective-state.ts';
import { rules, subtask } from '../support/builders.ts';

const planned = subtask('fix', [], { kind: 'code', isUnsandboxed: true });
const change: MergedChange = { subtaskId: 'fix', title: 'Fix', ref: 'sha256:f', protected: [] };

function begun(fix = planned): ObjectiveState {
  const state = new ObjectiveState(rules(), 0);
  state.files.froze({ workspaceRef: 'sha256:w', files: 1, bytes: 1, leftOut: 0 });
  state.adopt([fix], 'because');
  return state;
}

test('what is planned counts from its start on, and after continuing as new', () => {
  const state = begun();
  expect(ranUnsandboxed(state.progress())).toBe(false);
  state.takeStartable(1);
  expect(ranUnsandboxed(state.progress())).toBe(true);
  expect(ranUnsandboxed(new ObjectiveState(rules(), 2, state.snapshot()).progress())).toBe(true);
});

test.each([
  ['has none', { ...change, isUnsandboxed: true as const }, true],
  ['has one', change, false],
])('a host that %s is believed, whatever the planner’s has', (_, merged, expected) => {
  const state = begun(subtask('fix', [], { kind: 'code' }));
  state.takeStartable(1);
  state.files.mergedIn(merged);
  expect(ranUnsandboxed(state.progress())).toBe(expected);
});
