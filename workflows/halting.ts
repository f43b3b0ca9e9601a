/**
 * Failures as Workflows see them. Some end an attempt; some (`effect: 'pause'`) only stop the clock: the objective waits for a person,
 * and the same call is made again under the same key.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { type FailureNote, FAILURES, isFailureType } from '../src/contracts/failures.ts';
import type { Halt, Pause } from '../src/contracts/objective.ts';

export interface FailureWithEvidence extends FailureNote {
  evidenceRef: string | null;
}

/** What went wrong, by name. Contract: not for cancellations, which are passed on as such. */
export function failureOf(error: unknown): FailureWithEvidence {
  if (isCancellation(error)) throw error;
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) {
    const [evidenceRef] = (cause.details ?? []) as [string?];
    return { type: cause.type, message: cause.message, evidenceRef: evidenceRef ?? null };
  }
  if (cause instanceof TimeoutFailure) {
    return { type: 'TimeLimitReached', message: `A step took too long (${cause.timeoutType}).`, evidenceRef: null };
  }
  if (error instanceof ChildWorkflowFailure) {
    return { type: 'SubagentLost', message: 'The child Workflow ended without a result.', evidenceRef: null };
  }
  if (error instanceof ActivityFailure) {
    const message = cause instanceof Error ? cause.message : 'unknown';
    return { type: 'Unexpected', message: message.slice(0, 500), evidenceRef: null };
  }
  throw error;
}

/** The pause that a failure calls for; null when waiting for a person would not help. */
export function pauseFor({ type, message }: FailureNote): Pause | null {
  return FAILURES[type].effect === 'pause' ? { reason: type, message } : null;
}

/** Repeats a paid call for as long as it fails with something that a person can mend. */
export async function payable<T>(call: () => Promise<T>, halt: (halt: Required<Halt>) => Promise<void>): Promise<T> {
  for (;;) {
    const sinceMs = Date.now();
    try {
      return await call();
    } catch (error) {
      const failure = failureOf(error);
      const pause = pauseFor(failure);
      if (!pause) throw error;
      await halt({ ...pause, sinceMs });
    }
  }
}

/** For validators of updates. */
export function assertNone(problem: string | null, type: string): void {
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem, type);
}
