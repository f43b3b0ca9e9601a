/** The one error class that carries a failure type; a worker's interceptor turns it into an `ApplicationFailure`. */
import type { FailureType } from './failures.ts';

export interface TypedFailureOptions {
  cause?: unknown;
  /** What the provider asked for before the next try. */
  retryAfterMs?: number;
  /** Reference to what the next attempt and the report may show. */
  evidenceRef?: string;
}

/** `message` says what was attempted, on what, and what was wrong. No secrets, no prompts: failures are stored. */
export class TypedFailure extends Error {
  readonly type: FailureType;
  readonly retryAfterMs: number | undefined;
  readonly evidenceRef: string | undefined;

  constructor(type: FailureType, message: string, { cause, retryAfterMs, evidenceRef }: TypedFailureOptions = {}) {
    super(message, { cause });
    this.name = type;
    this.type = type;
    this.retryAfterMs = retryAfterMs;
    this.evidenceRef = evidenceRef;
  }
}
