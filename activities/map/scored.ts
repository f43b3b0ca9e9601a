/** The scores of a ranking, of the items that have one. */
import { z } from 'zod';
import type { Blobs } from '../../src/store/blobs.ts';
import { jsonLines } from './read-items.ts';

const ScoredSchema = z.object({ result: z.object({ score: z.number() }) });

/** Side by side, in the order of the input. */
export async function scoredOf(blobs: Blobs, resultRefs: string[]): Promise<{ positions: number[]; scores: number[] }> {
  const [positions, scores]: [number[], number[]] = [[], []];
  let position = 0;
  for (const ref of resultRefs) {
    for (const line of await jsonLines(blobs, ref)) {
      const scored = ScoredSchema.safeParse(line);
      if (scored.success) {
        positions.push(position);
        scores.push(scored.data.result.score);
      }
      position += 1;
    }
  }
  return { positions, scores };
}
