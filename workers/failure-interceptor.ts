/**
 * What an Activity threw, as a failure that Temporal stores: its type from the closed list, whether to repeat it, and when. The one
 * place where `TypedFailure` becomes `ApplicationFailure`. Causes stay in the worker's log: they may quote prompts.
 */
import { ApplicationFailure, CancelledFailure, CompleteAsyncError, log } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { FAILURES } from '../src/contracts/failures.ts';
import { TypedFailure } from '../src/contracts/typed-failure.ts';

/** A defect may be a passing one; after so many attempts it is told. */
const TRIES_OF_A_DEFECT = 3;

export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  readonly #attempt: number;

  constructor(attempt: number) {
    this.#attempt = attempt;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (
        error instanceof CancelledFailure ||
        error instanceof ApplicationFailure ||
        error instanceof CompleteAsyncError
      )
        throw error;
      if (error instanceof TypedFailure) throw toApplicationFailure(error);
      log.error('Activity failed with an error that has no name', { error });
      const message = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown';
      throw ApplicationFailure.create({
        type: 'Unexpected',
        message,
        nonRetryable: this.#attempt >= TRIES_OF_A_DEFECT,
      });
    }
  }
}

function toApplicationFailure({ type, message, retryAfterMs, evidenceRef, cause }: TypedFailure): ApplicationFailure {
  if (cause !== undefined) log.warn(message, { type, cause });
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: FAILURES[type].effect !== 'retry',
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
    ...(evidenceRef !== undefined && { details: [evidenceRef] }),
  });
}
