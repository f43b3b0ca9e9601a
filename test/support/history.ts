/** Histories as the server holds them, every run of a Workflow. */
import { Client, Connection } from '@temporalio/client';
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

/** Every run of the objective and of its children. */
export function runsOf(product: Product, objectiveId: string): Promise<Run[]> {
  return withClient(product, async (client) => {
    const runs: Run[] = [];
    for await (const { workflowId, runId } of client.workflow.list({ query: `RootWorkflowId = '${objectiveId}'` })) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const payloads = payloadsIn(events);
      runs.push({
        workflowId,
        runId,
        events: events?.length ?? 0,
        text: payloads.map((data) => data.toString('utf8')).join('\n'),
        largestPayloadBytes: Math.max(0, ...payloads.map((data) => data.length)),
        summaries: (events ?? []).flatMap(({ userMetadata }) => {
          const data = userMetadata?.summary?.data;
          return data ? [JSON.parse(Buffer.from(data).toString('utf8')) as string] : [];
        }),
      });
    }
    return runs;
  });
}

/** The time that a run of an objective was given, and when its first and its last Workflow Task began: what `Date.now()` says there. */
interface RunTime {
  maxWallMs: number | null;
  firstMs: number;
  lastMs: number;
}

/** Of the runs of an objective's own Workflow, in order. */
export function timesOf(product: Product, objectiveId: string): Promise<RunTime[]> {
  return withClient(product, async ({ workflow }) => {
    const eventsOf = async (runId?: string) =>
      (await workflow.getHandle(objectiveId, runId).fetchHistory()).events ?? [];
    const times: RunTime[] = [];
    let runId = (await eventsOf())[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId;
    while (runId) {
      const events = await eventsOf(runId);
      const [input] = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      const { maxWallMs = null } = JSON.parse(Buffer.from(input?.data ?? []).toString('utf8')) as Partial<RunTime>;
      // One that timed out is tried again, and says nothing.
      const tasks = events.flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
        task ? Number(task.startedEventId) : [],
      );
      const beganMs = (task = 1): number => tsToMs(events[task - 1]?.eventTime);
      times.push({ maxWallMs, firstMs: beganMs(tasks[0]), lastMs: beganMs(tasks.at(-1)) });
      runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    }
    return times;
  });
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
