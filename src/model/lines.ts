/**
 * Calls for which the budget has no room until others are settled wait here, in the order in which they came, one line for each account
 * that is full. They hold nothing while they wait. Who waits in another process is not known here: the first of a line looks again
 * from time to time.
 */
const LOOK_AGAIN_MS = 250;

/** What an attempt answers when it has to wait for room in an account. */
export class Full {
  readonly accountId: string;
  readonly failure: Error;

  constructor(accountId: string, failure: Error) {
    this.accountId = accountId;
    this.failure = failure;
  }
}

class Place {
  readonly accountId: string;
  /** Called when it becomes the first of its line, or when room was made. */
  wake: () => void = () => undefined;

  constructor(accountId: string) {
    this.accountId = accountId;
  }
}

export class Lines {
  readonly #lines = new Map<string, Place[]>();
  readonly #mostWaitMs: number;

  constructor(mostWaitMs = 600_000) {
    this.#mostWaitMs = mostWaitMs;
  }

  /**
   * Attempts until it is not full, behind whoever waits for one of `accounts` already. Throws the failure of the last attempt
   * after `mostWaitMs`, and the signal's reason when it aborts.
   */
  async through<T>(accounts: string[], attempt: () => Promise<T | Full>, signal: AbortSignal): Promise<T> {
    const deadline = performance.now() + this.#mostWaitMs;
    const occupied = accounts.find((accountId) => this.#lines.has(accountId));
    let place = occupied === undefined ? null : this.#join(occupied);
    try {
      for (;;) {
        if (place) await this.#untilFirst(place, signal);
        const outcome = await attempt();
        if (!(outcome instanceof Full)) return outcome;
        if (performance.now() > deadline) throw outcome.failure;
        if (place?.accountId !== outcome.accountId) {
          if (place) this.#leave(place);
          place = this.#join(outcome.accountId);
        }
        await wait(place, signal, LOOK_AGAIN_MS);
      }
    } finally {
      if (place) this.#leave(place);
    }
  }

  /** Something was settled: the first of each line tries again. */
  settled(): void {
    for (const [first] of this.#lines.values()) first?.wake();
  }

  #join(accountId: string): Place {
    const place = new Place(accountId);
    const line = this.#lines.get(accountId);
    if (line) line.push(place);
    else this.#lines.set(accountId, [place]);
    return place;
  }

  #leave(place: Place): void {
    const line = (this.#lines.get(place.accountId) ?? []).filter((other) => other !== place);
    if (line.length === 0) this.#lines.delete(place.accountId);
    else this.#lines.set(place.accountId, line);
    line[0]?.wake();
  }

  async #untilFirst(place: Place, signal: AbortSignal): Promise<void> {
    while (this.#lines.get(place.accountId)?.[0] !== place) await wait(place, signal);
  }
}

/** Until the place is woken, or `ms` have passed. Throws the signal's reason when it aborts. */
async function wait(place: Place, signal: AbortSignal, ms?: number): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    place.wake = end;
    signal.addEventListener('abort', end, { once: true });
  });
  signal.throwIfAborted();
}
