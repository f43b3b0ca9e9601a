/**
 * Who goes first where work waits: on a Task Queue by Temporal's priority and fairness keys, at a worker's gates by the same. Free of zod: Workflows
 * load it. Temporal's keys run from 1, the first, to 5; work without one counts as 3.
 */
import type { Plan } from './plan.ts';

export const PRIORITIES = ['interactive', 'background'] as const;
/** `interactive`: somebody waits for it. `background`: it may take what others leave. */
export type Priority = (typeof PRIORITIES)[number];

const INTERACTIVE_KEY = 2;
const BACKGROUND_KEY = 4;

export interface QueueKeys {
  priorityKey: number;
  /** Among equals, keys are served in turn, however much waits behind one of them. */
  fairnessKey: string;
}

/** Of an objective's Workflow; what that starts inherits them. A fairness key is 64 bytes at most, as an objective's id is. */
export const queueKeysOf = (objectiveId: string, priority: Priority = 'interactive'): QueueKeys => ({
  priorityKey: priority === 'background' ? BACKGROUND_KEY : INTERACTIVE_KEY,
  fairnessKey: objectiveId,
});

/** Of a shard of a map, which holds a slot for long: behind the single calls of every objective of the same priority. */
export const shardKeyOf = (priorityKey = 0): number => Math.min(Math.max(priorityKey, INTERACTIVE_KEY) + 1, 5);

export const isBackgroundKey = (priorityKey = 0): boolean => priorityKey >= BACKGROUND_KEY;

/** Of an objective whose caller says nothing: what is left to batches takes hours, so nobody waits for it. */
export const priorityOf = (plan: Plan | null): Priority =>
  plan?.subtasks.every((subtask) => subtask.kind === 'map' && subtask.lane === 'batch') ? 'background' : 'interactive';
