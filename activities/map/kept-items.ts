/** What is known of a map's items before anything is asked, and what is to be known from now on. */
import { hash } from 'node:crypto';
import type { Item, ItemOutcome } from '../../src/contracts/map.ts';
import type { Items } from '../../src/store/items.ts';

/** As it is stored: who paid for it. */
type Kept = ItemOutcome & { by: string };

export interface KeptBy {
  keyOf: (item: Item) => Uint8Array;
  map: string;
  threshold: number | undefined;
}

export class KeptItems {
  readonly #items: Items;
  readonly #keyOf: (item: Item) => Uint8Array;
  readonly #map: string;
  readonly #threshold: number;

  /** `map` names the attempt: what it has paid for itself is told from what it found. A result below the threshold is none. */
  constructor(items: Items, { keyOf, map, threshold = 0 }: KeptBy) {
    this.#items = items;
    this.#keyOf = remembered(keyOf);
    this.#map = map;
    this.#threshold = threshold;
  }

  /** Results of any map, dead letters of this one. */
  async known(items: Item[]): Promise<(ItemOutcome | null)[]> {
    const results = await this.#read(items, (item) => this.#keyOf(item));
    const open = items.filter((_, index) => !results[index]);
    const dead = await this.#read(open, (item) => this.#ownKeyOf(item));
    const deadOf = new Map(open.map((item, index) => [item, dead[index] ?? null]));
    return items.map((item, index) => results[index] ?? deadOf.get(item) ?? null);
  }

  async #read(items: Item[], keyOf: (item: Item) => Uint8Array): Promise<(ItemOutcome | null)[]> {
    const known = await this.#items.known(items.map(keyOf));
    return items.map((item, index) => {
      const json = known[index] ?? null;
      const outcome = json === null ? null : this.#told(JSON.parse(json) as Kept, item);
      return outcome && (outcome.confidence ?? 1) >= this.#threshold ? outcome : null;
    });
  }

  /** On disk when it resolves; all of them or none. */
  keep(ended: { item: Item; outcome: ItemOutcome }[]): Promise<void> {
    return this.#items.keep(
      ended.map(({ item, outcome }) => ({
        key: 'dead' in outcome ? this.#ownKeyOf(item) : this.#keyOf(item),
        resultJson: JSON.stringify({ ...outcome, by: this.#map } satisfies Kept),
      })),
    );
  }

  /** What somebody else has paid for costs nothing; nor does what the same map has paid for under another id. */
  #told({ by, ...outcome }: Kept, { sameAs }: Item): ItemOutcome {
    return by === this.#map && sameAs === undefined ? outcome : reused(outcome);
  }

  #ownKeyOf(item: Item): Uint8Array {
    return hash('sha256', Buffer.concat([this.#keyOf(item), Buffer.from(this.#map)]), 'buffer').subarray(0, 16);
  }
}

/** A key is asked for before its item is, and after. */
function remembered(keyOf: (item: Item) => Uint8Array): (item: Item) => Uint8Array {
  const keys = new WeakMap<Item, Uint8Array>();
  return (item) => {
    const key = keys.get(item) ?? keyOf(item);
    keys.set(item, key);
    return key;
  };
}

export const reused = (outcome: ItemOutcome): ItemOutcome => ({
  ...outcome,
  attempts: 0,
  costMicros: 0,
  isReused: true,
});
