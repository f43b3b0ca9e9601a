/** The attempts that ended in this run; the store is given them at its end. Pure. */
import type { EndedAttempt } from '../src/contracts/attempts.ts';
import type { SubtaskOutcome, SubtaskRecord } from '../src/contracts/objective.ts';

export class AttemptLog {
  readonly #startedAtMs = new Map<string, number>();
  readonly #ended: EndedAttempt[] = [];

  get ended(): EndedAttempt[] {
    return [...this.#ended];
  }

  starts(subtaskId: string, nowMs: number): void {
    this.#startedAtMs.set(subtaskId, nowMs);
  }

  /** Contract: it was started. What a cancellation broke off says nothing about its tier. */
  ends(
    { id, kind, runsOn, attempt }: SubtaskRecord,
    outcome: SubtaskOutcome,
    isCancelled: boolean,
    nowMs: number,
  ): void {
    const failed = isCancelled ? 'cancelled' : outcome.status === 'failed' ? outcome.failure.type : 'accepted';
    const verdict = outcome.status === 'completed' ? 'accepted' : failed;
    const startedAtMs = this.#startedAtMs.get(id) ?? nowMs;
    this.#ended.push({ subtaskId: id, kind, tier: runsOn, attempt, verdict, startedAtMs, endedAtMs: nowMs });
  }
}
