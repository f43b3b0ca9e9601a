/** The phases of an objective as steps: what each asks of Activities, and what it tells `ObjectiveState`. */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  currentUpdateInfo,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ApprovalAnswer } from '../src/contracts/approval.ts';
import { type BudgetRaiseMessage, type BudgetState, problemOfRaise } from '../src/contracts/budget.ts';
import type { FailureNote } from '../src/contracts/failures.ts';
import type { ObjectiveInput, ObjectiveResult, Pause } from '../src/contracts/objective.ts';
import { Dispatch } from './dispatch.ts';
import { assertNone, failureOf, payable } from './halting.ts';
import {
  approveUpdate,
  attemptsQuery,
  haltSignal,
  pauseSignal,
  progressQuery,
  raiseBudgetUpdate,
  resumeSignal,
} from './messages.ts';
import { judge, resultOf } from './objective-result.ts';
import { ObjectiveState } from './objective-state.ts';
import { type CallOptions, books, managerModel, managerStore } from './proxies.ts';
import { isHistoryFull } from './history.ts';
import { Shown, showCost, showProgress } from './visibility.ts';
import { TIME_IS_UP, WallTime } from './wall-time.ts';

interface Answer {
  answerRef: string;
  findings: number;
}

export interface End {
  answer: Answer | null;
  failure: FailureNote | null;
}

export class ObjectiveRun {
  readonly #input: ObjectiveInput;
  readonly #state: ObjectiveState;
  readonly #dispatch: Dispatch;
  readonly #shown: Shown;
  readonly #wallTime: WallTime;

