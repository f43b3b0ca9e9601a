/** The library: `const flotilla = await connect()`. The CLI is one of its users. */
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { loadConfig, storeFolder } from '../config.ts';
import { objectiveWorkflowId, taskQueueOf, type Tier } from '../contracts/addresses.ts';
import type { Attempt } from '../contracts/attempts.ts';
import type { TierProfile } from '../contracts/model.ts';
import type { ObjectiveInput } from '../contracts/objective.ts';
import { queueKeysOf } from '../contracts/priority.ts';
import { openStore, type Store } from '../store/store.ts';
import { loadFleet } from '../tiers.ts';
import { missingSearchAttributes } from '../embedded/namespace.ts';
import { temporalTarget } from '../temporal-target.ts';
import type { objectiveWorkflow } from '../../workflows/objective.ts';
import { askedAgain } from './asked-again.ts';
import { changeSetOf, ObjectiveChanges } from './changes.ts';
import { ObjectiveHandle } from './objective-handle.ts';
import { InputInvalid } from '../located-yaml.ts';
import { readAttempts } from './attempts.ts';
import { type MapOptions, mapObjective } from './map.ts';
import { prepareObjective, type StartOptions } from './prepare.ts';

export interface ConnectOptions {
  /** Default: `FLOTILLA_HOME`, else `~/.flotilla`. */
  home?: string;
}

/** One line of `list`. */
export interface ObjectiveLine {
  objectiveId: string;
  title: string;
  status: string;
  startedAtMs: number;
  endedAtMs: number | null;
}

export class Flotilla {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #store: Store;
  readonly #tiers: Record<Tier, TierProfile>;
  readonly #commandPath: string;
  /** False where ours can't be registered; everything works without them. */
  readonly hasSearchAttributes: boolean;

  constructor(
    connection: Connection,
    client: Client,
    store: Store,
    tiers: Record<Tier, TierProfile>,
    hasSearchAttributes: boolean,
    commandPath: string,
  ) {
    this.#connection = connection;
    this.#client = client;
    this.#store = store;
    this.#tiers = tiers;
    this.hasSearchAttributes = hasSearchAttributes;
    this.#commandPath = commandPath;
  }

