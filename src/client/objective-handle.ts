/**
 * One objective, as a caller holds it: watch it, steer it, read what it left. States come from the Workflow, money and turns from the store;
 * where one of them does not answer, the other still does.
 */
import { type Client, ServiceError, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ApprovalAnswer } from '../contracts/approval.ts';
import type { Attempt, EndedAttempt } from '../contracts/attempts.ts';
import type { BudgetRaiseMessage, BudgetState } from '../contracts/budget.ts';
import { type Estimate, EstimateSchema } from '../contracts/estimate.ts';
import type { ObjectiveResult, Progress } from '../contracts/objective.ts';
import type { Kind } from '../contracts/kinds.ts';
import { type Plan, PlanSchema } from '../contracts/plan.ts';
import { type Report, ReportSchema } from '../contracts/report.ts';
import { type AskResult, type MapResult, type SubtaskResult, SubtaskResultSchema } from '../contracts/results.ts';
import { InputInvalid } from '../located-yaml.ts';
import type { Account, LedgerExtract, SubtaskSpend } from '../store/ledger.ts';
import type { Store } from '../store/store.ts';
import {
  approveUpdate,
  attemptsQuery,
  pauseSignal,
  raiseBudgetUpdate,
  resumeSignal,
} from '../../workflows/messages.ts';
import type { objectiveWorkflow } from '../../workflows/objective.ts';
import { readAttempts } from './attempts.ts';
import { ANSWER_TIMEOUT_MS, NoWorkerAnswers, type ProgressRead, ProgressReader } from './progress-reader.ts';

/** How things stand at one moment. */
export interface ObjectiveView extends ProgressRead {
  objectiveId: string;
  spend: SubtaskSpend[];
  account: Account | null;
}

/** The SDK's client asks ten times in about 20 s before it takes a server for gone. */
const RESULT_TRIES = 3;
/** After the books were read, they are left alone for so many times as long: those of 100,000 calls take a third of a second. */
const BOOKS_PAUSE = 4;

export class ObjectiveHandle {
  readonly id: string;
  readonly #workflow: WorkflowHandle<typeof objectiveWorkflow>;
  readonly #client: Client;
  readonly #store: Store;
  readonly #progress: ProgressReader;
  #booksReadMs = 0;

  constructor(id: string, client: Client, store: Store) {
    this.id = id;
    this.#client = client;
    this.#store = store;
    this.#workflow = client.workflow.getHandle<typeof objectiveWorkflow>(id);
    this.#progress = new ProgressReader(id, client, store);
  }

