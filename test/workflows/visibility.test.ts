/** What the Web UI shows of the money. */
import { expect, test } from '@jest/globals';
import { ObjectiveState } from '../../workflows/objective-state.ts';
import { detailsOf } from '../../workflows/visibility.ts';
import { rules } from '../support/builders.ts';

function headAt(costMicros: number, budgetMicros: number | null, raisedTo?: number): string {
  const state = new ObjectiveState({ ...rules(), budgetMicros }, 0);
  state.spent({ calls: 1, costMicros });
  if (raisedTo !== undefined) state.capped(raisedTo);
  return detailsOf(state.progress()).split('\n')[0] ?? '';
}

test.each([
  ['spent', 1_500_000, null, undefined, /\$1\.50$/],
  ['spent, of what', 1_500_000, 2_000_000, undefined, /\$1\.50 of \$2\.00$/],
  ['a warning from four fifths on', 1_600_000, 2_000_000, undefined, /\$1\.60 of \$2\.00 · ⚠ 80 % of the cap$/],
  ['the cap as it was raised', 1_600_000, 2_000_000, 5_000_000, /\$1\.60 of \$5\.00$/],
])('the details say %s', (_, costMicros, budgetMicros, raisedTo, head) => {
  expect(headAt(costMicros, budgetMicros, raisedTo)).toMatch(head);
});

test('a cap that was raised is carried into the next run', () => {
  const state = new ObjectiveState({ ...rules(), budgetMicros: 1 }, 0);
  state.files.froze({ workspaceRef: 'sha256:w', files: 1, bytes: 1, leftOut: 0 });
  state.capped(7);
  const next = new ObjectiveState({ ...rules(), budgetMicros: 1 }, 0, state.snapshot());
  expect(next.progress().capMicros).toBe(7);
});
