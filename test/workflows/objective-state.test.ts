import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EndedAttemptSchema } from '../../src/contracts/attempts.ts';
import type { SubtaskOutcome, SubtaskRecord } from '../../src/contracts/objective.ts';
import type { Limits } from '../../src/contracts/limits.ts';
import { judge } from '../../workflows/objective-result.ts';
import { ObjectiveState } from '../../workflows/objective-state.ts';
import { completed, failed, rules, subtask } from '../support/builders.ts';

function objective(subtasks: Parameters<ObjectiveState['adopt']>[0], change: Partial<Limits> = {}): ObjectiveState {
  const state = new ObjectiveState(rules(change), 0);
  state.adopt(subtasks, 'because');
  return state;
}

const ids = (subtasks: SubtaskRecord[]): string[] => subtasks.map(({ id }) => id);
const find = (state: ObjectiveState, id: string) => state.subtasks.find((candidate) => candidate.id === id);

describe('dispatch', () => {
  test('starts a subtask the moment its last dependency has ended', () => {
    const state = objective([subtask('a'), subtask('b'), subtask('c', ['a', 'b'])]);
    expect(ids(state.takeStartable(1))).toEqual(['a', 'b']);
    state.record('a', completed(), 2);
    expect(state.hasStartable).toBe(false);
    state.record('b', completed(), 3);
    expect(ids(state.takeStartable(4))).toEqual(['c']);
  });

  test('takes the longest chain first when slots are scarce', () => {
    const state = objective([subtask('short'), subtask('long'), subtask('next', ['long'], { weight: 5 })], {
      slots: 1,
    });
    expect(ids(state.takeStartable(1))).toEqual(['long']);
  });

  test('never runs more than there are slots', () => {
    const state = objective(
      Array.from({ length: 10 }, (_, i) => subtask(`s${i}`)),
      { slots: 3 },
    );
    expect(state.takeStartable(1)).toHaveLength(3);
    expect(state.takeStartable(1)).toHaveLength(0);
    state.record('s0', completed(), 2);
    expect(state.takeStartable(2)).toHaveLength(1);
  });

  test('starts nothing while paused, and goes on when resumed', () => {
    const state = objective([subtask('a')]);
    state.pause({ reason: 'person', message: '' });
    expect(state.takeStartable(1)).toEqual([]);
    expect(state.isSettled).toBe(false);
    state.resume();
    expect(ids(state.takeStartable(1))).toEqual(['a']);
  });

  test('keeps the first reason of a pause', () => {
    const state = objective([subtask('a')]);
    state.pause({ reason: 'ModelBillingStopped', message: 'no credit' });
    state.pause({ reason: 'person', message: '' });
    expect(state.progress().pause?.reason).toBe('ModelBillingStopped');
  });
});

describe('the ladder', () => {
  const climb = (outcome: () => SubtaskOutcome): (string | null)[] => {
    const state = objective([subtask('a')]);
    const tiers: (string | null)[] = [];
    for (let started = state.takeStartable(1); started[0]; started = state.takeStartable(1)) {
      tiers.push(started[0].runsOn);
      state.record('a', outcome(), 2);
    }
    return tiers;
  };

  test('tries again on the same tier, then one up, then gives up', () => {
    expect(climb(() => failed('EvidenceMissing'))).toEqual(['mini', 'mini', 'manager']);
  });

  test.each(['ResultRejected', 'EvidenceMissing', 'ModelRefused', 'AgentRepeatsItself', 'TurnLimitReached'] as const)(
    'gives another try for %s, as often as it says and no more',
    (type) => expect(climb(() => failed(type))).toEqual(['mini', 'mini', 'manager']),
  );

  test('is not climbed for failures that no other attempt can mend', () => {
    expect(climb(() => failed('ModelRequestRejected'))).toEqual(['mini']);
  });

  test('starts at the tier that the subtask names', () => {
    const state = objective([subtask('a', [], { tier: 'manager' })]);
    expect(state.takeStartable(1)[0]?.runsOn).toBe('manager');
    state.record('a', failed(), 2);
    expect(find(state, 'a')?.state).toBe('failed');
  });

  test('keeps why the last attempt failed for the next one', () => {
    const state = objective([subtask('a')]);
    state.takeStartable(1);
    state.record('a', failed('AgentRepeatsItself'), 2);
    expect(state.takeStartable(3)[0]).toMatchObject({ attempt: 2, failure: { type: 'AgentRepeatsItself' } });
  });
});

