/** What is asked of items, each question under the name that its call has in the journal. */
import type { Tier } from '../../src/contracts/addresses.ts';
import type { Item } from '../../src/contracts/map.ts';
import type { Operation } from '../../src/map/operations/operation.ts';
import type { Question } from './ask.ts';

/** An item with its place in the shard. */
export interface Placed {
  item: Item;
  index: number;
}

/** Of one item: its `n`th try on a tier, with what was wrong with the one before. */
export const itemQuestion = (
  operation: Operation,
  { tier, n, problems }: { tier: Tier; n: number; problems?: string[] | undefined },
  item: Item,
  position: number,
): Question => ({
  turn: position,
  purpose: `${tier}-${n}`,
  tier,
  format: operation.format(false),
  prompt: () => operation.prompt(item, problems),
});

/** Of several at once. `position` is that of the first. */
export const packQuestion = (operation: Operation, tier: Tier, items: Item[], position: number): Question => ({
  turn: position,
  purpose: 'pack',
  tier,
  format: operation.format(true),
  prompt: () => operation.packPrompt(items),
});
