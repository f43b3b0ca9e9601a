/** The stand-in's time: the machine's, plus what it was told to skip. Whoever waits by it wakes when its time comes, skipped or not. */
interface Waiter {
  dueAt: number;
  wake: () => void;
  timer: NodeJS.Timeout | null;
}

/** The longest wait of a timer of the machine. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Clock {
  #skippedMs: number;
  readonly #waiting = new Set<Waiter>();

  constructor(skippedMs = 0) {
    this.#skippedMs = skippedMs;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#skippedMs;
  }

  /** Seconds since 1970, as the protocol dates things. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  get skippedMs(): number {
    return this.#skippedMs;
  }

  advance(ms: number): void {
    this.#skippedMs += ms;
    for (const waiter of this.#waiting) {
      if (waiter.timer) clearTimeout(waiter.timer);
      this.#arm(waiter);
    }
  }

  /** Contract: never rejects; an abort ends the wait early. */
  async until(dueAt: number, signal?: AbortSignal): Promise<void> {
    if (dueAt <= this.now() || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#leave(waiter);
        resolve();
      };
      const waiter: Waiter = { dueAt, timer: null, wake };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', wake, { once: true });
      this.#arm(waiter);
    });
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.until(this.now() + ms, signal);
  }

  #arm(waiter: Waiter): void {
    const leftMs = waiter.dueAt - this.now();
    if (leftMs <= 0) return waiter.wake();
    const again = (): void => this.#arm(waiter);
    waiter.timer = setTimeout(again, Math.min(leftMs, LONGEST_TIMER_MS)).unref();
  }

  #leave(waiter: Waiter): void {
    if (waiter.timer) clearTimeout(waiter.timer);
    this.#waiting.delete(waiter);
  }
}
