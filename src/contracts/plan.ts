/**
 * The plan: a graph of subtasks. `PlanSchema` is the contract; `PlanDraftSchema` is what a model writes (strict:
 * every property required, nullable instead of optional), mapped in `fromDraft` alone. Rules across nodes: `plan-graph.ts`.
 */
import { z } from 'zod';
import { MANAGER_SUBTASK, TIERS } from './addresses.ts';
import { DEFAULT_LADDERS, KIND_NAMES } from './kinds.ts';
import { GivenLimitsSchema } from './limits.ts';
import { MapSchema } from './map.ts';
import { fromMapDraft, MapDraftSchema } from './map-draft.ts';

export const SubtaskIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'an id is a lower-case letter, then up to 31 letters, digits or hyphens')
  .refine((id) => id !== MANAGER_SUBTASK, 'this id is taken: the manager’s own calls are booked under it');

const base = {
  id: SubtaskIdSchema.describe('unique within the plan'),
  title: z.string().min(1).max(120).describe('one line, shown in every view'),
  dependsOn: z.array(SubtaskIdSchema).max(1000).default([]),
  weight: z.number().positive().max(1000).default(1).describe('expected length beside the others; orders the dispatch'),
  tier: z.enum(TIERS).optional().describe('where to start; the ladder of the kind decides otherwise'),
  budgetUsd: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('its allowance, out of that of the objective: all its attempts together'),
};

/** Of kinds whose result a model writes. What the engine can check by itself needs no judge. */
const judged = {
  acceptance: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .optional()
    .describe('what a result must satisfy, where checks can’t tell: then the manager judges it'),
};

export const SubtaskSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...base,
    ...judged,
    kind: z.literal('investigate'),
    instructions: z.string().min(1).max(8000),
    paths: z.array(z.string().max(1000)).max(100).default([]).describe('where to look; empty means everywhere'),
  }),
  z.strictObject({ ...base, kind: z.literal('check'), check: z.string().min(1).describe('the name of a check') }),
  z.strictObject({ ...base, ...judged, kind: z.literal('triage'), instructions: z.string().max(8000).default('') }),
  z.strictObject({ ...base, kind: z.literal('map'), ...MapSchema.shape }),
  z.strictObject({
    ...base,
    ...judged,
    kind: z.literal('code'),
    instructions: z.string().min(1).max(100_000),
    paths: z.array(z.string().max(1000)).max(100).default([]).describe('where to begin; empty means everywhere'),
    checks: z
      .array(z.string().min(1))
      .max(50)
      .optional()
      .describe('the names of the checks that must pass; all of them where it is left out'),
    protects: z
      .array(z.string().min(1).max(1000))
      .max(100)
      .default([])
      .describe('globs of files that count as they were when the result is judged, beside tests and CI settings'),
  }),
  z.strictObject({
    ...base,
    ...judged,
    kind: z.literal('ask'),
    questions: z
      .array(z.string().trim().min(1, 'a question says something').max(20_000))
      .min(1, 'an ask has at least one question')
      .max(8, 'an ask has at most 8 questions')
      .describe('asked one after another in one conversation, the first over what the subtasks it depends on brought'),
  }),
]);
export type Subtask = z.infer<typeof SubtaskSchema>;

/** What a result of it must satisfy beyond what the engine checks. */
export const acceptanceOf = (subtask: Subtask): string | undefined =>
  'acceptance' in subtask ? subtask.acceptance : undefined;

/** What a model is asked to do, in words; nothing where the engine does it. */
export function assignmentOf(subtask: Subtask): string {
  if (subtask.kind === 'ask') return subtask.questions.join('\n\n');
  return 'instructions' in subtask ? subtask.instructions : '';
}

export const PlanSchema = z.strictObject({
  subtasks: z.array(SubtaskSchema).min(1, 'a plan needs at least one subtask'),
});
export type Plan = z.infer<typeof PlanSchema>;

/** A command that the caller names; a string goes to `sh -c`, an array is run as it is. */
export const CheckSchema = z.strictObject({
  command: z.union([z.string().min(1), z.array(z.string()).min(1)]),
  timeoutSeconds: z.int().min(1).max(86_400).default(600),
});
export type Check = z.infer<typeof CheckSchema>;

export const ChecksSchema = z.record(z.string().regex(/^[\w.-]{1,64}$/), CheckSchema);
export type Checks = z.infer<typeof ChecksSchema>;

const RungSchema = z.strictObject({ tier: z.enum(TIERS), tries: z.int().min(1).max(10) });

/** A kind that a model carries out starts somewhere. */
const LaddersSchema = z
  .partialRecord(z.enum(KIND_NAMES), z.array(RungSchema).max(6))
  .superRefine((ladders, context) => {
    for (const kind of KIND_NAMES) {
      if (ladders[kind]?.length !== 0 || DEFAULT_LADDERS[kind].length === 0) continue;
      context.addIssue({ code: 'custom', path: [kind], message: `The ladder of "${kind}" needs at least one rung.` });
    }
  });

