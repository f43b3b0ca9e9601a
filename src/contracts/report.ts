/** Everything a report shows, as data: what `flotilla report --json` prints. */
import { z } from 'zod';
import { TIERS } from './addresses.ts';
import { TriagedFindingSchema } from './finding.ts';
import { KIND_NAMES } from './kinds.ts';
import { FileChangeSchema } from './results.ts';
import { CostsSchema, CounterfactualSchema } from './report-money.ts';

const FailureSchema = z.object({ type: z.string(), message: z.string() });

const ReportSubtaskSchema = z.object({
  id: z.string(),
  title: z.string(),
  kind: z.enum(KIND_NAMES),
  round: z.int(),
  dependsOn: z.array(z.string()),
  state: z.string(),
  attempts: z.int(),
  runsOn: z.enum(TIERS).nullable(),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  summary: z.string(),
  findings: z.int(),
  failure: FailureSchema.nullable(),
  isReplaced: z.boolean(),
  /** Output of a check, the answers of an ask, or what a failed attempt left. */
  output: z.string(),
  /** All attempts, settled and in doubt. Absent from older reports, as all that is null by default. */
  costMicros: z.int().nullable().default(null),
});
export type ReportSubtask = z.infer<typeof ReportSubtaskSchema>;

const SpendLineSchema = z.object({
  tier: z.enum(TIERS),
  model: z.string(),
  calls: z.int(),
  inputTokens: z.int(),
  cachedInputTokens: z.int(),
  outputTokens: z.int(),
  reasoningTokens: z.int(),
  settledMicros: z.int(),
  inDoubtMicros: z.int(),
});
export type SpendLine = z.infer<typeof SpendLineSchema>;

const ReportChangeSchema = z.object({
  subtaskId: z.string(),
  title: z.string(),
  files: z.array(FileChangeSchema),
  /** Of the files, those that were judged as they had been. */
  protected: z.array(z.string()),
  /** By an operator's word its commands ran outside of a sandbox. */
  isUnsandboxed: z.boolean(),
});
export type ReportChange = z.infer<typeof ReportChangeSchema>;

export const ReportSchema = z.object({
  version: z.literal(1),
  objectiveId: z.string(),
  title: z.string(),
  text: z.string(),
  status: z.enum(['completed', 'failed', 'cancelled']),
  failure: FailureSchema.nullable(),
  /** True when answers came from a stand-in, which is not a language model. */
  isStandIn: z.boolean(),
  /** By an operator's word, commands that agents chose ran outside of a sandbox. */
  isUnsandboxed: z.boolean().default(false),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  workspace: z.object({
    path: z.string(),
    ref: z.string(),
    files: z.int(),
    bytes: z.int(),
    leftOut: z.array(z.object({ path: z.string(), reason: z.string() })),
  }),
  answer: z.string(),
  keyFindings: z.array(z.string()),
  uncertain: z.array(z.string()),
  findings: z.array(TriagedFindingSchema),
  rounds: z.array(z.object({ round: z.int(), rationale: z.string(), added: z.int() })),
  subtasks: z.array(ReportSubtaskSchema),
  /** What was merged, in its order: commits to be. */
  changes: z.array(ReportChangeSchema).default([]),
  /** Sum of the subtasks' own times, as if one had followed the other. */
  serialMs: z.number(),
  budgetMicros: z.int().nullable(),
  costMicros: z.int(),
  spend: z.array(SpendLineSchema),
  costs: CostsSchema.nullable().default(null),
  /** Null, too, where the flagship has no price any more. */
  counterfactual: CounterfactualSchema.nullable().default(null),
});
export type Report = z.infer<typeof ReportSchema>;
