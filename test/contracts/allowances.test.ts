import { expect, test } from '@jest/globals';
import { allowanceProblems } from '../../src/contracts/allowances.ts';
import { SubtaskSchema } from '../../src/contracts/plan.ts';

const allowed = (...amounts: number[]) =>
  amounts.map((budgetUsd, index) =>
    SubtaskSchema.parse({ id: `s${index}`, kind: 'investigate', title: 'Look', instructions: 'Look.', budgetUsd }),
  );

test('allowances may use up the budget to the micro-dollar, and not pass it', () => {
  expect(allowanceProblems(allowed(0.1, 0.2), 300_000)).toEqual([]);
  expect(allowanceProblems(allowed(0.1, 0.200001), 300_000)).toEqual([
    {
      path: ['subtasks', 1, 'budgetUsd'],
      message: 'the allowances up to that of "s1" are $0.300001 together, more than the budget of $0.3',
    },
  ]);
});

test('without a budget, any allowance will do', () => {
  expect(allowanceProblems(allowed(1_000_000), null)).toEqual([]);
});