const amount = z.int().positive().max(1e12);
const usd = z.number().positive().max(1_000_000);

/** Caps besides money. */
export const CapsSchema = z.strictObject({
  tokens: amount.optional().describe('input and output, of all models together'),
  calls: amount.optional().describe('model calls'),
  quota: amount.optional().describe('tokens of the flagship; a token of a smaller model counts for a part of one'),
  hours: z.number().positive().max(100_000).optional().describe('time by the clock, pauses included'),
});

/** `host`, `*.suffix`, each with a port where it is not 443 or 80. */
const allowHosts = z.array(z.string().min(1).max(253)).max(100).default([]);

/** Installs what the workspace needs, once per state of its dependencies, before any agent has run. */
export const SetupSchema = z.strictObject({
  command: z.string().min(1).describe('goes to `sh -c`'),
  timeoutSeconds: z.int().min(1).max(86_400).default(900),
  allowHosts: allowHosts.describe(
    'hosts that it may reach: `host`, `*.suffix`, `host:port`; `private:host` where its address is a private one',
  ),
});

/** What the work on files goes by, for all subtasks of kind `code`. */
const workRules = {
  setup: SetupSchema.nullable().default(null),
  allowHosts: allowHosts.describe(
    'hosts that the commands of agents, and checks, may reach; none where it is left out',
  ),
  protects: z
    .array(z.string().min(1).max(1000))
    .max(1000)
    .default([])
    .describe('globs of files that count as they were when a result is judged, beside tests and CI settings'),
};
export const WorkRulesSchema = z.strictObject(workRules);
export type WorkRules = z.infer<typeof WorkRulesSchema>;

/** What a caller may lay down beside the objective: commands, limits, ladders, money. */
export const PolicySchema = z.strictObject({
  checks: ChecksSchema.default({}),
  ...workRules,
  limits: GivenLimitsSchema.default({}),
  ladders: LaddersSchema.default({}),
  budgetUsd: usd.optional(),
  caps: CapsSchema.default({}),
  approveAboveUsd: z
    .number()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('somebody approves a plan whose estimate, with what is spent, is above this'),
});
export type Policy = z.infer<typeof PolicySchema>;

/** `flotilla run --plan FILE`: a team's fixed pipeline, with its policy inside. */
export const PlanFileSchema = PolicySchema.extend({
  objective: z.string().min(1).optional().describe('what the plan is for, where the command line does not say'),
  subtasks: z.array(SubtaskSchema).min(1, 'a plan needs at least one subtask'),
});
export type PlanFile = z.infer<typeof PlanFileSchema>;

/** Model-facing form of a subtask. */
export const SubtaskDraftSchema = z.strictObject({
  id: z.string().describe('short, lower case, e.g. "cli-errors"'),
  kind: z.enum(KIND_NAMES),
  title: z.string().describe('one line'),
  instructions: z.string().describe('what to find out or do; complete, the subagent sees nothing else of the plan'),
  paths: z.array(z.string()).describe('where to look; empty for everywhere'),
  check: z
    .string()
    .nullable()
    .describe(
      'for kind check: the name of the command; for kind code: of the one that must pass, null for all; otherwise null',
    ),
  questions: z
    .array(z.string())
    .nullable()
    .describe('for kind ask: the questions, 1 to 8, each complete in itself; otherwise null'),
  map: MapDraftSchema.nullable().describe('for kind map: what is done with which items; otherwise null'),
  acceptance: z
    .string()
    .nullable()
    .describe(
      'usually null: results are checked for form and evidence anyway. Where that can’t tell whether a result is good enough, what it must satisfy; a costly judge then decides. Not for kinds check and map',
    ),
  dependsOn: z.array(z.string()),
  weight: z.number().describe('expected length beside the others, 1 is usual'),
});
type SubtaskDraft = z.infer<typeof SubtaskDraftSchema>;

export const PlanDraftSchema = z.strictObject({
  rationale: z.string().describe('one or two sentences on how the work is split'),
  subtasks: z.array(SubtaskDraftSchema),
});

/** The draft in the contract's form, not yet validated: pass it to `parsePlan`. */
export function fromDraft(subtasks: SubtaskDraft[]): unknown {
  return {
    subtasks: subtasks.map(
      ({ id, kind, title, instructions, paths, check, questions, map, acceptance, dependsOn, weight }) => {
        const common = { id, kind, title: title.slice(0, 120), dependsOn, weight };
        if (kind === 'check') return { ...common, check: check ?? '' };
        if (kind === 'map') return { ...common, ...(map && fromMapDraft(map, instructions)) };
        const judged = { ...common, ...(acceptance?.trim() && { acceptance }) };
        if (kind === 'ask') return { ...judged, questions: questions ?? [] };
        const worked = { ...judged, instructions };
        if (kind === 'code') return { ...worked, paths, ...(check !== null && { checks: [check] }) };
        return kind === 'triage' ? worked : { ...worked, paths };
      },
    ),
  };
}