describe('the log of attempts', () => {
  test('holds every attempt that has ended: where it ran, what it came to, from when to when', () => {
    const state = objective([subtask('a'), subtask('c', ['a'], { kind: 'check' })]);
    const ends: [SubtaskOutcome, number][] = [
      [failed('ResultRejected'), 20],
      [failed('EvidenceMissing'), 40],
      [completed(), 60],
    ];
    for (const [outcome, at] of ends) {
      state.takeStartable(at - 5);
      state.record('a', outcome, at);
    }
    state.takeStartable(70);
    expect(state.attempts.map(({ subtaskId }) => subtaskId)).toEqual(['a', 'a', 'a']);
    state.record('c', failed('CheckFailed'), 80);
    const a = { subtaskId: 'a', kind: 'investigate' };
    expect(state.attempts).toEqual([
      { ...a, tier: 'mini', attempt: 1, verdict: 'ResultRejected', startedAtMs: 15, endedAtMs: 20 },
      { ...a, tier: 'mini', attempt: 2, verdict: 'EvidenceMissing', startedAtMs: 35, endedAtMs: 40 },
      { ...a, tier: 'manager', attempt: 3, verdict: 'accepted', startedAtMs: 55, endedAtMs: 60 },
      { subtaskId: 'c', kind: 'check', tier: null, attempt: 1, verdict: 'CheckFailed', startedAtMs: 70, endedAtMs: 80 },
    ]);
    expect(EndedAttemptSchema.array().parse(state.attempts)).toEqual(state.attempts);
  });

  test('says of what a cancellation broke off that it was cancelled, and of what still came home that it was accepted', () => {
    const state = objective([subtask('a'), subtask('b')]);
    state.takeStartable(1);
    state.cancel(2);
    state.record('a', completed(), 3);
    state.record('b', failed('SubagentLost'), 3);
    expect(state.attempts.map(({ verdict }) => verdict)).toEqual(['accepted', 'cancelled']);
  });

  test('is not carried into the next run: each run leaves its own in the store', () => {
    const state = objective([subtask('a')]);
    state.files.froze({ workspaceRef: 'sha256:w', files: 1, bytes: 1, leftOut: 0 });
    state.takeStartable(1);
    state.record('a', failed(), 2);
    expect(new ObjectiveState(rules(), 3, state.snapshot()).attempts).toEqual([]);
  });
});

describe('a subtask that was given up', () => {
  const giveUp = (state: ObjectiveState, id: string): void => {
    state.takeStartable(1);
    state.record(id, failed('ModelRequestRejected'), 2);
  };

  test('takes what depends on it along, and nothing else', () => {
    const state = objective([subtask('a'), subtask('b', ['a']), subtask('c', ['b']), subtask('d')]);
    giveUp(state, 'a');
    state.record('d', completed(), 2);
    expect(state.subtasks.map((each) => each.state)).toEqual(['failed', 'skipped', 'skipped', 'completed']);
    expect(find(state, 'c')?.failure?.message).toBe('It needs "b", which did not complete.');
    expect(state.isSettled).toBe(true);
  });

  test('leaves a triage with the rest of its dependencies', () => {
    const state = objective([subtask('a'), subtask('b'), subtask('t', ['a', 'b'], { kind: 'triage' })]);
    giveUp(state, 'a');
    state.record('b', completed(), 3);
    expect(ids(state.takeStartable(4))).toEqual(['t']);
  });

  test('leaves a triage nothing to do when all are lost', () => {
    const state = objective([subtask('a'), subtask('t', ['a'], { kind: 'triage' })]);
    giveUp(state, 'a');
    expect(find(state, 't')?.state).toBe('skipped');
  });

  test('fails the objective unless a later round replaces it', () => {
    const state = objective([subtask('a')]);
    giveUp(state, 'a');
    expect(judge(state.subtasks)).toMatchObject({
      type: 'SubtasksFailed',
      message: '1 of 1 subtasks did not complete: a (ModelRequestRejected).',
    });
    state.adopt([subtask('again', [], { round: 2 })], 'another way', ['a']);
    state.takeStartable(3);
    state.record('again', completed(), 4);
    expect(judge(state.subtasks)).toBeNull();
  });
});

