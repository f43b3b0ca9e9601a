/** What an objective's Workflow says of it, and its maps' Workflows of them; where nobody answers, what they said last, and why it may be old. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Progress } from '../contracts/objective.ts';
import type { Store } from '../store/store.ts';
import { progressQuery } from '../../workflows/messages.ts';
import type { objectiveWorkflow } from '../../workflows/objective.ts';
import { MapProgressReader, type MapStanding } from './map-progress.ts';

export interface ProgressRead {
  /** Null while no worker has answered yet. */
  progress: Progress | null;
  /** Why `progress` is old or missing; null when it is fresh. */
  notice: string | null;
  /** False while the Temporal server gives no answer. */
  isServerThere: boolean;
  /** Maps under way, by subtask. */
  maps: Record<string, MapStanding>;
}

/** The store remembers it, the Temporal server does not: its history is too old, or another server carried it out. */
export class ObjectiveGone extends Error {
  override readonly name = 'ObjectiveGone';
}

/** What is asked for is known to a worker alone, and none answers. */
export class NoWorkerAnswers extends Error {
  override readonly name = 'NoWorkerAnswers';
}

/** Of a picture that is drawn again soon. */
const LOOK_TIMEOUT_MS = 3000;
/** Of an answer that somebody goes on from: a busy worker reads a long history again first. */
export const ANSWER_TIMEOUT_MS = 15_000;
const PROBE_TIMEOUT_MS = 1500;

export class ProgressReader {
  readonly #id: string;
  readonly #workflow: WorkflowHandle<typeof objectiveWorkflow>;
  readonly #client: Client;
  readonly #store: Store;
  readonly #maps: MapProgressReader;
  #last: Progress | null = null;

  constructor(id: string, client: Client, store: Store) {
    this.#id = id;
    this.#client = client;
    this.#store = store;
    this.#workflow = client.workflow.getHandle<typeof objectiveWorkflow>(id);
    this.#maps = new MapProgressReader(client, id);
  }

  /** Contract: rejects only when Temporal does not know the objective; with `ObjectiveGone` where the store still does. */
  async read(): Promise<ProgressRead> {
    const freshness = await this.#refresh();
    const maps = await this.#maps.standing(this.#last?.subtasks ?? [], freshness.isServerThere);
    return { progress: this.#last, ...freshness, maps };
  }

  /** As it is now. Contract: waits longer than `read`, and rejects with `NoWorkerAnswers` rather than say what is old, or nothing. */
  async now(): Promise<Progress> {
    try {
      return await this.#ask(ANSWER_TIMEOUT_MS);
    } catch (error) {
      const { silent, back } = await this.#silence(error);
      throw new NoWorkerAnswers(`${silent}: how objective ${this.#id} stands can be told when ${back} is back.`, {
        cause: error,
      });
    }
  }

  async #refresh(): Promise<Pick<ProgressRead, 'notice' | 'isServerThere'>> {
    try {
      await this.#ask(LOOK_TIMEOUT_MS);
      return { notice: null, isServerThere: true };
    } catch (error) {
      const { silent, back, isServerThere } = await this.#silence(error);
      return { notice: `${silent}; what is shown may be old. Work goes on when ${back} is back.`, isServerThere };
    }
  }

  async #ask(timeoutMs: number): Promise<Progress> {
    return (this.#last = await this.#within(timeoutMs, () => this.#workflow.query(progressQuery)));
  }

  /** Who does not answer. Contract: rejects where Temporal does, and knows no such objective. */
  async #silence(error: unknown) {
    if ((error as Error).name === 'WorkflowNotFoundError') throw await this.#unknown(error);
    const isServerThere = await this.#serverAnswers();
    return isServerThere
      ? { silent: 'No manager worker answers', back: 'one', isServerThere }
      : { silent: 'The Temporal server does not answer', back: 'it', isServerThere };
  }

  /** Nobody's answer to a query may be the worker's silence: this the server answers by itself. */
  async #serverAnswers(): Promise<boolean> {
    return this.#within(PROBE_TIMEOUT_MS, () => this.#client.workflowService.getSystemInfo({})).then(
      () => true,
      () => false,
    );
  }

  #within<T>(timeoutMs: number, ask: () => Promise<T>): Promise<T> {
    return this.#client.withDeadline(Date.now() + timeoutMs, ask);
  }

  async #unknown(error: unknown): Promise<unknown> {
    const row = await this.#store.objectives.get(this.#id);
    if (!row) return error;
    const left =
      row.resultJson === null
        ? 'It was carried out on another one, or its database is gone.'
        : `It has ended. Its report: flotilla report ${this.#id}`;
    return new ObjectiveGone(`The Temporal server does not know objective ${this.#id} (any more). ${left}`, {
      cause: error,
    });
  }
}
