/**
 * Tiers, the Task Queues they stand for, and the builders of every id that lives in a history.
 * Free of zod: Workflows load it. Ids are chosen once; changing a builder orphans open runs.
 */
export const TIERS = ['manager', 'mini', 'nano'] as const;
export type Tier = (typeof TIERS)[number];

/** A tier is a Task Queue of the same name. */
export const taskQueueOf = (tier: Tier): string => tier;

export const objectiveWorkflowId = (objectiveId: string): string => objectiveId;

/** One child Workflow per attempt of a subtask; `attempt` is ours (1, 2, …), never Temporal's. */
export const subtaskWorkflowId = (objectiveId: string, subtaskId: string, attempt: number): string =>
  `${objectiveId}/${subtaskId}/${attempt}`;

/** The Task Queue of one host: of what has to run where a workspace is. */
export const hostQueueOf = (hostId: string): string => `host-${hostId}`;

/** What a paid model call is for; fixed by the Workflow. Planning calls use the subtask id `manager`. */
export interface CallAddress {
  objectiveId: string;
  subtaskId: string;
  attempt: number;
  turn: number;
  purpose: string;
}

/** The call key: the journal's primary key, carried in the request's metadata. Never contains Temporal's attempt. */
export const callKeyOf = ({ objectiveId, subtaskId, attempt, turn, purpose }: CallAddress): string =>
  [objectiveId, subtaskId, attempt, turn, purpose].join('/');

/** The key of a batch of calls; the provider keeps it with the batch. */
export const batchKeyOf = (
  { objectiveId, subtaskId, attempt }: Pick<CallAddress, 'objectiveId' | 'subtaskId' | 'attempt'>,
  phase: string,
  number: number,
): string => [objectiveId, subtaskId, attempt, phase, `batch-${number}`].join('/');

/** The purpose of the call that judges a result: it stands with the attempt whose result it was, as turn 0. */
export const JUDGE = 'judge';

/** The subtask id under which the manager's own calls stand in journal and ledger. */
export const MANAGER_SUBTASK = 'manager';

/** The account of a subtask's calls, under that of its objective. Ids of objectives hold no slash. */
export const subtaskAccountId = (objectiveId: string, subtaskId: string): string => `${objectiveId}/${subtaskId}`;

/** Is it a subtask's, with an allowance of its own at most? What is above has a person's cap. */
export const isSubtaskAccount = (accountId: string): boolean => accountId.includes('/');

/** The account that all objectives of a schedule share. */
export const scheduleAccountId = (scheduleId: string): string => `schedule:${scheduleId}`;
