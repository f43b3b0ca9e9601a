/** Work by key that several callers wait for: done once, given up only when every one of them has cancelled. */
interface Shared<T> {
  promise: Promise<T>;
  controller: AbortController;
  waiting: number;
}

export class SharedWork<T> {
  readonly #shared = new Map<string, Shared<T>>();

  has(key: string): boolean {
    return this.#shared.has(key);
  }

  /** Joins the work under `key`, or starts it. When the last caller cancels, `start`'s signal aborts with its reason. */
  async join(key: string, cancelled: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const shared = await this.#live(key, cancelled, start);
    shared.waiting += 1;
    const leave = (): void => {
      shared.waiting -= 1;
      if (shared.waiting === 0) shared.controller.abort(cancelled.reason);
    };
    cancelled.addEventListener('abort', leave, { once: true });
    try {
      return await shared.promise;
    } finally {
      cancelled.removeEventListener('abort', leave);
    }
  }

  /** Work that is being given up is let end first: what it books must not be booked beside it. */
  async #live(key: string, cancelled: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<Shared<T>> {
    for (;;) {
      cancelled.throwIfAborted();
      const shared = this.#shared.get(key);
      if (!shared) return this.#start(key, start);
      if (!shared.controller.signal.aborted) return shared;
      await shared.promise.catch(() => undefined);
    }
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const controller = new AbortController();
    const promise = start(controller.signal).finally(() => this.#shared.delete(key));
    const shared = { promise, controller, waiting: 0 };
    this.#shared.set(key, shared);
    return shared;
  }
}
