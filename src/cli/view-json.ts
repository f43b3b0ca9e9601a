/** What `--json` prints: one objective, the shape of `run`, `watch` and `show`; and the lines of `list`. Fields are only ever added. */
import { z } from 'zod';
import { TIERS } from '../contracts/addresses.ts';
import { RangeSchema } from '../contracts/estimate.ts';
import { KIND_NAMES } from '../contracts/kinds.ts';
import { MAP_PHASES } from '../contracts/map-run.ts';
import { PHASES, ranUnsandboxed } from '../contracts/objective.ts';
import type { ObjectiveLine } from '../client/connect.ts';
import type { MapStanding } from '../client/map-progress.ts';
import type { ObjectiveView } from '../client/objective-handle.ts';
import type { SubtaskSpend } from '../store/ledger.ts';

const FailureSchema = z.object({ type: z.string(), message: z.string() });

const MapViewSchema = z.object({
  phase: z.enum(MAP_PHASES),
  done: z.int(),
  items: z.int(),
  dead: z.int(),
  reused: z.int(),
  calls: z.int(),
  costMicros: z.int(),
  perSecond: z.number(),
  secondsLeft: z.int().nullable(),
}) satisfies z.ZodType<MapStanding>;

const SubtaskViewSchema = z.object({
  id: z.string(),
  title: z.string(),
  kind: z.enum(KIND_NAMES),
  state: z.enum(['waiting', 'running', 'completed', 'failed', 'skipped', 'cancelled']),
  tier: z.enum(TIERS).nullable(),
  round: z.int(),
  dependsOn: z.array(z.string()),
  attempt: z.int(),
  turns: z.int(),
  callsInFlight: z.int(),
  findings: z.int(),
  costMicros: z.int(),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  summary: z.string(),
  failure: FailureSchema.nullable(),
  /** How far a map is; null once it has ended, and of other kinds. */
  map: MapViewSchema.nullable(),
  /** What it changed is in the files that others go on from. */
  isMerged: z.boolean(),
});
export type SubtaskView = z.infer<typeof SubtaskViewSchema>;

export const ObjectiveJsonSchema = z.object({
  objectiveId: z.string(),
  title: z.string(),
  status: z.enum(['starting', 'running', 'paused', 'completed', 'failed', 'cancelled']),
  phase: z.enum(PHASES).nullable(),
  pause: z.object({ reason: z.string(), message: z.string() }).nullable(),
  /** What waits for `approve`: what is still to come, beside what is spent. */
  approval: z.object({ spentMicros: z.int(), costMicros: RangeSchema, seconds: RangeSchema }).nullable(),
  failure: FailureSchema.nullable(),
  /** Why this may be old; null when it is fresh. */
  notice: z.string().nullable(),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** Settled and in doubt. */
  costMicros: z.int(),
  reservedMicros: z.int(),
  budgetMicros: z.int().nullable(),
  isStandIn: z.boolean(),
  /** By an operator's word, commands that agents choose run outside of a sandbox. */
  isUnsandboxed: z.boolean(),
  subtasks: z.array(SubtaskViewSchema),
  /** Folder of the report, once there is one. */
  report: z.string().nullable(),
});
export type ObjectiveJson = z.infer<typeof ObjectiveJsonSchema>;

/** What `list --json` prints. */
export const ListJsonSchema = z.array(
  z.object({
    objectiveId: z.string(),
    title: z.string(),
    status: z.string(),
    startedAtMs: z.number(),
    endedAtMs: z.number().nullable(),
  }) satisfies z.ZodType<ObjectiveLine>,
);

export function toObjectiveJson(
  { objectiveId, progress, notice, spend, account, maps }: ObjectiveView,
  report: string | null,
): ObjectiveJson {
  const merged = (progress?.merged ?? []).map(({ subtaskId }) => subtaskId);
  return {
    objectiveId,
    title: progress?.title ?? '',
    status: progress?.status ?? 'starting',
    phase: progress?.phase ?? null,
    pause: progress?.pause ?? null,
    approval: approvalOf(progress),
    failure: progress?.failure ?? null,
    notice,
    startedAtMs: progress?.startedAtMs ?? null,
    endedAtMs: progress?.endedAtMs ?? null,
    costMicros: sum(spend, costOf),
    reservedMicros: sum(spend, ({ reservedMicros }) => reservedMicros),
    budgetMicros: account?.micros.cap ?? null,
    isUnsandboxed: progress !== null && ranUnsandboxed(progress),
    isStandIn: spend.some(({ standInCalls }) => standInCalls > 0),
    subtasks: (progress?.subtasks ?? []).map((subtask) => {
      const lines = spend.filter(({ subtaskId }) => subtaskId === subtask.id);
      const {
        id,
        title,
        kind,
        state,
        runsOn,
        round,
        dependsOn,
        attempt,
        findings,
        startedAtMs,
        endedAtMs,
        summary,
        failure,
      } = subtask;
      return {
        id,
        title,
        kind,
        state,
        tier: runsOn,
        round,
        dependsOn,
        attempt,
        findings,
        startedAtMs,
        endedAtMs,
        summary,
        failure,
        turns: sum(lines, ({ turns }) => turns),
        callsInFlight: sum(lines, ({ inFlight }) => inFlight),
        costMicros: sum(lines, costOf),
        map: maps[id] ?? null,
        isMerged: merged.includes(id),
      };
    }),
    report: progress?.phase === 'ended' ? report : null,
  };
}

function approvalOf(progress: ObjectiveView['progress']): ObjectiveJson['approval'] {
  if (!progress?.approval) return null;
  const { spentMicros, costMicros, seconds } = progress.approval;
  return { spentMicros, costMicros, seconds };
}

const costOf = ({ settledMicros, inDoubtMicros }: SubtaskSpend): number => settledMicros + inDoubtMicros;

const sum = (lines: SubtaskSpend[], of: (line: SubtaskSpend) => number): number =>
  lines.reduce((total, line) => total + of(line), 0);
