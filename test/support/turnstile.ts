/** Holds requests of the stand-in and lets them go one at a time. */
export class Turnstile {
  readonly #held: (() => void)[] = [];
  #isOpen = false;

  /** Requests that are held now. */
  get held(): number {
    return this.#held.length;
  }

  /** For a script to return: the rules answer once it is let go. */
  hold(): Promise<null> {
    if (this.#isOpen) return Promise.resolve(null);
    return new Promise((resolve) => this.#held.push(() => resolve(null)));
  }

  /** The one that has been held for longest. */
  letOneGo(): void {
    this.#held.shift()?.();
  }

  /** For all that are held, and all that come. */
  open(): void {
    this.#isOpen = true;
    for (const letGo of this.#held.splice(0)) letGo();
  }
}
