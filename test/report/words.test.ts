import { expect, test } from '@jest/globals';
import { durationText, speedText, subtaskTotals } from '../../src/report/words.ts';
import { reportSubtask } from '../support/report.ts';

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1.0 s'],
  [89_949, '89.9 s'],
  [90_000, '1 min 30 s'],
  [119_700, '2 min 0 s'],
  [5_399_000, '89 min 59 s'],
  [5_400_000, '1 h 30 min'],
  [172_740_000, '47 h 59 min'],
  [172_800_000, '2 d 0 h'],
  [-5, '0 ms'],
])('%i ms are "%s"', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('the time taken is told beside the times one after the other', () => {
  expect(speedText({ startedAtMs: 1000, endedAtMs: 31_000, serialMs: 95_000 })).toBe(
    'took 30.0 s; the subtasks one after the other, 1 min 35 s',
  );
});

test('totals name every way in which a subtask did not complete', () => {
  const states = ['completed', 'completed', 'failed', 'skipped', 'skipped', 'cancelled'];
  const subtasks = states.map((state, index) => reportSubtask(`s${index}`, { state }));
  expect(subtaskTotals({ subtasks })).toBe('2 of 6 subtasks completed, 1 failed, 2 skipped, 1 cancelled');
  expect(subtaskTotals({ subtasks: subtasks.slice(0, 1) })).toBe('1 of 1 subtask completed');
});
