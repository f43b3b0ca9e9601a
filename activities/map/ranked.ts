/** From scores and comparisons to places: the outcomes of a ranking once more, each with its rank. Items without a score have none. */
import { orderOf } from '../../src/map/rank.ts';
import { type Comparison, strengthsOf } from '../../src/map/rank-strengths.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { inPlaces } from './comparisons.ts';
import { jsonLines } from './read-items.ts';
import { scoredOf } from './scored.ts';

/** References to the outcomes of each shard, in order. */
export async function rankedResults(blobs: Blobs, resultRefs: string[], compared: Comparison[]): Promise<string[]> {
  const { positions, scores } = await scoredOf(blobs, resultRefs);
  const strengths = strengthsOf(scores, inPlaces(compared, positions));
  const rankOf = new Map(orderOf(strengths).map((place, index) => [positions[place], index + 1]));
  let position = 0;
  const ranked: string[] = [];
  for (const ref of resultRefs) {
    const lines = (await jsonLines(blobs, ref)) as { result?: object }[];
    const texts = lines.map((line) => {
      const rank = rankOf.get(position);
      position += 1;
      return `${JSON.stringify(rank === undefined ? line : { ...line, result: { rank, ...line.result } })}\n`;
    });
    ranked.push(await blobs.put(texts.join('')));
  }
  return ranked;
}
