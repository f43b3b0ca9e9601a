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
}

export interface SubagentSnapshot {
  turn: number;
  transcriptHead: string | null;
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
}

/** What `runTools` returns. */
export interface ToolsResult {
  transcriptHead: string;
  /** Digests of the outputs, to tell progress from going in circles. */
  outputDigests: string[];
  /** Null while the attempt goes on, also when `finish` was sent back. */
  finished: { resultRef: string; summary: string; findings: number } | null;
}
