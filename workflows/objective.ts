/**
 * The manager: open, plan, work, review, synthesize, conclude. A completed objective returns its result; a failed one throws it (so that a
 * schedule's `pauseOnFailure` sees it), a cancelled one ends cancelled; each has written its report before. Replay depends on
 * the order of the phases and on what `ObjectiveState` decides. Continues as new only when every child is home.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { ObjectiveInput, ObjectiveResult } from '../src/contracts/objective.ts';
import { ObjectiveRun } from './objective-run.ts';

export async function objectiveWorkflow(input: ObjectiveInput): Promise<ObjectiveResult> {
  const run = new ObjectiveRun(input);
  run.listen();
  try {
    return await run.conclude(await run.carryOut());
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => run.concludeCancelled());
    throw error;
  }
}
