/** What a plan may cost and how long it may take, as data: what `flotilla run --estimate --json` prints, and what an approval is asked on. */
import { z } from 'zod';
import { TIERS } from './addresses.ts';
import { KIND_NAMES } from './kinds.ts';

/** Low: first tries that go well. Likely: first tries as they usually go. High: every try of the ladder, each a long one. */
export const RangeSchema = z.object({ low: z.int().min(0), likely: z.int().min(0), high: z.int().min(0) });
export type Range = z.infer<typeof RangeSchema>;

/**
 * What figures rest on: past attempts in this home by the same model on the same tier and kind of work; our assumptions at the list price;
 * or the time-out of a command, which costs nothing.
 */
export const BasisSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('history'), attempts: z.int() }),
  z.object({
    kind: z.literal('assumption'),
    /** By the model itself, too few to go by. */
    attempts: z.int(),
    /** By a stand-in, which say nothing about a model: not counted. */
    standInAttempts: z.int(),
  }),
  z.object({ kind: z.literal('command') }),
]);
export type Basis = z.infer<typeof BasisSchema>;

/** Turns of a subagent, calls of a triage, an ask or a map, the judging of a result; what the manager asks for itself. */
const PURPOSES = ['turn', 'triage', 'ask', 'map', 'judge', 'review', 'synthesis'] as const;

/** One rung of a ladder, or one kind of call of the manager: so many tries at most, and what all of them come to. */
const RungSchema = z.object({
  purpose: z.enum(PURPOSES),
  tier: z.enum(TIERS),
  model: z.string(),
  tries: z.int(),
  costMicros: RangeSchema,
  seconds: RangeSchema,
  basis: BasisSchema,
});
export type RungEstimate = z.infer<typeof RungSchema>;

const SubtaskEstimateSchema = z.object({
  id: z.string(),
  kind: z.enum(KIND_NAMES),
  title: z.string(),
  /** Where it starts; null where no model takes part. */
  tier: z.enum(TIERS).nullable(),
  costMicros: RangeSchema,
  seconds: RangeSchema,
  /** Of the first rung. */
  basis: BasisSchema,
  /** Where its result is judged, the judging is the last of them. */
  rungs: z.array(RungSchema),
});
export type SubtaskEstimate = z.infer<typeof SubtaskEstimateSchema>;

/** The manager's own calls that are still to come: reviews and the answer (judging stands with what is judged). What a review adds to the plan is estimated when it does. */
const ManagerEstimateSchema = z.object({
  costMicros: RangeSchema,
  seconds: RangeSchema,
  calls: z.array(RungSchema),
});
export type ManagerEstimate = z.infer<typeof ManagerEstimateSchema>;

export const EstimateSchema = z.object({
  version: z.literal(1),
  /** Of the objective that planned, where one did. */
  objectiveId: z.string().nullable(),
  /** Settled and in doubt so far: the planning call, and what earlier rounds cost. Not in `costMicros`. */
  spentMicros: z.int(),
  /** Still to come: the subtasks and the manager. */
  costMicros: RangeSchema,
  /** From the first subtask to the answer, with `slots` at once. Waits for people, limits and workers are not in it. */
  seconds: RangeSchema,
  slots: z.int(),
  subtasks: z.array(SubtaskEstimateSchema),
  manager: ManagerEstimateSchema,
  tiers: z.array(z.object({ tier: z.enum(TIERS), model: z.string(), costMicros: RangeSchema })),
  basedOn: z.object({
    /** Past objectives of this home whose calls were counted. */
    objectives: z.int(),
    files: z.int(),
    bytes: z.int(),
  }),
  budgetMicros: z.int().nullable(),
  approveAboveMicros: z.int().nullable(),
});
export type Estimate = z.infer<typeof EstimateSchema>;
