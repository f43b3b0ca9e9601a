/**
 * `openObjective`, `closeObjective`, `raiseBudget`: the objective's row and account. Side effects: SQL, each the same when it is
 * done again.
 */
import type { ObjectiveInput, ObjectiveResult, Spend } from '../../src/contracts/objective.ts';
import { formatUsd } from '../../src/contracts/money.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { Services } from '../services.ts';

export interface BudgetState {
  capMicros: number | null;
  settledMicros: number;
  reservedMicros: number;
  inDoubtMicros: number;
}

export function createOpenCloseActivities({ store }: Services) {
  async function openObjective(
    { objectiveId, title, budgetMicros }: ObjectiveInput,
    startedAtMs: number,
  ): Promise<void> {
    await store.ledger.openAccount({ accountId: objectiveId, parentId: null, capMicros: budgetMicros });
    await store.objectives.open({ objectiveId, title, startedAtMs });
  }

  /** What the books say in the end; the Workflow's own sums lack calls that failed after they were paid. */
  async function closeObjective(result: ObjectiveResult, endedAtMs: number): Promise<Spend> {
    const lines = await store.ledger.spend(result.objectiveId);
    const spend = {
      calls: lines.reduce((sum, { calls }) => sum + calls, 0),
      costMicros: lines.reduce((sum, { settledMicros, inDoubtMicros }) => sum + settledMicros + inDoubtMicros, 0),
    };
    const { objectiveId, status } = result;
    await store.objectives.close({ objectiveId, status, endedAtMs, resultJson: JSON.stringify({ ...result, spend }) });
    return spend;
  }

  /** Written before it answers. `capMicros` is the new cap, not what is added, so that doing it again changes nothing. */
  async function raiseBudget({
    objectiveId,
    capMicros,
  }: {
    objectiveId: string;
    capMicros: number;
  }): Promise<BudgetState> {
    const account = await store.ledger.raiseCap({ accountId: objectiveId, capMicros });
    if (account.capMicros !== null && account.capMicros < capMicros) {
      throw new TypedFailure('StoreCorrupt', `The cap of ${objectiveId} stayed at ${formatUsd(account.capMicros)}.`);
    }
    return account;
  }

  return { openObjective, closeObjective, raiseBudget };
}
