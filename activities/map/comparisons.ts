/** What the rounds of comparisons of a ranking brought. Items are positions. */
import { z } from 'zod';
import { COMPARING_PHASES } from '../../src/contracts/map-run.ts';
import { WINNERS } from '../../src/map/operations/compare.ts';
import type { Comparison } from '../../src/map/rank-strengths.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import type { DoneShard, Items, MapAddress } from '../../src/store/items.ts';
import { jsonLines } from './read-items.ts';

const ComparedSchema = z.object({ id: z.string(), result: z.object({ winner: z.enum(WINNERS) }) });

/** Of a pair, as the id of its item: positions, first and second. */
export const pairId = ({ first, second }: Pick<Comparison, 'first' | 'second'>): string => `${first}:${second}`;

/** The shards of so many rounds. */
export const roundsOf = (items: Items, address: Omit<MapAddress, 'phase'>, rounds: number): Promise<DoneShard[][]> =>
  Promise.all(COMPARING_PHASES.slice(0, rounds).map((phase) => items.shards({ ...address, phase })));

/** A pair that nobody could tell apart says nothing. */
export async function comparisonsOf(blobs: Blobs, rounds: DoneShard[][]): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { resultsRef } of rounds.flat()) {
    for (const line of await jsonLines(blobs, resultsRef)) {
      const compared = ComparedSchema.safeParse(line);
      if (!compared.success) continue;
      const [first = NaN, second = NaN] = compared.data.id.split(':').map(Number);
      comparisons.push({ first, second, winner: compared.data.result.winner });
    }
  }
  return comparisons;
}

/** Among the places of those that have a score, which positions are. */
export function inPlaces(comparisons: Comparison[], positions: number[]): Comparison[] {
  const placeOf = new Map(positions.map((position, place) => [position, place]));
  return comparisons.map(({ first, second, winner }) => ({
    ...{ first: placeOf.get(first) ?? NaN, second: placeOf.get(second) ?? NaN, winner },
  }));
}
