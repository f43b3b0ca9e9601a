/** Items and how they ended, side by side and in the order of the input. One shard of each is held. */
import { type Item, ItemSchema, type ItemsManifest } from '../../contracts/map.ts';
import type { Blobs } from '../../store/blobs.ts';
import { type OutcomeLine, OutcomeLineSchema } from './lines.ts';

/** What of an item its ending is told with. */
const KnownItemSchema = ItemSchema.pick({ id: true, at: true, gold: true });

export interface EndedItem {
  item: Pick<Item, 'id' | 'at' | 'gold'>;
  outcome: OutcomeLine;
}

/** `resultRefs`: lines of outcomes, one object for each shard. That an item has none, or another one's, is a defect. */
export async function* endedItems(
  blobs: Blobs,
  { shards }: ItemsManifest,
  resultRefs: string[],
): AsyncGenerator<EndedItem> {
  if (resultRefs.length !== shards.length) {
    throw new Error(`There are results of ${resultRefs.length} shards, and ${shards.length} shards of items.`);
  }
  for (const [index, { ref, start }] of shards.entries()) {
    const items = await linesIn(blobs, ref);
    const outcomes = await linesIn(blobs, resultRefs[index] ?? '');
    if (outcomes.length !== items.length) {
      throw new Error(`The shard from item ${start} on has ${items.length} items and ${outcomes.length} results.`);
    }
    for (const [at, line] of items.entries()) {
      const item = KnownItemSchema.parse(JSON.parse(line));
      const outcome = OutcomeLineSchema.parse(JSON.parse(outcomes[at] ?? ''));
      if (outcome.id !== item.id) throw new Error(`Item ${start + at} has the result of another one.`);
      yield { item, outcome };
    }
  }
}

async function linesIn(blobs: Blobs, ref: string): Promise<string[]> {
  const text = await blobs.getText(ref);
  return text.split('\n').filter((line) => line !== '');
}
