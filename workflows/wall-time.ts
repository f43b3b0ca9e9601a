/**
 * How long an objective may take by the clock on the wall, pauses included. Where there is no limit there is no timer. When the time is up
 * the objective pauses, and stays paused until it is given more.
 */
import { condition } from '@temporalio/workflow';
import type { Pause } from '../src/contracts/objective.ts';

export const TIME_IS_UP: Pause = { reason: 'WallTimeReached', message: 'The time that it was given is up.' };

export class WallTime {
  #deadlineMs: number | null;

  constructor(startedAtMs: number, maxWallMs: number | null) {
    this.#deadlineMs = maxWallMs === null ? null : startedAtMs + maxWallMs;
  }

  get isUp(): boolean {
    return this.#deadlineMs !== null && Date.now() >= this.#deadlineMs;
  }

  /** Counted from now where the time is up already. */
  extend(byMs: number): void {
    if (this.#deadlineMs !== null) this.#deadlineMs = Math.max(this.#deadlineMs, Date.now()) + byMs;
  }

  /** What is left is what the next run starts with. */
  get leftMs(): number | null {
    return this.#deadlineMs === null ? null : Math.max(0, this.#deadlineMs - Date.now());
  }

  /** Calls `onUp` each time that it is up. Never resolves; rejects when the Workflow is cancelled. */
  async watch(onUp: () => void): Promise<void> {
    while (this.#deadlineMs !== null) {
      const deadlineMs: number = this.#deadlineMs;
      const isExtended = (): boolean => this.#deadlineMs !== deadlineMs;
      if (await condition(isExtended, Math.max(1, deadlineMs - Date.now()))) continue;
      onUp();
      await condition(isExtended);
    }
  }
}
