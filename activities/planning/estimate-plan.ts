/**
 * `estimatePlan`: what is still to come of an objective, for whoever is asked to approve it. Side effects: the estimate as an object in the
 * store; a retry asks the books again and may say something else, which is what is asked then.
 */
import type { ApprovalRequest } from '../../src/contracts/approval.ts';
import type { ObjectiveInput, SubtaskRecord } from '../../src/contracts/objective.ts';
import { PlanSchema, type Subtask } from '../../src/contracts/plan.ts';
import { estimate } from '../../src/estimate/estimate.ts';
import { priceOf } from '../../src/estimate/prices.ts';
import { inputSizes } from '../../src/map/input/outside.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { spentOf } from '../../src/store/ledger.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { loadChecks } from './objective-texts.ts';

export interface EstimatePlanInput {
  input: ObjectiveInput;
  workspaceRef: string;
  round: number;
  subtasks: SubtaskRecord[];
}

export function createEstimateActivity({ store, catalogue }: Services, workspaces: Workspaces) {
  async function estimatePlan({ input, workspaceRef, round, subtasks }: EstimatePlanInput): Promise<ApprovalRequest> {
    return underHeartbeat(async () => {
      const { objectiveId, limits, ladders, tiers, budgetMicros } = input;
      const waiting = subtasks.filter(({ state }) => state === 'waiting');
      const open = await planned(store.blobs, waiting);
      const account = await store.ledger.account(objectiveId);
      const { manifest } = await workspaces.open(workspaceRef);
      const estimated = estimate({
        ...{ objectiveId, limits, ladders, tiers, round },
        subtasks: open,
        earlier: subtasks.length - waiting.length,
        checks: await loadChecks(store.blobs, input),
        priceOf: priceOf(catalogue),
        textBytes: (await store.blobs.get(input.textRef)).length,
        files: [...manifest.files, ...(await inputSizes(open))],
        isWithoutAnswer: input.isWithoutAnswer ?? false,
        past: await store.ledger.past(),
        spentMicros: account ? spentOf(account.micros) : 0,
        budgetMicros: account?.micros.cap ?? budgetMicros,
        approveAboveMicros: input.approveAboveMicros ?? null,
      });
      const { spentMicros, costMicros, seconds } = estimated;
      return { spentMicros, costMicros, seconds, estimateRef: await store.blobs.putJson(estimated) };
    });
  }

  return { estimatePlan };
}

/** The subtasks as they were planned, from the plans that hold them. */
async function planned(blobs: Blobs, records: SubtaskRecord[]): Promise<Subtask[]> {
  const ids = new Set(records.map(({ id }) => id));
  const plans = [...new Set(records.map(({ planRef }) => planRef))].map((ref) => blobs.getJson(ref, PlanSchema));
  return (await Promise.all(plans)).flatMap(({ subtasks }) => subtasks.filter(({ id }) => ids.has(id)));
}
