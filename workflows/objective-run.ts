/** The phases of an objective as steps: what each asks of Activities, and what it tells `ObjectiveState`. */
import { allHandlersFinished, ApplicationFailure, condition, continueAsNew, patched } from '@temporalio/workflow';
import type { FailureNote } from '../src/contracts/failures.ts';
import type { ObjectiveInput, ObjectiveResult } from '../src/contracts/objective.ts';
import { Dispatch } from './dispatch.ts';
import { failureOf, payable } from './halting.ts';
import { isHistoryFull } from './history.ts';
import { judge, resultOf } from './objective-result.ts';
import { ObjectiveState } from './objective-state.ts';
import { type CallOptions, books, managerModel, managerStore } from './proxies.ts';
import { Steering } from './steering.ts';
import { showCost } from './visibility.ts';

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
  readonly #steering: Steering;

  constructor(input: ObjectiveInput) {
    this.#input = input;
    this.#state = new ObjectiveState(input, Date.now(), input.carried);
    this.#steering = new Steering(input, this.#state, (signal) => this.#dispatch.tellAll(signal));
    this.#dispatch = new Dispatch(input, this.#state, {
      onEnd: () => this.#steering.show(),
      halt: (pause) => this.#steering.halt(pause),
    });
  }

  /** Before anything is awaited. */
  listen(): void {
    this.#steering.listen();
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
    this.#steering.show();
    await this.#dispatch.allHome();
    await this.#close({ answer: null, failure: null });
  }

  async #open(): Promise<void> {
    await books('open the books').openObjective(this.#input, this.#state.progress().startedAtMs);
    const { workspace, workspacePath: path, include } = this.#input;
    if (workspace) return void this.#state.files.froze(workspace);
    const { freezeWorkspace } = managerStore(this.#options('freeze the workspace'));
    this.#state.files.froze(await freezeWorkspace({ path, ...(include && { include }) }));
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
    this.#steering.show();
    await condition(() => approval.asked === null);
    if (approval.refusal) throw ApplicationFailure.nonRetryable(approval.refusal.message, approval.refusal.type);
  }

  /** Event-driven: a subtask starts the moment its last dependency has ended and a slot is free. */
  async #work(): Promise<void> {
    const state = this.#state;
    this.#enter('working');
    while (!state.isSettled) {
      this.#dispatch.startAll();
      this.#steering.show();
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
      maxWallMs: this.#steering.leftMs,
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
      workspaceRef: this.#state.files.frozen?.workspaceRef ?? null,
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
    this.#steering.show();
    showCost(spend.costMicros);
    await condition(allHandlersFinished);
    return { ...result, spend };
  }

  /** A paid call of the objective itself: waits while paused, and pauses the objective where a person is needed. */
  #paid<T>(call: () => Promise<T>): Promise<T> {
    const unpaused = () => condition(() => !this.#state.isPaused);
    return unpaused().then(() => payable(call, (pause) => this.#steering.halt(pause)));
  }

  #enter(phase: Parameters<ObjectiveState['enter']>[0]): void {
    this.#state.enter(phase);
    this.#steering.show();
  }

  #options(summary: string): CallOptions {
    return { limits: this.#input.limits, summary };
  }

  get #frozen() {
    const { frozen } = this.#state.files;
    if (!frozen) throw ApplicationFailure.nonRetryable('The workspace was not frozen.', 'Unexpected');
    return frozen;
  }
}
