/** What the money went into: calls sorted by what they were for, and their sums. */
import { describe, expect, test } from '@jest/globals';
import type { SubtaskRecord } from '../../src/contracts/objective.ts';
import { sortedCalls } from '../../src/report/call-roles.ts';
import { costsOf, spendByTier } from '../../src/report/costs.ts';
import type { CallGroup } from '../../src/store/ledger.ts';
import { newRecord } from '../../workflows/subtask-record.ts';
import { subtask } from '../support/builders.ts';
import { callGroup } from '../support/report.ts';

const record = (id: string, change: Partial<SubtaskRecord> = {}): SubtaskRecord => ({
  ...newRecord(subtask(id)),
  ...{ state: 'completed', attempt: 1 },
  ...change,
});

const sort = (group: Partial<CallGroup>, subtasks = [record('a', { attempt: 2 })]) =>
  sortedCalls([callGroup(group)], subtasks)[0];

describe('a call', () => {
  test.each([
    ['manager', 'plan', 'planning'],
    ['manager', 'plan.repair-2', 'planning'],
    ['manager', 'review', 'planning'],
    ['manager', 'synthesis', 'answer'],
    ['manager', 'synthesis.repair-1', 'answer'],
    ['manager', 'something-new', 'planning'],
    ['a', 'turn', 'work'],
    ['a', 'turn.compacted', 'work'],
    ['a', 'judge', 'judging'],
    ['a', 'judge.repair-1', 'judging'],
  ])('of %s for %s is %s', (subtaskId, purpose, role) => {
    expect(sort({ subtaskId, purpose })).toMatchObject({ role });
  });

  test('of a subtask that is called manager is told from those of the manager', () => {
    const subtasks = [record('manager')];
    expect(sort({ subtaskId: 'manager', purpose: 'turn' }, subtasks)).toMatchObject({ role: 'work', isAccepted: true });
    expect(sort({ subtaskId: 'manager', purpose: 'plan' }, subtasks)).toMatchObject({ role: 'planning', kind: null });
  });

  test('is accepted where its attempt is the one that completed the subtask', () => {
    expect(sort({ attempt: 2 })).toMatchObject({ isAccepted: true, kind: 'investigate' });
    expect(sort({ attempt: 1 })).toMatchObject({ isAccepted: false });
    expect(sort({ attempt: 2 }, [record('a', { attempt: 2, state: 'failed' })])).toMatchObject({ isAccepted: false });
    expect(sort({ attempt: 2, purpose: 'judge' })).toMatchObject({ isAccepted: false });
  });
});

const settled = (settledMicros: number, change: Partial<CallGroup>) => callGroup({ settledMicros, ...change });
const books = sortedCalls(
  [
    settled(100, { subtaskId: 'manager', purpose: 'plan', tier: 'manager', model: 'big', inputTokens: 50 }),
    settled(10, { inputTokens: 100, cachedInputTokens: 40, outputTokens: 7, reasoningTokens: 3, repaidMicros: 4 }),
    settled(20, { attempt: 2, inputTokens: 200, cachedInputTokens: 60, inDoubtMicros: 5, unusableMicros: 2, calls: 3 }),
    settled(40, { subtaskId: 'b', tier: 'manager', model: 'big', attempt: 3, inputTokens: 50, inDoubtMicros: 1 }),
    settled(15, { subtaskId: 'c' }),
    settled(8, { subtaskId: 'a', purpose: 'judge', tier: 'manager', model: 'big', attempt: 2 }),
    settled(30, { subtaskId: 'manager', purpose: 'synthesis', tier: 'manager', model: 'big' }),
  ],
  [record('a', { attempt: 2 }), record('b', { attempt: 3 }), record('c', { state: 'failed' }), record('d')],
);

test('the money is parted without a rest, what is in doubt included', () => {
  const { planningMicros, judgingMicros, answerMicros, acceptedMicros, notAcceptedMicros } = costsOf(books);
  expect({ planningMicros, judgingMicros, answerMicros, acceptedMicros, notAcceptedMicros }).toEqual({
    ...{ planningMicros: 100, judgingMicros: 8, answerMicros: 30 },
    acceptedMicros: 20 + 5 + 40 + 1,
    notAcceptedMicros: 10 + 15,
  });
});

test('an accepted subtask costs its part of everything; what no model worked on is none', () => {
  // 223 settled and 6 in doubt, over `a` and `b`.
  expect(costsOf(books)).toMatchObject({ acceptedSubtasks: 2, perAcceptedMicros: 115 });
  expect(costsOf([])).toMatchObject({ acceptedSubtasks: 0, perAcceptedMicros: null });
});

test('the cache hit rate is of tokens, not of calls', () => {
  expect(costsOf(books).cacheHitRate).toBe(100 / 400);
  expect(costsOf([]).cacheHitRate).toBeNull();
});

test('money paid again, for nothing, or in doubt is summed', () => {
  expect(costsOf(books)).toMatchObject({ repaidMicros: 4, unusableMicros: 2, inDoubtMicros: 6 });
});

test('a tier has a line for each of its models', () => {
  expect(spendByTier(books)).toEqual([
    {
      ...{ tier: 'manager', model: 'big', calls: 4, inputTokens: 100, cachedInputTokens: 0, outputTokens: 0 },
      ...{ reasoningTokens: 0, settledMicros: 178, inDoubtMicros: 1 },
    },
    {
      ...{ tier: 'mini', model: 'gpt-5.4-mini', calls: 5, inputTokens: 300, cachedInputTokens: 100, outputTokens: 7 },
      ...{ reasoningTokens: 3, settledMicros: 45, inDoubtMicros: 5 },
    },
  ]);
});
