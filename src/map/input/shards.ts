/** Items on their way into the store: one shard is held, and put when it is full. */
import type { Item, Shard } from '../../contracts/map.ts';
import type { Blobs } from '../../store/blobs.ts';

export interface ShardBounds {
  mostItems: number;
  /** Passed by a single item that is larger. */
  mostBytes: number;
}

export class Shards {
  readonly #blobs: Blobs;
  readonly #bounds: ShardBounds;
  readonly put: Shard[] = [];
  items = 0;
  #lines: string[] = [];
  #bytes = 0;

  constructor(blobs: Blobs, bounds: ShardBounds) {
    this.#blobs = blobs;
    this.#bounds = bounds;
  }

  async add(item: Item): Promise<void> {
    const line = `${JSON.stringify(item)}\n`;
    const bytes = Buffer.byteLength(line);
    if (this.#lines.length > 0 && this.#bytes + bytes > this.#bounds.mostBytes) await this.flush();
    this.#lines.push(line);
    this.#bytes += bytes;
    this.items += 1;
    if (this.#lines.length === this.#bounds.mostItems) await this.flush();
  }

  /** What is held becomes a shard. */
  async flush(): Promise<void> {
    const count = this.#lines.length;
    if (count === 0) return;
    const ref = await this.#blobs.put(this.#lines.join(''));
    this.put.push({ ref, start: this.items - count, count });
    this.#lines = [];
    this.#bytes = 0;
  }
}
