/** Input, progress and carried state of `subagentWorkflow`: one attempt of one subtask. */
import type { Tier } from './addresses.ts';
import type { FailureNote } from './failures.ts';
import type { Limits } from './limits.ts';
import type { PlannedSubtask, Spend } from './objective.ts';
import type { RecordedProfile } from './profile.ts';

/** A dependency that completed: what the subagent may build on. */
export interface DependencyResult {
  subtaskId: string;
  title: string;
  resultRef: string;
}

/** By what a subagent's changes are judged, by reference; the same for all attempts of an objective. */
export interface WorkAssignment {
  checksRef: string;
  workRulesRef?: string | undefined;
  /** The files as the caller gave them: what is protected counts as it was there. */
  originRef: string;
}

/** Everything that one attempt is about, by reference. */
export interface Assignment {
  objectiveId: string;
  subtask: PlannedSubtask;
  attempt: number;
  tier: Tier;
  profile: RecordedProfile;
  /** For a kind whose items climb by themselves: all profiles. */
  tiers?: Record<Tier, RecordedProfile>;
  textRef: string;
  workspaceRef: string;
  /** Of a kind that writes: what it is judged by. */
  work?: WorkAssignment;
  dependencies: DependencyResult[];
  /** Why the previous attempt failed; null on the first. */
  previous: { failure: FailureNote; evidenceRef: string | null } | null;
  limits: Limits;
}

export interface SubagentInput {
  assignment: Assignment;
  parentWorkflowId: string;
  hasSearchAttributes: boolean;
  /** Set by continue-as-new alone. */
  carried?: SubagentSnapshot;
  /** With it, of a kind that writes: the Task Queue of the host that has its workspace. */
  host?: string | null;
}

export interface SubagentSnapshot {
  turn: number;
  transcriptHead: string | null;
  /** The workspace of the attempt, where that is more than the files it was given. */
  filesRef?: string;
  spend: Spend;
  workedMs: number;
  lastAction: string | null;
  sameActions: number;
  idleTurns: number;
  /** Digests of recent tool output; what is not among them is progress. */
  seenOutputs: string[];
}

/** A tool call of a turn, as history and Web UI may show it: names and places, no content. */
export interface ToolCallNote {
  name: string;
  summary: string;
  /** It can run anywhere, so the next turn runs it first; otherwise it needs a step of its own. */
  isInline: boolean;
}

/** What `takeTurn` returns. */
export interface TurnResult {
  transcriptHead: string;
  toolCalls: ToolCallNote[];
  /** Digest of the names and arguments of all calls of the turn; equal digests are the same action. */
  actionDigest: string;
  /** Digests of what the tools brought that this turn ran first; null where it ran none. */
  outputDigests: string[] | null;
  costMicros: number;
  /** From a first turn: the files that it was given with what maps have left, where it builds on any. */
  filesRef?: string;
}

/** The workspace of one attempt. Small: it stands in the history once a turn. */
export interface WorkspaceSite {
  /** The attempt that it belongs to: its lease is held under this. */
  workspaceId: string;
  objectiveId: string;
  subtask: Pick<PlannedSubtask, 'id' | 'planRef' | 'title'>;
  /** The state of the files that the attempt began with. */
  baseRef: string;
  /** Without what maps have left in it, where they have: what its changes are told from. */
  givenRef?: string;
  work: WorkAssignment;
  maxToolOutputBytes: number;
}

/** What `runWorkspaceTools` is given: the tools of one turn. */
export interface WorkspaceTurn {
  site: WorkspaceSite;
  transcriptHead: string;
  /** A host was lost while it ran these: they may have begun before. */
  isAgain: boolean;
}

/** What `runTools` returns. */
export interface ToolsResult {
  transcriptHead: string;
  /** Digests of the outputs, to tell progress from going in circles. */
  outputDigests: string[];
  /** Null while the attempt goes on, also when `finish` was sent back. */
  finished: { resultRef: string; summary: string; findings: number } | null;
}
