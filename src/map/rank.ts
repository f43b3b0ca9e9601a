/**
 * From scores given one by one to an order. Items that are close are compared with each other, a bounded number of pairs; scores and
 * comparisons together give strengths (`rank-strengths.ts`). Ties, cycles and contradictions are evidence like any other, so there is always an order, and
 * the same one each time.
 *
 * Items are indices into the scores. Comparing in two rounds of half the pairs each, the second by the strengths after the first, gives
 * a better order than one round of all of them.
 */
import type { Comparison } from './rank-strengths.ts';

/** Two items, in the order in which they are shown. */
export type RankPair = Pick<Comparison, 'first' | 'second'>;

/** Points of score within which two items may well stand in the wrong order. */
const CLOSE = 10;

/**
 * At most `most` pairs of close items: neighbours first, then those with one between them, and so on. None that is among the `compared`.
 * Who stands first changes from pair to pair, as models prefer a place.
 */
export function closePairs(strengths: readonly number[], most: number, compared: readonly RankPair[] = []): RankPair[] {
  const order = orderOf(strengths);
  const idOf = ({ first, second }: RankPair): number =>
    Math.min(first, second) * strengths.length + Math.max(first, second);
  const known = new Set(compared.map(idOf));
  const pairs: RankPair[] = [];
  for (let apart = 1, isAnyClose = true; isAnyClose; apart += 1) {
    isAnyClose = false;
    for (let place = 0; place + apart < order.length; place += 1) {
      const [better, worse] = [order[place] ?? 0, order[place + apart] ?? 0];
      if ((strengths[better] ?? 0) - (strengths[worse] ?? 0) > CLOSE) continue;
      if (pairs.length >= most) return pairs;
      isAnyClose = true;
      const pair = pairs.length % 2 === 0 ? { first: better, second: worse } : { first: worse, second: better };
      if (!known.has(idOf(pair))) pairs.push(pair);
    }
  }
  return pairs;
}

/** The best first; of the same strength, in the order of the input. */
export const orderOf = (strengths: readonly number[]): number[] =>
  [...strengths.keys()].sort((a, b) => (strengths[b] ?? 0) - (strengths[a] ?? 0) || a - b);
