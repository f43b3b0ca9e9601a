/** Work on many things, so many at once, until one fails or nobody wants more: then nothing new is begun, and what is under way may end. */
export interface Feeding {
  atOnce: number;
  /** Stops the feeding. */
  stop: AbortSignal;
}

/** Resolves when all is done; rejects, once nothing is under way any more, with the first failure or the reason of `stop`. */
export async function feed<T>(
  things: Iterable<T>,
  { atOnce, stop }: Feeding,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const rest = things[Symbol.iterator]();
  const failures: unknown[] = [];
  async function worker(): Promise<void> {
    while (failures.length === 0 && !stop.aborted) {
      const next = rest.next();
      if (next.done) return;
      try {
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0] as Error;
  stop.throwIfAborted();
}
