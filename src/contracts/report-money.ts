/** The money of a report: what it went into, and what the flagship alone would have cost. Amounts are settled and in doubt together. */
import { z } from 'zod';

/** Planning, judging, the answer, accepted work and the rest are together what was spent. */
export const CostsSchema = z.object({
  planningMicros: z.int(),
  judgingMicros: z.int(),
  answerMicros: z.int(),
  /** Attempts whose result counts. */
  acceptedMicros: z.int(),
  /** Attempts that were followed by another, or by none. */
  notAcceptedMicros: z.int(),
  /** Those that a model worked on. */
  acceptedSubtasks: z.int(),
  /** Everything that was spent, divided by them; null where there are none. */
  perAcceptedMicros: z.int().nullable(),
  /** Input tokens read from a cache, 0 to 1; null without input. */
  cacheHitRate: z.number().nullable(),
  /** Settled for answers that could not be used. */
  unusableMicros: z.int(),
  /** Settled for requests that had been billed before, or may have been. */
  repaidMicros: z.int(),
  /** May have been billed: at its worst case. */
  inDoubtMicros: z.int(),
});
export type Costs = z.infer<typeof CostsSchema>;

const CASES = ['accepted-only', 'scaled', 'same-tokens', 'cold-caches'] as const;

const CaseSchema = z.object({ name: z.enum(CASES), means: z.string(), costMicros: z.int() });
export type CounterfactualCase = z.infer<typeof CaseSchema>;

/** What the flagship alone would have cost: the range over the cases that can be worked out. */
export const CounterfactualSchema = z.object({
  flagship: z.string(),
  costMicros: z.int().describe('what was spent'),
  cases: z.array(CaseSchema),
  lowMicros: z.int(),
  highMicros: z.int(),
  savedMicros: z
    .object({ low: z.int(), high: z.int() })
    .describe('the flagship less what was spent: negative where the flagship alone would have been cheaper'),
  savedPercent: z
    .object({ low: z.number(), high: z.number() })
    .nullable()
    .describe('of what the flagship would have cost; null where an end of it is nothing'),
  assumptions: z.array(z.string()),
});
export type Counterfactual = z.infer<typeof CounterfactualSchema>;
