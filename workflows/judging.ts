/** A result that passed its checks, before the manager as its judge. What is rejected is a failed attempt, with the reasons as evidence. */
import type { Judgement } from '../activities/planning/judge.ts';
import type { SubtaskOutcome } from '../src/contracts/objective.ts';
import { failureOf } from './halting.ts';
import { addSpend } from './subtask-record.ts';

/** Contract: rejects for cancellations alone. A result that its judge could not tell about is not accepted. */
export async function judged(
  completed: Extract<SubtaskOutcome, { status: 'completed' }>,
  judge: () => Promise<Judgement>,
): Promise<SubtaskOutcome> {
  try {
    const { rejection, calls, costMicros } = await judge();
    const spend = addSpend(completed.spend, { calls, costMicros });
    if (!rejection) return { ...completed, spend };
    const { message, evidenceRef } = rejection;
    return { status: 'failed', failure: { type: 'ResultRejected', message }, evidenceRef, spend };
  } catch (error) {
    const { type, message, evidenceRef } = failureOf(error);
    const failure = { type, message: `The judge of the result failed: ${message}` };
    return { status: 'failed', failure, evidenceRef, spend: completed.spend };
  }
}
