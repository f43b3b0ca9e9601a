/**
 * `openObjective`, `logAttempts`, `closeObjective`, `raiseBudget`: the objective's row, log and account. Side effects: SQL, each the same when it is
 * done again.
 */
import { scheduleAccountId } from '../../src/contracts/addresses.ts';
import type { EndedAttempt } from '../../src/contracts/attempts.ts';
import type { BudgetRaise, BudgetState } from '../../src/contracts/budget.ts';
import type { ObjectiveInput, ObjectiveResult, Spend } from '../../src/contracts/objective.ts';
import type { Account } from '../../src/store/ledger.ts';
import type { Services } from '../services.ts';

export function createOpenCloseActivities({ store, caller }: Services) {
  async function openObjective(
    { objectiveId, title, budgetMicros, caps = {}, scheduleId = null }: ObjectiveInput,
    startedAtMs: number,
  ): Promise<void> {
    const parentId = scheduleId === null ? null : scheduleAccountId(scheduleId);
    if (parentId !== null) await store.ledger.openAccount({ accountId: parentId, parentId: null, caps: {} });
    await store.ledger.openAccount({ accountId: objectiveId, parentId, caps: { ...caps, micros: budgetMicros } });
    await store.objectives.open({ objectiveId, title, startedAtMs });
  }

  /** What a run leaves before it continues as new. */
  async function logAttempts(objectiveId: string, attempts: EndedAttempt[]): Promise<void> {
    await store.attempts.log(objectiveId, attempts);
  }

  /**
   * What the books say in the end; the Workflow's own sums lack calls that failed after they were paid. Nothing stays reserved. Who sees the
   * end sees all attempts.
   */
  async function closeObjective(
    result: ObjectiveResult,
    endedAtMs: number,
    attempts: EndedAttempt[] = [],
  ): Promise<Spend> {
    const { objectiveId, status } = result;
    await store.attempts.log(objectiveId, attempts);
    await caller.settleLeftovers(objectiveId);
    const lines = await store.ledger.spend(objectiveId);
    const spend = {
      calls: lines.reduce((sum, { calls }) => sum + calls, 0),
      costMicros: lines.reduce((sum, { settledMicros, inDoubtMicros }) => sum + settledMicros + inDoubtMicros, 0),
    };
    await store.objectives.close({ objectiveId, status, endedAtMs, resultJson: JSON.stringify({ ...result, spend }) });
    return spend;
  }

  /** Written before it answers, and once for each key. */
  async function raiseBudget({ objectiveId, by, key }: BudgetRaise): Promise<BudgetState> {
    return toBudgetState(await store.ledger.raiseCaps({ accountId: objectiveId, by, key }));
  }

  return { openObjective, logAttempts, closeObjective, raiseBudget };
}

const toBudgetState = ({ accountId: _accountId, parentId: _parentId, ...meters }: Account): BudgetState => meters;
