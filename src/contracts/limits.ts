/** What bounds an objective. Part of its input, so a deploy never changes a run that is under way. */
import { z } from 'zod';

const count = (most: number) => z.int().min(1).max(most);

export const LimitsSchema = z.strictObject({
  maxSubtasks: count(1000).default(100).describe('nodes of the plan, replans included'),
  maxDepth: count(100).default(20).describe('longest chain of dependencies'),
  maxFanOut: count(1000).default(50).describe('subtasks that depend directly on one other'),
  slots: count(256).default(8).describe('subtasks in progress at once'),
  maxReplans: z.int().min(0).max(10).default(2).describe('times the manager may extend the plan'),
  maxTurns: count(5000).default(30).describe('model calls of one attempt of a subagent'),
  maxSubtaskSeconds: count(604_800).default(3600).describe('working time of one attempt, pauses not counted'),
  maxToolOutputBytes: z
    .int()
    .min(1024)
    .max(1_048_576)
    .default(32_768)
    .describe('output of one tool call that a model sees'),
  maxHistoryEvents: z.int().min(200).max(4096).default(3000).describe('events after which a run continues as new'),
  batchPollSeconds: count(3600)
    .default(30)
    .describe('first wait before a batch is asked about; each is twice as long as the one before'),
  batchPollMostSeconds: count(86_400).default(600).describe('longest of these waits'),
  heartbeatTimeoutMs: z
    .int()
    .min(1000)
    .max(120_000)
    .default(5000)
    .describe('silence after which a worker counts as gone'),
});
export type Limits = z.infer<typeof LimitsSchema>;

const given = Object.entries(LimitsSchema.shape).map(([name, limit]) => [
  name,
  limit
    .unwrap()
    .optional()
    .meta({ ...limit.meta(), default: limit.parse(undefined) }),
]);

/** What a caller sets. `partial()` would fill in the defaults, and a plan that sets one limit would undo those of the policy. */
export const GivenLimitsSchema = z.strictObject(
  Object.fromEntries(given) as Record<keyof Limits, z.ZodOptional<z.ZodInt>>,
);
