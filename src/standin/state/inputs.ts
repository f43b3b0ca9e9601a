/** The inputs of kept responses: chains of items, so that turns of one conversation share what they have in common. */
import type { Item } from '../request.ts';
import type { PromptNode } from '../usage/prompts.ts';
import type { Shelf } from './shelf.ts';

export interface KeptItem {
  /** The chain before this item; an id that is not kept ends it. */
  previous: string;
  item: Item;
}

export class Inputs {
  readonly #shelf: Shelf<KeptItem>;

  constructor(shelf: Shelf<KeptItem>) {
    this.#shelf = shelf;
  }

  /** The reference by which the items up to this one are found. */
  keep(last: PromptNode): string {
    for (let node = last; node.previous && node.item && !this.#shelf.has(node.id); node = node.previous) {
      this.#shelf.put(node.id, { previous: node.previous.id, item: node.item });
    }
    return last.id;
  }

  load(reference: string): Item[] {
    const items: Item[] = [];
    for (let kept = this.#shelf.get(reference); kept; kept = this.#shelf.get(kept.previous)) items.push(kept.item);
    return items.reverse();
  }
}
