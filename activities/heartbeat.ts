/**
 * Work under an Activity: it heartbeats while it lasts, and tells a person's cancellation from everything else that ends
 * an attempt. Contract of `underHeartbeat`: `cancelled` aborts only when the objective is being cancelled. When the attempt
 * merely timed out or the worker is told to stop, the attempt ends at once and the work goes on unattended: what it has
 * paid for is journaled, and the next attempt finds it. `whileAttended` is for work that is worth nothing without its attempt.
 */
import { CancelledFailure, Context } from '@temporalio/activity';

const MOST_SECONDS_BETWEEN = 10;

/** `details` go with each heartbeat. */
export async function underHeartbeat<T>(
  work: (cancelled: AbortSignal) => Promise<T>,
  details?: () => unknown,
): Promise<T> {
  const context = Context.current();
  const controller = new AbortController();
  const timer = startHeartbeat(context, details);
  const left = new Promise<never>((_, reject) => {
    context.cancelled.catch((reason: unknown) => {
      if (isByPerson(context, reason)) controller.abort(reason);
      else reject(reason instanceof Error ? reason : new Error(String(reason)));
    });
  });
  left.catch(() => undefined);
  const working = work(controller.signal);
  working.catch(() => undefined);
  try {
    return await Promise.race([working, left]);
  } finally {
    clearInterval(timer);
  }
}

/**
 * `ended` aborts whatever ends the attempt: a cancellation, a time-out, a Workflow that is gone, a worker that is told to stop. The attempt ends when the
 * work has.
 */
export async function whileAttended<T>(work: (ended: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const controller = new AbortController();
  context.cancelled.catch((reason: unknown) => controller.abort(reason));
  const timer = startHeartbeat(context);
  try {
    return await work(controller.signal);
  } finally {
    clearInterval(timer);
  }
}

const startHeartbeat = (context: Context, details?: () => unknown): NodeJS.Timeout =>
  setInterval(() => context.heartbeat(details?.()), intervalMs(context.info.heartbeatTimeoutMs));

/** A third of the timeout, so that two may be lost. */
function intervalMs(timeoutMs: number | undefined): number {
  return Math.min((timeoutMs ?? MOST_SECONDS_BETWEEN * 3000) / 3, MOST_SECONDS_BETWEEN * 1000);
}

function isByPerson(context: Context, reason: unknown): boolean {
  return (
    context.cancellationDetails?.cancelRequested ??
    (reason instanceof CancelledFailure && reason.message === 'CANCELLED')
  );
}
