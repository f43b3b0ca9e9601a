/** So many a minute, refilled all the time. */
import type { Clock } from '../clock.ts';

const MINUTE_MS = 60_000;

export class Bucket {
  readonly limit: number;
  readonly #clock: Clock;
  #level: number;
  #at: number;

  constructor(limit: number, clock: Clock) {
    this.limit = limit;
    this.#clock = clock;
    this.#level = limit;
    this.#at = clock.now();
  }

  /** How long until this much can be taken; 0 is now. What is more than the limit never can be. */
  waitMsFor(amount: number): number {
    const missing = amount - this.level;
    if (missing <= 0) return 0;
    return amount > this.limit ? Number.POSITIVE_INFINITY : Math.ceil((missing / this.limit) * MINUTE_MS);
  }

  take(amount: number): void {
    this.#level = this.level - amount;
  }

  get level(): number {
    const now = this.#clock.now();
    this.#level = Math.min(this.limit, this.#level + ((now - this.#at) / MINUTE_MS) * this.limit);
    this.#at = now;
    return this.#level;
  }

  /** Until it is full. */
  get resetMs(): number {
    return Math.ceil(((this.limit - this.level) / this.limit) * MINUTE_MS);
  }
}
