/**
 * Outcomes on their way to the store, many to a write: their keys are hashes, so each write of a few touches as many pages as it has items.
 * Contract: they are written in the order in which they came, and none after one that could not be. `onKept` hears of each once it is on disk.
 */
import type { Item, ItemOutcome } from '../../src/contracts/map.ts';
import type { KeptItems } from './kept-items.ts';

export interface Ended {
  item: Item;
  index: number;
  outcome: ItemOutcome;
}

const MOST_AT_ONCE = 250;
const LONGEST_WAIT_MS = 500;

export class Gathered {
  readonly #kept: KeptItems;
  readonly #onKept: (ended: Ended) => void;
  #waiting: Ended[] = [];
  #timer: NodeJS.Timeout | null = null;
  #written: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(kept: KeptItems, onKept: (ended: Ended) => void) {
    this.#kept = kept;
    this.#onKept = onKept;
  }

  /** For what the journal says again for nothing. Rejects once something could not be written. */
  async later(ended: Ended[]): Promise<void> {
    this.#waiting.push(...ended);
    if (this.#hasFailed || this.#waiting.length >= MOST_AT_ONCE) return this.flush();
    this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), LONGEST_WAIT_MS);
  }

  /** On disk when it resolves, with all that waited. */
  now(ended: Ended[]): Promise<void> {
    this.#waiting.push(...ended);
    return this.flush();
  }

  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const group = this.#waiting.splice(0);
    if (group.length > 0) this.#written = this.#written.then(() => this.#write(group));
    return this.#written;
  }

  async #write(group: Ended[]): Promise<void> {
    try {
      await this.#kept.keep(group);
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
    for (const ended of group) this.#onKept(ended);
  }
}
