/**
 * Activity proxies, side by side with their time-outs and the reasons. A proxy is made per call where the Web UI is to show what the
 * call is about. Which failures are worth repeating is said by the failure itself (`nonRetryable`), not here.
 */
import { ActivityCancellationType, type ActivityOptions, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type {
  HostActivities,
  ManagerActivities,
  MiniActivities,
  NanoActivities,
  SingleActivities,
  SubagentActivities,
} from '../activities/index.ts';
import { taskQueueOf, type Tier } from '../src/contracts/addresses.ts';
import type { Limits } from '../src/contracts/limits.ts';
import { shardKeyOf } from '../src/contracts/priority.ts';

export interface CallOptions {
  limits: Limits;
  /** One line for the Web UI. */
  summary: string;
}

/** Bounded by time, not by attempts: a storm of rate limits must not end a week-long run. */
const PATIENT_RETRY = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' } as const;

/** Inherited anyway, but an Activity that is started eagerly is told only what it was given. */
const inherited = (): NonNullable<ActivityOptions['priority']> => workflowInfo().priority ?? {};

/**
 * Model calls. A reasoning model may think for many minutes, so the heartbeat, not the total, tells a dead worker. Cancelling waits
 * for the call to be withdrawn and booked.
 */
const modelCall = ({ limits, summary }: CallOptions): ActivityOptions => ({
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: limits.heartbeatTimeoutMs,
  retry: PATIENT_RETRY,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  summary,
  priority: inherited(),
});

/** Reads and writes of the store: short, and worth repeating for as long as a disk may be full. */
const storeWork = ({ limits, summary }: CallOptions): ActivityOptions => ({
  startToCloseTimeout: '30m',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: limits.heartbeatTimeoutMs,
  retry: PATIENT_RETRY,
  summary,
  priority: inherited(),
});

/** SQL alone, without heartbeats. */
const bookkeeping = (summary: string): ActivityOptions => ({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1 day',
  retry: PATIENT_RETRY,
  summary,
  priority: inherited(),
});

export const books = (summary: string) => proxyActivities<ManagerActivities>(bookkeeping(summary));

/** Freezing and reporting, on the manager's host. */
export const managerStore = (options: CallOptions) => proxyActivities<ManagerActivities>(storeWork(options));

export const managerModel = (options: CallOptions) => proxyActivities<ManagerActivities>(modelCall(options));

/** On the subagent's own queue: its tier's worker. */
export const subagentModel = (options: CallOptions) => proxyActivities<SubagentActivities>(modelCall(options));

/** Tools read frozen files: a retry reads the same. */
export const subagentTools = (options: CallOptions) => proxyActivities<SubagentActivities>(storeWork(options));

/** Commands run where workspaces are, after merging, too; the time-out is the check's own, a day at most. */
export const checks = (options: CallOptions) =>
  proxyActivities<MiniActivities>({
    ...storeWork(options),
    startToCloseTimeout: '25h',
    scheduleToCloseTimeout: '7 days',
    taskQueue: taskQueueOf('mini'),
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });

/** Which host takes a workspace in: whichever has a worker that answers. */
export const hosts = (options: CallOptions) =>
  proxyActivities<MiniActivities>({ ...bookkeeping(options.summary), taskQueue: taskQueueOf('mini') });

/** How long a host may leave its queue alone before it counts as lost: its worker starts again within seconds. */
const HOST_ANSWERS_WITHIN = '30s';

/** Where the workspace is. Commands and checks have time-outs of their own. Cancelling waits until the pod is gone. */
export const atHost = (options: CallOptions & { isBrief?: boolean }, taskQueue: string) =>
  proxyActivities<HostActivities>({
    ...storeWork(options),
    startToCloseTimeout: options.isBrief ? '30s' : '25h',
    scheduleToCloseTimeout: options.isBrief ? '1m' : '7 days',
    scheduleToStartTimeout: HOST_ANSWERS_WITHIN,
    taskQueue,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });

/** Calls of a subtask that is one Activity, on the queue of the tier that the attempt has reached. */
export const singles = (options: CallOptions, taskQueue: string) =>
  proxyActivities<SingleActivities>({ ...modelCall(options), taskQueue });

/** Freezing items and writing what came out of them: where the caller's files and the reports are. */
export const mapDocuments = (options: CallOptions) =>
  proxyActivities<ManagerActivities>({ ...storeWork(options), taskQueue: taskQueueOf('manager') });

/**
 * A shard or a batch holds many calls: it is given a day, and its heartbeat tells whether it lives. What it computed is kept, so stopping it loses
 * nothing.
 */
export const mapShards = (options: CallOptions, tier: Tier) =>
  proxyActivities<NanoActivities>({
    ...modelCall(options),
    startToCloseTimeout: '1 day',
    scheduleToCloseTimeout: '7 days',
    taskQueue: taskQueueOf(tier),
    priority: { ...inherited(), priorityKey: shardKeyOf(inherited().priorityKey) },
  });
