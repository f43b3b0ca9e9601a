/** The log of attempts: what each try of each subtask came to and cost. It is what a choice of tier can be judged by. Fields are only ever added. */
import { z } from 'zod';
import { TIERS } from './addresses.ts';
import { FAILURES, type FailureType } from './failures.ts';
import { KIND_NAMES } from './kinds.ts';

/** `accepted`, `cancelled`, or the failure that ended it. */
const VERDICTS = ['accepted', 'cancelled', ...(Object.keys(FAILURES) as FailureType[])] as const;

/** One attempt that has ended, as its Workflow knows it. Money and tokens stand in the journal. */
export const EndedAttemptSchema = z.object({
  subtaskId: z.string(),
  kind: z.enum(KIND_NAMES),
  tier: z.enum(TIERS).nullable().describe('null where no model takes part'),
  attempt: z.int().describe('1 for the first try of the subtask, on whatever tier'),
  verdict: z.enum(VERDICTS).describe('accepted, cancelled, or the type of the failure'),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
});
export type EndedAttempt = z.infer<typeof EndedAttemptSchema>;

/** The same with what the journal says of it: what `attempts --json` prints a list of, and `--jsonl` one in each line. */
export const AttemptSchema = z.object({
  objectiveId: z.string(),
  ...EndedAttemptSchema.shape,
  seconds: z.number().describe('from its start to its end, pauses and the judge included'),
  model: z.string().nullable().describe('that did the work; null where no call was made'),
  isStandIn: z.boolean().describe('answered by a stand-in, which is not a language model'),
  calls: z.int().describe('the judge’s included, as in all that follows'),
  inputTokens: z.int().describe('the cached ones included'),
  cachedInputTokens: z.int(),
  outputTokens: z.int().describe('the reasoning ones included'),
  reasoningTokens: z.int(),
  costMicros: z.int().describe('settled and in doubt, in millionths of a US dollar'),
  judgeCostMicros: z.int().describe('what of it the judging of the result cost'),
});
export type Attempt = z.infer<typeof AttemptSchema>;

/** What `flotilla attempts --json` prints. */
export const AttemptsSchema = z.array(AttemptSchema);