describe('replanning', () => {
  test('is bounded', () => {
    const state = objective([subtask('a')], { maxReplans: 1 });
    expect(state.mayReplan).toBe(true);
    state.adopt([subtask('b')], 'more');
    expect(state.mayReplan).toBe(false);
  });
});

describe('cancelling', () => {
  test('cancels what has not ended, and keeps what came home completed', () => {
    const state = objective([subtask('a'), subtask('b'), subtask('c', ['a'])]);
    state.takeStartable(1);
    state.cancel(2);
    state.record('a', completed(), 3);
    state.record('b', failed('EvidenceMissing'), 3);
    expect(state.subtasks.map((each) => each.state)).toEqual(['completed', 'cancelled', 'cancelled']);
    expect(state.hasStartable).toBe(false);
  });
});

describe('the end', () => {
  test('is seen by others only once report and books are written', () => {
    const state = objective([subtask('a')]);
    state.takeStartable(1);
    state.record('a', completed(), 2);
    expect(state.progressAtEnd(3)).toMatchObject({ status: 'completed', phase: 'ended', endedAtMs: 3 });
    expect(state.progress()).toMatchObject({ status: 'running', endedAtMs: null });
    state.end(3, { calls: 7, costMicros: 70 });
    expect(state.progress()).toMatchObject({
      status: 'completed',
      phase: 'ended',
      spend: { calls: 7, costMicros: 70 },
    });
  });
});

describe('draining', () => {
  test('starts nothing more, and is done when all are home; the next run goes on from the snapshot', () => {
    const state = objective([subtask('a'), subtask('b', ['a'])]);
    state.files.froze({ workspaceRef: 'sha256:w', files: 1, bytes: 1, leftOut: 0 });
    state.takeStartable(1);
    state.drain();
    expect(state.isDrained).toBe(false);
    state.record('a', completed(), 2);
    expect([state.isDrained, state.hasStartable]).toEqual([true, false]);
    const next = new ObjectiveState(rules(), 99, state.snapshot());
    expect(ids(next.takeStartable(3))).toEqual(['b']);
    expect(next.progress().startedAtMs).toBe(0);
  });
});

describe('whatever happens', () => {
  test('every planned subtask ends completed, failed, skipped or cancelled, with at most `slots` running', () => {
    const plans = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.tuple(
          ...Array.from({ length: size }, (_, i) =>
            fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, i - 1) }), { maxLength: i === 0 ? 0 : 3 }),
          ),
        ),
      );
    const events = fc.infiniteStream(fc.constantFrom('completed', 'failed', 'refused', 'pause', 'resume'));
    fc.assert(
      fc.property(plans, events, fc.integer({ min: 1, max: 4 }), (plan, stream, slots) => {
        const state = objective(
          plan.map((needed, i) =>
            subtask(
              `s${i}`,
              needed.map((k) => `s${k}`),
              i % 4 === 3 ? { kind: 'triage' } : {},
            ),
          ),
          { slots },
        );
        for (let step = 0; !state.isSettled; step += 1) {
          expect(step).toBeLessThan(500);
          state.takeStartable(step);
          expect(state.running.length).toBeLessThanOrEqual(slots);
          const event = stream.next().value as string;
          const next = state.running[step % Math.max(1, state.running.length)];
          if (event === 'pause') state.pause({ reason: 'person', message: '' });
          else if (event === 'resume' || !next) state.resume();
          else
            state.record(
              next.id,
              event === 'completed'
                ? completed()
                : failed(event === 'refused' ? 'ModelRefused' : 'ModelRequestRejected'),
              step,
            );
        }
        expect(
          state.subtasks.map((each) => each.state).filter((each) => each === 'waiting' || each === 'running'),
        ).toEqual([]);
        for (const { state: end, dependsOn, kind } of state.subtasks) {
          if (end === 'completed' && kind !== 'triage') {
            expect(dependsOn.every((id) => find(state, id)?.state === 'completed')).toBe(true);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
