/** What a review found, each thing once: pieces overlap, and what two of them saw is one finding. */
import { z } from 'zod';
import { type Finding, FindingSchema, SEVERITIES } from '../../src/contracts/finding.ts';
import { mergeFindings, type ReviewedPiece } from '../../src/map/output/merge-findings.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { jsonLines, manifestOf, shardItems } from './read-items.ts';

const FoundSchema = FindingSchema.omit({ id: true, path: true });
type Found = z.infer<typeof FoundSchema>;

const ReviewedSchema = z.object({ result: z.object({ findings: z.array(FoundSchema) }) });

/** That other subtasks and the report are told of, the worst first. All of them stand in the results file. */
const MOST_FINDINGS = 2000;

export async function reviewFindings(
  blobs: Blobs,
  itemsRef: string,
  resultRefs: string[],
  subtaskId: string,
): Promise<Finding[]> {
  const manifest = await manifestOf(blobs, itemsRef);
  const pieces: ReviewedPiece<Found>[] = [];
  for (const [shard, ref] of resultRefs.entries()) {
    const { list } = await shardItems(blobs, manifest, shard);
    for (const [index, line] of (await jsonLines(blobs, ref)).entries()) {
      const reviewed = ReviewedSchema.safeParse(line);
      const item = list[index];
      if (reviewed.success && item?.file)
        pieces.push({ id: item.id, file: item.file, findings: reviewed.data.result.findings });
    }
  }
  return mergeFindings(pieces)
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
    .slice(0, MOST_FINDINGS)
    .map(({ itemIds: _itemIds, ...finding }, index) => ({ ...finding, id: `${subtaskId}-${index + 1}` }));
}
