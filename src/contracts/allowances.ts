/** The allowances of a plan's subtasks come out of the objective's budget: together they may not pass it. */
import type { PlanProblem } from './parse-plan.ts';
import type { Subtask } from './plan.ts';

export function allowanceProblems(subtasks: Subtask[], budgetUsd: number | undefined): PlanProblem[] {
  if (budgetUsd === undefined) return [];
  let sum = 0;
  return subtasks.flatMap(({ id, budgetUsd: allowance = 0 }, index) => {
    sum += allowance;
    // Cents as floating point add up to a little more than they are.
    if (allowance === 0 || sum <= budgetUsd + 1e-9) return [];
    const message = `the allowances up to that of "${id}" are $${sum.toFixed(2)} together, more than the budget of $${budgetUsd}`;
    return [{ path: ['subtasks', index, 'budgetUsd'], message }];
  });
}
