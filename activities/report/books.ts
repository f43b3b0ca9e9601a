/** The money of a report: the books of an objective, sorted by what they were for. Reads alone. */
import type { ObjectiveInput, SubtaskRecord } from '../../src/contracts/objective.ts';
import type { Report } from '../../src/contracts/report.ts';
import { type SortedCalls, sortedCalls, spentMicros } from '../../src/report/call-roles.ts';
import { costsOf, spendByTier } from '../../src/report/costs.ts';
import { counterfactual } from '../../src/report/counterfactual.ts';
import type { Services } from '../services.ts';

type Money = Pick<Report, 'isStandIn' | 'budgetMicros' | 'costMicros' | 'spend' | 'costs' | 'counterfactual'>;

export async function booksOf(
  { store: { ledger }, catalogue }: Pick<Services, 'store' | 'catalogue'>,
  { objectiveId, tiers }: Pick<ObjectiveInput, 'objectiveId' | 'tiers'>,
  subtasks: SubtaskRecord[],
): Promise<{ calls: SortedCalls[]; money: Money }> {
  const flagship = tiers.manager.model;
  const figuresOf = (model: string) => catalogue.figuresOf(model);
  const longAbove = figuresOf(flagship)?.longContext?.aboveTokens ?? null;
  const calls = sortedCalls(await ledger.calls(objectiveId, longAbove), subtasks);
  const isStandIn = calls.some(({ standInCalls }) => standInCalls > 0);
  const money = {
    isStandIn,
    budgetMicros: (await ledger.account(objectiveId))?.micros.cap ?? null,
    costMicros: spentMicros(calls),
    spend: spendByTier(calls),
    costs: costsOf(calls),
    counterfactual: counterfactual({ calls, flagship, figuresOf, isStandIn }),
  };
  return { calls, money };
}

/** The subtask's own calls and the judging of them, all attempts. */
export const costOfSubtask = (calls: SortedCalls[], id: string): number =>
  spentMicros(calls.filter(({ subtaskId, role }) => subtaskId === id && (role === 'work' || role === 'judging')));