  constructor(input: ObjectiveInput) {
    this.#input = input;
    this.#state = new ObjectiveState(input, Date.now(), input.carried);
    this.#shown = new Shown(input.hasSearchAttributes);
    this.#wallTime = new WallTime(Date.now(), input.maxWallMs ?? null);
    this.#dispatch = new Dispatch(input, this.#state, {
      onEnd: () => this.#show(),
      halt: (pause) => this.#halt(pause),
    });
  }

  /** Handlers, before anything is awaited. */
  listen(): void {
    setHandler(pauseSignal, () => this.#pause({ reason: 'person', message: 'Paused on request.' }), {
      description: 'No new turn or subtask starts; calls in flight end and are kept.',
    });
    setHandler(haltSignal, (pause) => this.#pause(pause), {
      description: 'From a subagent: only a person can mend this.',
    });
    setHandler(resumeSignal, () => this.#resume(), { description: 'Goes on where a pause stopped it.' });
    setHandler(progressQuery, () => this.#state.progress(), { description: 'Plan, states and spend.' });
    setHandler(attemptsQuery, () => this.#state.attempts, { description: 'Attempts that have ended, in this run.' });
    setHandler(raiseBudgetUpdate, (raise) => this.#raiseBudget(raise), {
      description: 'Adds to the caps; answered once it stands in the books.',
      validator: (raise: BudgetRaiseMessage) => assertNone(problemOfRaise(raise), 'InvalidAmount'),
    });
    setHandler(approveUpdate, (answer) => this.#answer(answer), {
      description: 'Yes or no to the estimate that waits for approval.',
      validator: (answer: ApprovalAnswer) => assertNone(this.#state.approval.problemOf(answer), 'InvalidAnswer'),
    });
    this.#wallTime.watch(() => this.#pause(TIME_IS_UP)).catch(() => undefined);
  }

  /** From the frozen workspace to the answer. Contract: what fails is in the end that it resolves to. */
  async carryOut(): Promise<End> {
    try {
      if (!this.#input.carried) {
        await this.#open();
        await this.#plan();
      }
      if (this.#input.planOnly) return { answer: null, failure: null };
      do await this.#work();
      while (await this.#review());
      const answer = this.#input.isWithoutAnswer ? null : await this.#synthesize();
      return { answer, failure: judge(this.#state.subtasks) };
    } catch (error) {
      const { type, message } = failureOf(error);
      return { answer: null, failure: { type, message } };
    }
  }

  /** Report and books; then the result, or the failure with the result as its detail. */
  async conclude(end: End): Promise<ObjectiveResult> {
    const result = await this.#close(end);
    if (!result.failure) return result;
    const { type, message } = result.failure;
    throw ApplicationFailure.create({ type, message, nonRetryable: true, details: [result] });
  }

  /** What was under way comes home first, so that its cost is in the books. */
  async concludeCancelled(): Promise<void> {
    this.#state.cancel(Date.now());
    this.#show();
    await this.#dispatch.allHome();
    await this.#close({ answer: null, failure: null });
  }

  async #open(): Promise<void> {
    await books('open the books').openObjective(this.#input, this.#state.progress().startedAtMs);
    const { workspace, workspacePath: path } = this.#input;
    if (workspace) return void this.#state.froze(workspace);
    const { freezeWorkspace } = managerStore(this.#options('freeze the workspace'));
    this.#state.froze(await freezeWorkspace({ path }));
  }

  async #plan(): Promise<void> {
    this.#enter('planning');
    const { workspaceRef } = this.#frozen;
    const { subtasks, rationale, calls, costMicros } = this.#input.planRef
      ? await books('adopt the plan of the caller').adoptPlan(this.#input)
      : await this.#paid(() => managerModel(this.#options('plan')).draftPlan(this.#input, workspaceRef));
    this.#state.spent({ calls, costMicros });
    this.#state.adopt(subtasks, rationale);
    if (!this.#input.planOnly) await this.#approved();
  }

  /** After each adoption, where there is a threshold: waits for as long as nobody says yes; throws at a no. Nothing runs meanwhile. */
  async #approved(): Promise<void> {
    const { approval, round, subtasks } = this.#state;
    if (approval.aboveMicros === null) return;
    const { estimatePlan } = managerStore(this.#options(`estimate round ${round}`));
    const { workspaceRef } = this.#frozen;
    approval.ask(await estimatePlan({ input: this.#input, workspaceRef, round, subtasks }));
    this.#show();
    await condition(() => approval.asked === null);
    if (approval.refusal) throw ApplicationFailure.nonRetryable(approval.refusal.message, approval.refusal.type);
  }

  /** Event-driven: a subtask starts the moment its last dependency has ended and a slot is free. */
  async #work(): Promise<void> {
    const state = this.#state;
    this.#enter('working');
    while (!state.isSettled) {
      this.#dispatch.startAll();
      this.#show();
      await condition(() => state.hasStartable || state.isSettled || state.isDrained);
      if (isHistoryFull(this.#input.limits.maxHistoryEvents)) state.drain();
      if (state.isDrained) await this.#carryOn();
    }
  }

  /** I12: nothing runs and every message is answered; the next run goes on from the snapshot. */
  async #carryOn(): Promise<void> {
    // Kept in each run instead of carried through all: what a snapshot holds does not grow with the tries.
    if (patched('attempts-are-kept-by-each-run'))
      await books('keep the attempts').logAttempts(this.#input.objectiveId, this.#state.attempts);
    await condition(allHandlersFinished);
    await continueAsNew<(input: ObjectiveInput) => Promise<ObjectiveResult>>({
      ...this.#input,
      maxWallMs: this.#wallTime.leftMs,
      carried: this.#state.snapshot(),
    });
  }

  /** True when the plan was extended. */
  async #review(): Promise<boolean> {
    if (!this.#state.mayReplan) return false;
    this.#enter('reviewing');
    const { round, subtasks } = this.#state;
    const review = await this.#paid(() =>
      managerModel(this.#options(`review round ${round}`)).reviewProgress(this.#input, round, subtasks),
    );
    this.#state.spent({ calls: review.calls, costMicros: review.costMicros });
    if (review.verdict === 'sufficient') return false;
    this.#state.adopt(review.subtasks, review.rationale, review.replaces);
    await this.#approved();
    return true;
  }

  async #synthesize(): Promise<Answer> {
    this.#enter('writing');
    const { round, subtasks } = this.#state;
    const { answerRef, findings, calls, costMicros } = await this.#paid(() =>
      managerModel(this.#options('write the answer')).synthesize(this.#input, round, subtasks),
    );
    this.#state.spent({ calls, costMicros });
    return { answerRef, findings };
  }

  async #close({ answer, failure }: End): Promise<ObjectiveResult> {
    const endedAtMs = Date.now();
    if (failure) this.#state.fail(failure, endedAtMs);
    const ended = this.#state.progressAtEnd(endedAtMs);
    const report = await managerStore(this.#options('write the report')).writeReport({
      input: this.#input,
      progress: ended,
      workspaceRef: this.#state.workspace?.workspaceRef ?? null,
      answerRef: answer?.answerRef ?? null,
      endedAtMs,
    });
    const result = resultOf(ended, {
      answerRef: answer?.answerRef ?? null,
      findings: answer?.findings ?? 0,
      report,
    });
    const spend = await books('close the books').closeObjective(result, endedAtMs, this.#state.attempts);
    this.#state.end(endedAtMs, spend);
    this.#show();
    showCost(spend.costMicros);
    await condition(allHandlersFinished);
    return { ...result, spend };
  }

  /** Once for each message, however often it is carried out: its id is the key. */
  async #raiseBudget({ by, wallMs = 0 }: BudgetRaiseMessage): Promise<BudgetState> {
    const { objectiveId } = this.#input;
    const key = `${workflowInfo().firstExecutionRunId}/${currentUpdateInfo()?.id ?? ''}`;
    const account = await books('raise the budget').raiseBudget({ objectiveId, by, key });
    this.#state.capped(capOf(account));
    this.#wallTime.extend(wallMs);
    if (this.#state.isPausedFor('BudgetExceeded') || this.#state.isPausedFor('WallTimeReached')) this.#resume();
    else this.#show();
    return account;
  }

  #answer(answer: ApprovalAnswer): { decision: ApprovalAnswer['decision'] } {
    this.#state.approval.answer(answer);
    this.#show();
    return { decision: answer.decision };
  }

  /** A paid call of the objective itself: waits while paused, and pauses the objective where a person is needed. */
  #paid<T>(call: () => Promise<T>): Promise<T> {
    const unpaused = () => condition(() => !this.#state.isPaused);
    return unpaused().then(() => payable(call, (pause) => this.#halt(pause)));
  }

  async #halt(pause: Pause): Promise<void> {
    this.#pause(pause);
    await condition(() => !this.#state.isPaused);
  }

  #pause(pause: Pause): void {
    this.#state.pause(pause);
    this.#dispatch.tellAll(pauseSignal);
    this.#show();
  }

  #resume(): void {
    this.#state.resume();
    if (this.#wallTime.isUp) return this.#pause(TIME_IS_UP);
    this.#dispatch.tellAll(resumeSignal);
    this.#show();
  }

  #enter(phase: Parameters<ObjectiveState['enter']>[0]): void {
    this.#state.enter(phase);
    this.#show();
  }

  #show(): void {
    const progress = this.#state.progress();
    showProgress(progress);
    this.#shown.update(progress, Date.now());
  }

  #options(summary: string): CallOptions {
    return { limits: this.#input.limits, summary };
  }

  get #frozen() {
    const { workspace } = this.#state;
    if (!workspace) throw ApplicationFailure.nonRetryable('The workspace was not frozen.', 'Unexpected');
    return workspace;
  }
}

/** Histories of before the ledger had other units hold another answer. */
const capOf = ({ micros }: Partial<BudgetState>): number | null => micros?.cap ?? null;
