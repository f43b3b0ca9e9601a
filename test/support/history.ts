/** Histories as the server holds them, every run of a Workflow. */
import { Client, Connection, type WorkflowClient, type WorkflowHandle } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { Product } from './product.ts';

export interface Run {
  workflowId: string;
  runId: string;
  events: number;
  /** Everything in it that a person could read, payloads decoded. */
  text: string;
  largestPayloadBytes: number;
  /** Summaries of its Activities and children. */
  summaries: string[];
}

export async function withClient<T>(product: Product, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: product.endpoint.temporalAddress ?? '' });
  try {
    return await use(new Client({ connection, namespace: product.endpoint.namespace }));
  } finally {
    await connection.close();
  }
}

/** Every run of the objective and of its children, as their histories name each other: the server's index is behind by a moment. */
export function runsOf(product: Product, objectiveId: string): Promise<Run[]> {
  return withClient(product, async ({ workflow }) => {
    const runs: Run[] = [];
    const workflowIds = new Set([objectiveId]);
    for (const workflowId of workflowIds) {
      for (const { runId, events } of await chainOf(workflow, workflowId)) {
        runs.push({ workflowId, runId, ...shown(events) });
        for (const { childWorkflowExecutionStartedEventAttributes: child } of events)
          if (child?.workflowExecution?.workflowId) workflowIds.add(child.workflowExecution.workflowId);
      }
    }
    return runs;
  });
}

function shown(events: History): Omit<Run, 'workflowId' | 'runId'> {
  const payloads = payloadsIn(events);
  return {
    events: events.length,
    text: payloads.map((data) => data.toString('utf8')).join('\n'),
    largestPayloadBytes: Math.max(0, ...payloads.map((data) => data.length)),
    summaries: events.flatMap(({ userMetadata }) => {
      const data = userMetadata?.summary?.data;
      return data ? [JSON.parse(Buffer.from(data).toString('utf8')) as string] : [];
    }),
  };
}

type History = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;

/** The runs of one Workflow, in order: each names the one that it continued as. */
async function chainOf(workflow: WorkflowClient, workflowId: string): Promise<{ runId: string; events: History }[]> {
  const eventsOf = async (run?: string): Promise<History> =>
    (await workflow.getHandle(workflowId, run).fetchHistory()).events ?? [];
  const chain: { runId: string; events: History }[] = [];
  let runId = (await eventsOf())[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId;
  while (runId) {
    const events = await eventsOf(runId);
    chain.push({ runId, events });
    runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return chain;
}

/** The time that a run of an objective was given, and when its first and its last Workflow Task began: what `Date.now()` says there. */
interface RunTime {
  maxWallMs: number | null;
  firstMs: number;
  lastMs: number;
}

/** Of the runs of an objective's own Workflow, in order. */
export function timesOf(product: Product, objectiveId: string): Promise<RunTime[]> {
  return withClient(product, async ({ workflow }) =>
    (await chainOf(workflow, objectiveId)).map(({ events }) => {
      const [input] = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      const { maxWallMs = null } = JSON.parse(Buffer.from(input?.data ?? []).toString('utf8')) as Partial<RunTime>;
      // One that timed out is tried again, and says nothing.
      const tasks = events.flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
        task ? Number(task.startedEventId) : [],
      );
      const beganMs = (task = 1): number => tsToMs(events[task - 1]?.eventTime);
      return { maxWallMs, firstMs: beganMs(tasks[0]), lastMs: beganMs(tasks.at(-1)) };
    }),
  );
}

/** Ids of the objective's Workflow and its children, as far as they have not ended. The server's index is behind by a moment. */
export function openWorkflows(product: Product, objectiveId: string): Promise<string[]> {
  return withClient(product, async ({ workflow }) => {
    const query = `RootWorkflowId = '${objectiveId}' AND ExecutionStatus = 'Running'`;
    const open: string[] = [];
    for await (const { workflowId } of workflow.list({ query })) open.push(workflowId);
    return open;
  });
}

/** How many Activities of a Workflow have not ended. */
export function pendingActivities(product: Product, workflowId: string): Promise<number> {
  return withClient(product, async ({ workflow }) => {
    const { raw } = await workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.length ?? 0;
  });
}

/** Names of the signals that a Workflow got, in order. */
export function signalsOf(product: Product, workflowId: string): Promise<string[]> {
  return withClient(product, async ({ workflow }) => {
    const { events } = await workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? []);
  });
}

function payloadsIn(value: unknown): Buffer[] {
  if (value instanceof Uint8Array) return [Buffer.from(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(payloadsIn);
}

/** When the Activities of a name were scheduled and when they ended, by the server's clock; of the first run. */
export function activityTimes(product: Product, workflowId: string, name: string) {
  return withClient(product, async ({ workflow }) => {
    const events = (await workflow.getHandle(workflowId).fetchHistory()).events ?? [];
    const starts = new Map(
      events
        .filter(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === name)
        .map(({ eventId, eventTime }) => [String(eventId), tsToMs(eventTime)]),
    );
    return events.flatMap(({ activityTaskCompletedEventAttributes: completed, eventTime }) => {
      const startMs = starts.get(String(completed?.scheduledEventId));
      return startMs === undefined ? [] : [{ startMs, endMs: tsToMs(eventTime) }];
    });
  });
}
