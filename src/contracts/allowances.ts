/** The allowances of a plan's subtasks come out of the objective's budget: together they may not pass it. */
import { toMicros, toUsd } from './money.ts';
import type { PlanProblem } from './parse-plan.ts';
import type { Subtask } from './plan.ts';

export function allowanceProblems(subtasks: Subtask[], budgetMicros: number | null): PlanProblem[] {
  if (budgetMicros === null) return [];
  let sum = 0;
  return subtasks.flatMap(({ id, budgetUsd = 0 }, index) => {
    sum += toMicros(budgetUsd);
    if (budgetUsd === 0 || sum <= budgetMicros) return [];
    const message = `the allowances up to that of "${id}" are $${toUsd(sum)} together, more than the budget of $${toUsd(budgetMicros)}`;
    return [{ path: ['subtasks', index, 'budgetUsd'], message }];
  });
}