  /** Contract: once it resolves, the objective is durable. Rejects with `InputInvalid` before anything is started. */
  async start(options: StartOptions): Promise<ObjectiveHandle> {
    const given = options.planOf === undefined ? options : await this.withPlanOf(options, options.planOf);
    const input = await prepareObjective(given, this.#store, this.#tiers, this.hasSearchAttributes);
    const digest = await this.#store.blobs.put(JSON.stringify(input));
    try {
      await this.#client.workflow.start<typeof objectiveWorkflow>('objectiveWorkflow', {
        args: [input],
        workflowId: objectiveWorkflowId(input.objectiveId),
        taskQueue: taskQueueOf('manager'),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowTaskTimeout: '5s',
        priority: queueKeysOf(input.objectiveId, input.priority),
        staticSummary: input.title,
        staticDetails: detailsOf(input),
        memo: { title: input.title, cost: '$0', input: digest },
        ...(this.hasSearchAttributes && { typedSearchAttributes: [{ key: STATUS, value: 'running' }] }),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await this.#assertSame(input.objectiveId, digest);
    }
    const { objectiveId, title } = input;
    await this.#store.objectives.open({ objectiveId, title, startedAtMs: Date.now() });
    return this.objective(objectiveId);
  }

  /** One operation over every item of an input. Contract: as `start`. */
  async map(options: MapOptions): Promise<ObjectiveHandle> {
    return this.start(mapObjective(options));
  }

  /**
   * The options with the plan of an earlier objective in them, and what else it was asked, where they do not say it: its text, workspace, checks,
   * limits, ladders and amounts.
   */
  async withPlanOf(options: StartOptions, idOrStart: string): Promise<StartOptions> {
    if (options.plan !== undefined)
      throw new InputInvalid('A plan is given, and that of an earlier objective asked for. Choose one of them.');
    const earlier = this.objective(await this.resolveId(idOrStart));
    const plan = await earlier.plan();
    if (plan.subtasks.length === 0) throw new InputInvalid(`Objective ${earlier.id} has no plan.`);
    return { ...(await this.#asked(earlier.id)), ...options, planOf: earlier.id, plan };
  }

  /** The memo says which object in the store an objective was started with. Nothing is known of old ones, and of those that the server forgot. */
  async #asked(id: string): Promise<Partial<StartOptions>> {
    const { blobs } = this.#store;
    const { memo } = await this.#client.workflow.getHandle(objectiveWorkflowId(id)).describe();
    const ref = memo?.['input'];
    if (typeof ref !== 'string' || !(await blobs.has(ref))) return {};
    return askedAgain(JSON.parse(await blobs.getText(ref)) as ObjectiveInput, blobs);
  }

  objective(id: string): ObjectiveHandle {
    return new ObjectiveHandle(id, this.#client, this.#store);
  }

  /** What an objective made of its workspace, to look at and to take over. Rejects with `InputInvalid` where it has made nothing, and like `progress` of a handle. */
  async changes(idOrStart: string): Promise<ObjectiveChanges> {
    const handle = this.objective(await this.resolveId(idOrStart));
    const set = changeSetOf(await handle.progress());
    if (set) return new ObjectiveChanges(set, this.#store.blobs, this.#commandPath);
    throw new InputInvalid(`Objective ${handle.id} has changed no files, or none have been accepted yet.`);
  }

  /** Newest first. A beginning of an id that only one objective has is enough elsewhere: `resolveId`. */
  async list(limit = 20): Promise<ObjectiveLine[]> {
    const open = new Map<string, string>();
    for await (const { workflowId, typedSearchAttributes, status } of this.#client.workflow.list({
      query: `WorkflowType = 'objectiveWorkflow' AND ExecutionStatus = 'Running'`,
    })) {
      open.set(workflowId, typedSearchAttributes.get(STATUS) ?? status.name.toLowerCase());
    }
    const rows = await this.#store.objectives.list(limit);
    return rows.map(({ objectiveId, title, status, startedAtMs, endedAtMs }) => ({
      objectiveId,
      title,
      status: open.get(objectiveId) ?? status,
      startedAtMs,
      endedAtMs,
    }));
  }

  /** Every attempt of every objective that has ended, as the log of this home has them. */
  attempts(): Promise<Attempt[]> {
    return readAttempts(this.#store);
  }

  /** The one objective whose id is or starts like this. */
  async resolveId(idOrStart: string): Promise<string> {
    if (await this.#store.objectives.get(idOrStart)) return idOrStart;
    const rows = (await this.#store.objectives.list(1000)).filter(({ objectiveId }) =>
      objectiveId.startsWith(idOrStart),
    );
    const [only, other] = rows;
    if (only && !other) return only.objectiveId;
    if (only)
      throw new InputInvalid(
        `"${idOrStart}" could be ${rows
          .slice(0, 5)
          .map((row) => row.objectiveId)
          .join(', ')}; write more of it.`,
      );
    throw new InputInvalid(`There is no objective "${idOrStart}". See \`flotilla list\`.`);
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#connection.close();
  }

  async #assertSame(objectiveId: string, digest: string): Promise<void> {
    const { memo } = await this.#client.workflow.getHandle(objectiveWorkflowId(objectiveId)).describe();
    if (memo?.['input'] === digest) return;
    throw new InputInvalid(
      `There is an objective "${objectiveId}" already, with another text, plan or setting. Choose another --id.`,
    );
  }
}

const STATUS = defineSearchAttributeKey('FlotillaStatus', SearchAttributeType.KEYWORD);

/** A server that is back is noticed at once; by default it may be looked for every two minutes. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 5000 };

/** Connects to the Temporal server and opens the store of the home. Rejects with `NothingRuns` where there is no server to be found. */
export async function connect({ home }: ConnectOptions = {}): Promise<Flotilla> {
  const config = loadConfig();
  const homeFolder = home ?? config.home;
  const { tiers } = loadFleet(config);
  const { connectionOptions, namespace } = temporalTarget(homeFolder);
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s', channelArgs: RECONNECT });
  const client = new Client({ connection, namespace });
  const missing = await missingSearchAttributes(connection, namespace).catch(() => null);
  const store = openStore(storeFolder(homeFolder));
  return new Flotilla(connection, client, store, tiers, missing?.length === 0, config.path);
}

function detailsOf({
  objectiveId,
  workspacePath,
  workspace,
  tiers,
  limits,
  planRef,
  ...amounts
}: ObjectiveInput): string {
  const { budgetMicros, approveAboveMicros, priority } = amounts;
  const models = Object.entries(tiers).map(([tier, { model, effort }]) => `- ${tier}: ${model}, effort ${effort}`);
  return [
    `Objective **${objectiveId}**${workspace ? '' : ` over \`${workspacePath}\``}`,
    '',
    ...models,
    `- ${limits.slots} subtasks at once, at most ${limits.maxSubtasks} in all${planRef === null ? '' : '; the plan is the caller’s'}`,
    ...(priority === 'background' ? ['- in the background: it takes what others leave'] : []),
    ...(budgetMicros === null ? [] : [`- cap: $${budgetMicros / 1_000_000}`]),
    ...(approveAboveMicros === undefined ? [] : [`- approval above: $${approveAboveMicros / 1_000_000}`]),
  ].join('\n');
}
