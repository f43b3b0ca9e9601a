/**
 * Every item of a shard to its end: known ones first, then packs, then each by itself, at last those that say what an earlier one said. Contract:
 * `onEnd` hears of each item once, after its outcome is on disk.
 */
import type { Item, ItemOutcome } from '../../src/contracts/map.ts';
import type { Climb } from './climb.ts';
import { feed, type Feeding } from './feed.ts';
import { Gathered } from './gathered.ts';
import { type KeptItems, reused } from './kept-items.ts';
import type { Placed } from './questions.ts';

/** `start` is the position of the first. */
export interface ShardItems {
  list: Item[];
  start: number;
}

export interface Ways {
  kept: KeptItems;
  climb: Climb;
  feeding: Feeding;
  pack: number;
}

export async function workOff(
  { list, start }: ShardItems,
  { kept, climb, feeding, pack }: Ways,
  onEnd: (index: number, outcome: ItemOutcome) => void,
): Promise<void> {
  const known = await kept.known(list);
  const open = list.flatMap((item, index): Placed[] => {
    const outcome = known[index];
    if (outcome) onEnd(index, outcome);
    return outcome ? [] : [{ item, index }];
  });
  const gathered = new Gathered(kept, ({ index, outcome }) => onEnd(index, outcome));
  const alone = async ({ item, index }: Placed, paidMicros?: number): Promise<void> => {
    const outcome = await climb.item(item, start + index, paidMicros);
    const ended = [{ item, index, outcome }];
    return paidMicros === undefined && isFirstAnswer(outcome) ? gathered.later(ended) : gathered.now(ended);
  };

  const { packs, singles } = beginningOf(list, open, pack);
  const work = [
    ...packs.map((together) => async () => {
      const { answered, rest } = await climb.pack(together, start + (together[0]?.index ?? 0));
      await gathered.later(answered);
      for (const { paidMicros, ...placed } of rest) await alone(placed, paidMicros);
    }),
    ...singles.map((placed) => () => alone(placed)),
  ];
  try {
    await feed(work, feeding, (one) => one());
  } finally {
    await gathered.flush();
  }
  const repeats = open.filter(({ item }) => item.sameAs !== undefined);
  const since = await kept.known(repeats.map(({ item }) => item));
  await feed(repeats.entries(), feeding, async ([place, { item, index }]) => {
    // Another shard's, on its way: then their calls are the same.
    const outcome = since[place] ?? reused(await climb.item(item, item.sameAs ?? start + index));
    onEnd(index, outcome);
  });
}

/** Its one call has an answer, which a retry would find in the journal. A refusal would be asked for, and paid, again. */
const isFirstAnswer = (outcome: ItemOutcome): boolean => 'result' in outcome && outcome.attempts === 1;

/** What is asked first about those that nothing is known of: some together, the others one by one. None of it says what an earlier item said. */
export function beginningOf(list: Item[], open: Placed[], pack: number): { packs: Placed[][]; singles: Placed[] } {
  const firsts = open.filter(({ item }) => item.sameAs === undefined);
  const packs = pack > 1 ? packsOf(list, firsts, pack) : [];
  const packed = new Set(packs.flat());
  return { packs, singles: firsts.filter((placed) => !packed.has(placed)) };
}

/**
 * Slices of the shard of which nothing is known: what a pack asks about never depends on how far an earlier try came, so that its answer is found
 * again under its key.
 */
function packsOf(list: Item[], open: Placed[], size: number): Placed[][] {
  const sliceOf = ({ index }: Placed): number => Math.floor(index / size);
  const slices = Map.groupBy(open, sliceOf);
  const firsts = (slice: number): number =>
    list.slice(slice * size, (slice + 1) * size).filter(({ sameAs }) => sameAs === undefined).length;
  return [...slices].flatMap(([slice, placed]) =>
    placed.length > 1 && placed.length === firsts(slice) ? [placed] : [],
  );
}
