/** What a caller asks for and what comes back: the input of the objective Workflow, its result and its progress. */
import { z } from 'zod';
import type { Tier } from './addresses.ts';
import type { Caps } from './amounts.ts';
import type { ApprovalRequest } from './approval.ts';
import type { FailureNote } from './failures.ts';
import type { Kind, Ladders } from './kinds.ts';
import type { Limits } from './limits.ts';
import { PRIORITIES, type Priority } from './priority.ts';
import type { RecordedProfile } from './profile.ts';
import type { WorkspaceSummary } from './workspace.ts';

export const ObjectiveIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'an id is lower-case letters, digits and hyphens, at most 64 of them');

export const PrioritySchema = z.enum(PRIORITIES);

/** Input of `objectiveWorkflow`: references, numbers and short names; texts and plans are in the store. */
export interface ObjectiveInput {
  objectiveId: string;
  /** First line of the text, at most 100 characters. */
  title: string;
  textRef: string;
  workspacePath: string;
  /** Globs of what is frozen although it is ignored; absent for none. */
  include?: string[];
  /** Frozen already: nothing is read from `workspacePath`. */
  workspace?: WorkspaceSummary;
  /** What its subtasks bring is all that is asked for: the manager writes no answer. */
  isWithoutAnswer?: true;
  /** A plan of the caller's in the store; null when the manager is to plan. */
  planRef: string | null;
  planOnly: boolean;
  /** `Checks` in the store. */
  checksRef: string;
  /** `WorkRules` in the store; missing in inputs of before there was work on files. */
  workRulesRef?: string;
  tiers: Record<Tier, RecordedProfile>;
  ladders: Ladders;
  limits: Limits;
  /** Cap in micro-dollars; null for none. */
  budgetMicros: number | null;
  /** Caps in the other units. */
  caps?: Partial<Omit<Caps, 'micros'>>;
  /** How long it may take by the clock, pauses included; null or missing for no limit. */
  maxWallMs?: number | null;
  /** The schedule whose account all its objectives share; null or missing for none. */
  scheduleId?: string | null;
  /** Somebody approves each plan whose estimate, with what is spent, is above this; absent for none. */
  approveAboveMicros?: number;
  /** Who goes first where work waits; absent: interactive. Its Workflow is started with keys that say the same. */
  priority?: Priority;
  /** False where the server cannot take ours (a managed service): then none are set. */
  hasSearchAttributes: boolean;
  /** Set by continue-as-new alone. */
  carried?: ObjectiveSnapshot;
}

/** What a Workflow knows of a subtask; its instructions are in the store under `planRef`. */
export interface PlannedSubtask {
  id: string;
  kind: Kind;
  title: string;
  tier: Tier | null;
  dependsOn: string[];
  weight: number;
  /** `Plan` in the store that holds this subtask. */
  planRef: string;
  /** 1 for the first plan, 2 for what the first replan added, … */
  round: number;
  /** Its plan says what a result must satisfy: the manager judges it. Left out where not. */
  isJudged?: boolean;
  /** It runs commands that an agent chooses and, by an operator's word, there is no sandbox to run them in. Left out where not. */
  isUnsandboxed?: true;
}

export interface Spend {
  calls: number;
  costMicros: number;
}

/** How one attempt ended. A failure is data. `summary` is at most 300 characters. */
export type SubtaskOutcome =
  | { status: 'completed'; resultRef: string; summary: string; findings: number; spend: Spend }
  | { status: 'failed'; failure: FailureNote; evidenceRef: string | null; spend: Spend };

export type SubtaskState = 'waiting' | 'running' | 'completed' | 'failed' | 'skipped' | 'cancelled';

/** One subtask as the Workflow remembers it and as every view shows it. */
export interface SubtaskRecord extends PlannedSubtask {
  state: SubtaskState;
  /** Attempts started. */
  attempt: number;
  /** Tier of the attempt under way or the last one. */
  runsOn: Tier | null;
  startedAtMs: number | null;
  endedAtMs: number | null;
  resultRef: string | null;
  summary: string;
  findings: number;
  failure: FailureNote | null;
  evidenceRef: string | null;
  /** A later round replaced it: its failure no longer counts against the objective. */
  isReplaced: boolean;
  spend: Spend;
}

export const PHASES = ['opening', 'planning', 'working', 'reviewing', 'writing', 'ended'] as const;
export type Phase = (typeof PHASES)[number];
export type ObjectiveStatus = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';

/** Why nothing moves: a person asked for it, an estimate waits for approval, or a failure whose effect is `pause`. */
export interface Pause {
  reason: 'person' | 'approval' | FailureNote['type'];
  message: string;
}

/** From a subtask to its objective: only a person can mend this. */
export interface Halt extends Pause {
  /** When what failed was begun: what was mended since may have been all of it. Histories of before do not say. */
  sinceMs?: number;
}

/** What an accepted subtask made of the files, merged: a commit to be. */
export interface MergedChange {
  subtaskId: string;
  title: string;
  /** All files after it. */
  ref: string;
  /** Of the files it changed, those that were judged as they had been; the first few. */
  protected: string[];
  /** By an operator's word, commands ran outside of a sandbox. */
  isUnsandboxed?: true;
}

export interface Round {
  round: number;
  rationale: string;
  added: number;
}

/** The answer to the `progress` query. Costs in flight stand in the ledger, not here. */
export interface Progress {
  objectiveId: string;
  title: string;
  status: ObjectiveStatus;
  phase: Phase;
  pause: Pause | null;
  /** Set while an approval is awaited, whatever else stops it. */
  approval?: ApprovalRequest;
  startedAtMs: number;
  endedAtMs: number | null;
  rounds: Round[];
  subtasks: SubtaskRecord[];
  spend: Spend;
  /** In the order of merging; missing where nothing was. */
  merged?: MergedChange[];
  /** With `merged`: the files before the first of them, and where they came from. */
  origin?: { baseRef: string; baseCommit?: string; workspacePath: string };
  /** Null: no cap. Missing in the answers of older runs. */
  capMicros?: number | null;
  failure: FailureNote | null;
}

/** Were commands that agents chose run outside of a sandbox? Told by what was planned and has begun, and by the hosts of what was merged. */
export const ranUnsandboxed = ({ subtasks, merged = [] }: Pick<Progress, 'subtasks' | 'merged'>): boolean =>
  [...subtasks.filter(({ attempt }) => attempt > 0), ...merged].some(({ isUnsandboxed }) => isUnsandboxed);

/** What continue-as-new carries: everything `ObjectiveState` knows. */
export interface ObjectiveSnapshot {
  phase: Phase;
  pause: Pause | null;
  startedAtMs: number;
  rounds: Round[];
  subtasks: SubtaskRecord[];
  managerSpend: Spend;
  workspace: WorkspaceSummary;
  merged?: MergedChange[];
  /** The cap as it was raised. */
  capMicros?: number | null;
  /** The threshold as approvals have raised it. */
  approveAboveMicros?: number;
}

/** Where the documents of an ended objective are, in the store. */
export interface ReportRefs {
  json: string;
  markdown: string;
  html: string;
}

/** The Workflow's result; a failed objective throws `SubtasksFailed` (or another type) with this as its detail. */
export interface ObjectiveResult {
  objectiveId: string;
  status: 'completed' | 'failed' | 'cancelled';
  failure: FailureNote | null;
  answerRef: string | null;
  report: ReportRefs | null;
  counts: { planned: number; completed: number; failed: number; skipped: number; cancelled: number };
  findings: number;
  spend: Spend;
}
