/** What a map came to, in numbers: what a report shows, and what `summary.json` beside the results holds. */
import { z } from 'zod';
import { TIERS } from './addresses.ts';

const ShareSchema = z.number().min(0).max(1);

/** Items with gold: those that were compared, those that ended without a result, those whose gold can't be read as what it has to be. */
const compared = { judged: z.int(), withoutResult: z.int(), unreadable: z.int() };

/**
 * Precision and recall are over what was judged; null where nothing was given that label, or nothing should have been. F1 is null with either,
 * and 0 where nothing was right.
 */
const LabelAgreementSchema = z.object({
  label: z.string(),
  gold: z.int(),
  given: z.int(),
  right: z.int(),
  precision: ShareSchema.nullable(),
  recall: ShareSchema.nullable(),
  f1: ShareSchema.nullable(),
});
export type LabelAgreement = z.infer<typeof LabelAgreementSchema>;

/** How far results agree with the gold column. Figures are null where nothing could be compared. */
export const AgreementSchema = z.discriminatedUnion('kind', [
  /** `unreadable`: gold that is none of the labels; nothing can agree with it. */
  z.object({
    kind: z.literal('labels'),
    ...compared,
    accuracy: ShareSchema.nullable(),
    labels: z.array(LabelAgreementSchema),
  }),
  /** Spearman's rank correlation; null, too, where all scores or all gold are the same. */
  z.object({
    kind: z.literal('scores'),
    ...compared,
    meanAbsoluteError: z.number().nullable(),
    rankCorrelation: z.number().nullable(),
  }),
  /** Gold is how relevant an item is, a number from 0; the gain of an item is that number, of one without gold 0. */
  z.object({ kind: z.literal('ranking'), ...compared, ndcgAt10: ShareSchema.nullable() }),
  /** `exact`: items of which every field is right. A field that gold lacks has to be null. */
  z.object({
    kind: z.literal('fields'),
    ...compared,
    exact: ShareSchema.nullable(),
    fields: z.array(z.object({ field: z.string(), right: z.int(), share: ShareSchema.nullable() })),
  }),
]);
export type Agreement = z.infer<typeof AgreementSchema>;

/** Quantiles between two values lie on the line between them. */
export const DistributionSchema = z.object({
  mean: z.number(),
  min: z.number(),
  p10: z.number(),
  p25: z.number(),
  median: z.number(),
  p75: z.number(),
  p90: z.number(),
  max: z.number(),
});
export type Distribution = z.infer<typeof DistributionSchema>;

export const MapSummarySchema = z.object({
  version: z.literal(1),
  operation: z.enum(['classify', 'extract', 'score', 'rank', 'route', 'review']),
  items: z.int(),
  done: z.int(),
  dead: z.int(),
  reused: z.int(),
  calls: z.int(),
  costMicros: z.int(),
  /** Where items ended; a tier that ended none is left out. */
  tiers: z.array(z.object({ tier: z.enum(TIERS), items: z.int(), costMicros: z.int() })),
  /** Why items have no result, the most frequent first. */
  deadLetters: z.array(z.object({ type: z.string(), items: z.int() })),
  /** The most frequent first, 200 at most; `distinct` counts all. */
  labels: z.object({ distinct: z.int(), top: z.array(z.object({ label: z.string(), items: z.int() })) }).nullable(),
  scores: DistributionSchema.nullable(),
  findings: z.object({ total: z.int(), items: z.int() }).nullable(),
  agreement: AgreementSchema.nullable(),
});
export type MapSummary = z.infer<typeof MapSummarySchema>;
