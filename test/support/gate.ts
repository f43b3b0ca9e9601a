/** Holds requests of the stand-in: they arrive, and are answered when the gate opens. */
export class Gate {
  #arrived = 0;
  readonly #opening: Promise<null>;
  #open!: () => void;

  constructor() {
    this.#opening = new Promise((resolve) => (this.#open = () => resolve(null)));
  }

  /** Requests that came so far. */
  get arrived(): number {
    return this.#arrived;
  }

  /** For a script to return: the rules answer once the gate is open. */
  hold(): Promise<null> {
    this.#arrived += 1;
    return this.#opening;
  }

  open(): void {
    this.#open();
  }
}
