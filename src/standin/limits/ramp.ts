/** Traffic that grows too fast is slowed down, inside its limits: past a threshold, at most half as much again as in the last quarter of an hour. */
import type { Clock } from '../clock.ts';

const MINUTE_MS = 60_000;
const REMEMBERED_MINUTES = 15;
const MOST_GROWTH = 1.5;

export class Ramp {
  readonly #threshold: number;
  readonly #clock: Clock;
  readonly #byMinute = new Map<number, number>();

  constructor(threshold: number, clock: Clock) {
    this.#threshold = threshold;
    this.#clock = clock;
  }

  allows(tokens: number): boolean {
    const minute = this.#minute();
    const before = [...this.#byMinute].filter(([at]) => at < minute).map(([, sum]) => sum);
    const most = Math.max(this.#threshold, MOST_GROWTH * Math.max(0, ...before));
    return (this.#byMinute.get(minute) ?? 0) + tokens <= most;
  }

  add(tokens: number): void {
    const minute = this.#minute();
    this.#byMinute.set(minute, (this.#byMinute.get(minute) ?? 0) + tokens);
  }

  #minute(): number {
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    for (const at of this.#byMinute.keys()) if (at < minute - REMEMBERED_MINUTES) this.#byMinute.delete(at);
    return minute;
  }
}
