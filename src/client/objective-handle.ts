/**
 * One objective, as a caller holds it: watch it, steer it, read what it left. States come from the Workflow, money and turns from the store;
 * where one of them does not answer, the other still does.
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Attempt, EndedAttempt } from '../contracts/attempts.ts';
import type { BudgetRaiseMessage, BudgetState } from '../contracts/budget.ts';
import type { ObjectiveResult, Progress } from '../contracts/objective.ts';
import { type Plan, PlanSchema } from '../contracts/plan.ts';
import { type Report, ReportSchema } from '../contracts/report.ts';
import type { Account, LedgerExtract, SubtaskSpend } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import {
  attemptsQuery,
  pauseSignal,
  progressQuery,
  raiseBudgetUpdate,
  resumeSignal,
} from '../../workflows/messages.ts';
import type { objectiveWorkflow } from '../../workflows/objective.ts';
import { readAttempts } from './attempts.ts';

/** How things stand at one moment. */
export interface ObjectiveView {
  objectiveId: string;
  /** Null while no worker has answered yet. */
  progress: Progress | null;
  /** Why `progress` is old or missing; null when it is fresh. */
  notice: string | null;
  spend: SubtaskSpend[];
  account: Account | null;
}

/** What is asked for is known to a worker alone, and none answers. */
export class NoWorkerAnswers extends Error {
  override readonly name = 'NoWorkerAnswers';
}

const QUERY_TIMEOUT_MS = 3000;

export class ObjectiveHandle {
  readonly id: string;
  readonly #workflow: WorkflowHandle<typeof objectiveWorkflow>;
  readonly #client: Client;
  readonly #store: Store;
  #lastProgress: Progress | null = null;

  constructor(id: string, client: Client, store: Store) {
    this.id = id;
    this.#client = client;
    this.#store = store;
    this.#workflow = client.workflow.getHandle<typeof objectiveWorkflow>(id);
  }

  /** Contract: rejects only when neither Temporal nor the store knows the objective. */
  async view(): Promise<ObjectiveView> {
    const [notice, spend, account] = await Promise.all([
      this.#refresh(),
      this.#store.ledger.spend(this.id),
      this.#store.ledger.account(this.id),
    ]);
    return { objectiveId: this.id, progress: this.#lastProgress, notice, spend, account };
  }

  /** A view every `everyMs`, the last one when the objective has ended. */
  async *watch(everyMs = 500): AsyncGenerator<ObjectiveView, void, undefined> {
    for (;;) {
      const view = await this.view();
      yield view;
      if (view.progress?.phase === 'ended') return;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  async pause(): Promise<void> {
    await this.#workflow.signal(pauseSignal);
  }

  async resume(): Promise<void> {
    await this.#workflow.signal(resumeSignal);
  }

  /** The objective withdraws what is under way, writes its report, and ends. */
  async cancel(): Promise<void> {
    await this.#workflow.cancel();
  }

  /** Resolves with the account once the raise stands in the books; an objective that waits for it goes on. */
  async raiseBudget(raise: BudgetRaiseMessage): Promise<BudgetState> {
    return this.#workflow.executeUpdate(raiseBudgetUpdate, { args: [raise] });
  }

  /** The objective's account with those above and below it, from the top. */
  async accounts(): Promise<Account[]> {
    return this.#store.ledger.tree(this.id);
  }

  /** Everything that the books hold of it. */
  async ledger(): Promise<LedgerExtract> {
    return this.#store.ledger.extract(this.id);
  }

  /** What a create in doubt has cost after all; false where it is not in doubt. */
  async resolveDoubt(doubt: { callKey: string; n: number; costMicros: number }): Promise<boolean> {
    return this.#store.ledger.resolve(doubt);
  }

  /** Waits for the end, whatever it is: failed and cancelled objectives have a result, too. */
  async result(): Promise<ObjectiveResult> {
    const ending = await this.#workflow.result().catch((error: unknown) => error);
    const row = await this.#store.objectives.get(this.id);
    if (row?.resultJson != null) return JSON.parse(row.resultJson) as ObjectiveResult;
    if (ending instanceof Error) throw ending;
    return ending as ObjectiveResult;
  }

  /** The plan as it stands, every round of it: the subtasks as a plan file has them. */
  async plan(): Promise<Plan> {
    const { progress } = await this.view();
    const references = [...new Set(progress?.subtasks.map(({ planRef }) => planRef))];
    const plans = await Promise.all(references.map((reference) => this.#store.blobs.getJson(reference, PlanSchema)));
    return { subtasks: plans.flatMap(({ subtasks }) => subtasks) };
  }

  /** Every attempt that has ended, with what it cost. Contract: rejects with `NoWorkerAnswers` rather than leave some out. */
  async attempts(): Promise<Attempt[]> {
    const row = await this.#store.objectives.get(this.id);
    const notYetKept = row?.endedAtMs == null ? await this.#attemptsUnderWay() : [];
    return readAttempts(
      this.#store,
      this.id,
      notYetKept.map((ended) => ({ objectiveId: this.id, ...ended })),
    );
  }

  /** The report of an ended objective; null before. */
  async report(): Promise<Report | null> {
    const text = await this.document('json');
    return text === null ? null : ReportSchema.parse(JSON.parse(text));
  }

  async document(format: 'json' | 'markdown' | 'html'): Promise<string | null> {
    const row = await this.#store.objectives.get(this.id);
    if (row?.resultJson == null) return null;
    const { report } = JSON.parse(row.resultJson) as ObjectiveResult;
    return report && this.#store.blobs.getText(report[format]);
  }

  async #attemptsUnderWay(): Promise<EndedAttempt[]> {
    try {
      return await this.#client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => this.#workflow.query(attemptsQuery));
    } catch (error) {
      throw new NoWorkerAnswers(
        `Objective ${this.id} has not ended, and no manager worker answers: its attempts can be seen when one is back.`,
        { cause: error },
      );
    }
  }

  /** Null when the Workflow answered. */
  async #refresh(): Promise<string | null> {
    try {
      const deadline = Date.now() + QUERY_TIMEOUT_MS;
      this.#lastProgress = await this.#client.withDeadline(deadline, () => this.#workflow.query(progressQuery));
      return null;
    } catch (error) {
      if ((error as Error).name === 'WorkflowNotFoundError' && !(await this.#store.objectives.get(this.id)))
        throw error;
      return 'No manager worker answers; what is shown may be old. Work goes on when one is back.';
    }
  }
}