  /** Contract: rejects only when Temporal does not know the objective; with `ObjectiveGone` where the store still does. */
  async view(): Promise<ObjectiveView> {
    // The books after the state: what has ended is booked.
    const read = await this.#progress.read();
    const [spend, account] = await Promise.all([this.#spend(), this.#store.ledger.account(this.id)]);
    return { objectiveId: this.id, ...read, spend, account };
  }

  /**
   * What its Workflow says, for whoever goes on from it. Contract: fresh, or it rejects: with `NoWorkerAnswers` after 15 s, and like `view`
   * where Temporal does not know the objective.
   */
  async progress(): Promise<Progress> {
    return this.#progress.now();
  }

  /** A view every `everyMs`, less often where the books are long; the last one when the objective has ended. */
  async *watch(everyMs = 500): AsyncGenerator<ObjectiveView, void, undefined> {
    for (;;) {
      const view = await this.view();
      yield view;
      if (view.progress?.phase === 'ended') return;
      const pauseMs = Math.max(everyMs, BOOKS_PAUSE * this.#booksReadMs);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Null while it goes on, as far as the books know. */
  async endedAs(): Promise<string | null> {
    const row = await this.#store.objectives.get(this.id);
    return row?.endedAtMs == null ? null : row.status;
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

  /**
   * Resolves with the account once the raise stands in the books; an objective that waits for it goes on. Rejects with `InputInvalid` where
   * it is no raise.
   */
  async raiseBudget(raise: BudgetRaiseMessage): Promise<BudgetState> {
    return orInvalid('InvalidAmount', this.#workflow.executeUpdate(raiseBudgetUpdate, { args: [raise] }));
  }

  /** The objective's account with those above and below it, from the top. */
  async accounts(): Promise<Account[]> {
    return this.#store.ledger.tree(this.id);
  }

  /** Everything that the books hold of it, with the accounts above it, read at one moment. */
  async ledger(): Promise<LedgerExtract> {
    return this.#store.ledger.extract(this.id);
  }

  /** What a create in doubt has cost after all; false where it is not in doubt. */
  async resolveDoubt(doubt: { callKey: string; n: number; costMicros: number }): Promise<boolean> {
    return this.#store.ledger.resolve(doubt);
  }

  /** Yes to the estimate that waits: the objective goes on. Rejects with `InputInvalid` where nothing waits. */
  async approve(note?: string): Promise<void> {
    await this.#answer({ decision: 'approve', ...(note !== undefined && { note }) });
  }

  /** No: no further subtask starts, and the objective ends as failed (`ApprovalRefused`) with its report. */
  async refuse(note?: string): Promise<void> {
    await this.#answer({ decision: 'refuse', ...(note !== undefined && { note }) });
  }

  /** What waits for approval; null where nothing does. */
  async estimate(): Promise<Estimate | null> {
    const { approval = null } = await this.progress();
    return approval && this.#store.blobs.getJson(approval.estimateRef, EstimateSchema);
  }

  /** Waits for the end, whatever it is: failed and cancelled objectives have a result, too. Outlasts a server that is gone for about a minute. */
  async result(): Promise<ObjectiveResult> {
    for (let tries = 1; ; tries += 1) {
      const ending = await this.#workflow.result().catch((error: unknown) => error);
      const row = await this.#store.objectives.get(this.id);
      if (row?.resultJson != null) return JSON.parse(row.resultJson) as ObjectiveResult;
      if (!(ending instanceof Error)) return ending as ObjectiveResult;
      if (!(ending instanceof ServiceError) || tries === RESULT_TRIES) throw ending;
    }
  }

  /** The plan as it stands, every round of it: the subtasks as a plan file has them. */
  async plan(): Promise<Plan> {
    const { subtasks } = await this.progress();
    const references = [...new Set(subtasks.map(({ planRef }) => planRef))];
    const plans = await Promise.all(references.map((reference) => this.#store.blobs.getJson(reference, PlanSchema)));
    return { subtasks: plans.flatMap((plan) => plan.subtasks) };
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

  /** What each of its maps that has completed left. */
  async mapResults(): Promise<{ subtaskId: string; result: MapResult }[]> {
    return this.#results('map');
  }

  /** The answers of each of its asks that has completed. */
  async askResults(): Promise<{ subtaskId: string; result: AskResult }[]> {
    return this.#results('ask');
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

  async #results<Of extends Kind>(kind: Of): Promise<{ subtaskId: string; result: ResultOf<Of> }[]> {
    const { subtasks } = await this.progress();
    const completed = subtasks.filter((each) => each.kind === kind && each.state === 'completed');
    const results = completed.map(async ({ id, resultRef }) => {
      const result = resultRef === null ? null : await this.#store.blobs.getJson(resultRef, SubtaskResultSchema);
      return result && isOf(kind, result) ? [{ subtaskId: id, result }] : [];
    });
    return (await Promise.all(results)).flat();
  }

  async #spend(): Promise<SubtaskSpend[]> {
    const from = performance.now();
    const spend = await this.#store.ledger.spend(this.id);
    this.#booksReadMs = performance.now() - from;
    return spend;
  }

  async #attemptsUnderWay(): Promise<EndedAttempt[]> {
    try {
      return await this.#client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => this.#workflow.query(attemptsQuery));
    } catch (error) {
      throw new NoWorkerAnswers(
        `Objective ${this.id} has not ended, and no manager worker answers: its attempts can be seen when one is back.`,
        { cause: error },
      );
    }
  }

  async #answer(answer: ApprovalAnswer): Promise<void> {
    await orInvalid('InvalidAnswer', this.#workflow.executeUpdate(approveUpdate, { args: [answer] }));
  }
}

type ResultOf<Of extends Kind> = Extract<SubtaskResult, { kind: Of }>;

const isOf = <Of extends Kind>(kind: Of, result: SubtaskResult): result is ResultOf<Of> => result.kind === kind;

/** What the Workflow refuses as `type` is the caller's mistake. */
async function orInvalid<T>(type: string, update: Promise<T>): Promise<T> {
  try {
    return await update;
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type === type)
      throw new InputInvalid(cause.message, { cause: error });
    throw error;
  }
}
