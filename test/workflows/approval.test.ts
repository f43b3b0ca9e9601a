import { describe, expect, test } from '@jest/globals';
import { ObjectiveState } from '../../workflows/objective-state.ts';
import { rules, subtask } from '../support/builders.ts';

const request = (high: number, spentMicros = 0) => ({
  spentMicros,
  costMicros: { low: 1, likely: 2, high },
  seconds: { low: 1, likely: 2, high: 3 },
  estimateRef: 'sha256:estimate',
});

function objective(approveAboveMicros?: number): ObjectiveState {
  const state = new ObjectiveState({ ...rules(), ...(approveAboveMicros !== undefined && { approveAboveMicros }) }, 0);
  state.files.froze({ workspaceRef: 'sha256:workspace', files: 0, bytes: 0, leftOut: 0 });
  state.adopt([subtask('a'), subtask('b', ['a'])], 'because');
  return state;
}

describe('an approval', () => {
  test('is asked for above the threshold alone, with what is spent', () => {
    const asks = (high: number, spent: number, above?: number): boolean => {
      const state = objective(above);
      state.approval.ask(request(high, spent));
      return state.approval.asked !== null;
    };
    expect([asks(100, 0, 100), asks(101, 0, 100), asks(90, 11, 100), asks(1e9, 1e9)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('holds everything, is shown with its range, and is not given by resume', () => {
    const state = objective(1_000_000);
    state.approval.ask(request(2_000_000, 250_000));
    state.pause({ reason: 'person', message: '' });
    state.resume();
    expect(state.hasStartable).toBe(false);
    expect(state.progress()).toMatchObject({
      status: 'paused',
      pause: {
        reason: 'approval',
        message: expect.stringMatching(/to \$2\.00, .*; \$0\.25 is spent\. Above \$1\.00 /),
      },
      approval: request(2_000_000, 250_000),
    });
    state.approval.answer({ decision: 'approve' });
    expect(state.progress()).toMatchObject({ status: 'running', pause: null });
    expect(state.progress()).not.toHaveProperty('approval');
    expect(state.hasStartable).toBe(true);
  });

  test('leaves a person’s pause as it was', () => {
    const state = objective(1);
    state.approval.ask(request(2));
    state.pause({ reason: 'person', message: '' });
    state.approval.answer({ decision: 'approve' });
    expect(state.progress().pause?.reason).toBe('person');
    expect(state.hasStartable).toBe(false);
  });

  test('raises the threshold to what was approved, and the next run knows it', () => {
    const state = objective(100);
    state.approval.ask(request(400, 100));
    state.approval.answer({ decision: 'approve' });
    const next = new ObjectiveState({ ...rules(), approveAboveMicros: 100 }, 0, state.snapshot());
    for (const each of [state, next]) {
      each.approval.ask(request(200, 300));
      expect(each.approval.asked).toBeNull();
      each.approval.ask(request(201, 300));
      expect(each.approval.asked).not.toBeNull();
    }
    expect(objective().snapshot()).not.toHaveProperty('approveAboveMicros');
  });

  test('that is refused ends the objective by name, and what has not started is cancelled', () => {
    const state = objective(1);
    state.approval.ask(request(2_000_000));
    state.approval.answer({ decision: 'refuse', note: 'Not this month.' });
    const { refusal } = state.approval;
    expect(refusal).toEqual({
      type: 'ApprovalRefused',
      message: 'An estimate of up to $2.00 in all was refused. Not this month.',
    });
    if (refusal) state.fail(refusal, 9);
    expect(state.progressAtEnd(9)).toMatchObject({ status: 'failed', failure: { type: 'ApprovalRefused' } });
    expect(state.subtasks.map((each) => each.state)).toEqual(['cancelled', 'cancelled']);
  });
});
