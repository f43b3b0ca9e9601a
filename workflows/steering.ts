/**
 * What people and subagents say to an objective under way, and what is shown of it: pauses, more budget, a yes or a no. Nothing here knows the
 * phases; who waits for a change of the state is woken by Temporal.
 */
import { condition, currentUpdateInfo, setHandler, type SignalDefinition, workflowInfo } from '@temporalio/workflow';
import type { ApprovalAnswer } from '../src/contracts/approval.ts';
import { type BudgetRaiseMessage, type BudgetState, problemOfRaise } from '../src/contracts/budget.ts';
import type { Halt, ObjectiveInput, Pause } from '../src/contracts/objective.ts';
import { assertNone } from './halting.ts';
import {
  approveUpdate,
  attemptsQuery,
  haltSignal,
  pauseSignal,
  progressQuery,
  raiseBudgetUpdate,
  resumeSignal,
} from './messages.ts';
import type { ObjectiveState } from './objective-state.ts';
import { books } from './proxies.ts';
import { Shown, showProgress } from './visibility.ts';
import { TIME_IS_UP, WallTime } from './wall-time.ts';

export class Steering {
  readonly #input: ObjectiveInput;
  readonly #state: ObjectiveState;
  readonly #tellSubagents: (signal: SignalDefinition) => void;
  readonly #shown: Shown;
  readonly #wallTime: WallTime;
  #resumedAtMs = Number.NEGATIVE_INFINITY;

  constructor(input: ObjectiveInput, state: ObjectiveState, tellSubagents: (signal: SignalDefinition) => void) {
    this.#input = input;
    this.#state = state;
    this.#tellSubagents = tellSubagents;
    this.#shown = new Shown(input.hasSearchAttributes);
    this.#wallTime = new WallTime(Date.now(), input.maxWallMs ?? null);
  }

  /** What is left of the time that it may take; null for no bound. */
  get leftMs(): number | null {
    return this.#wallTime.leftMs;
  }

  /** Handlers, before anything is awaited. */
  listen(): void {
    setHandler(pauseSignal, () => this.#pause({ reason: 'person', message: 'Paused on request.' }), {
      description: 'No new turn or subtask starts; calls in flight end and are kept.',
    });
    setHandler(haltSignal, (halt) => this.#halted(halt), {
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

  /** In current details and search attributes: how it stands now. */
  show(): void {
    const progress = this.#state.progress();
    showProgress(progress);
    this.#shown.update(progress, Date.now());
  }

  /** Resolves once a person has let it go on. */
  async halt(pause: Pause): Promise<void> {
    this.#pause(pause);
    await condition(() => !this.#state.isPaused);
  }

  /** One that was on its way while things were mended would stop what nobody knows to let go on: its sender tries again. */
  #halted({ sinceMs, ...pause }: Halt): void {
    const isOld = sinceMs !== undefined && sinceMs <= this.#resumedAtMs;
    if (isOld && !this.#state.isHalted) this.#tellSubagents(resumeSignal);
    else this.#pause(pause);
  }

  #pause(pause: Pause): void {
    this.#state.pause(pause);
    this.#tellSubagents(pauseSignal);
    this.show();
  }

  #resume(): void {
    this.#state.resume();
    if (this.#wallTime.isUp) return this.#pause(TIME_IS_UP);
    this.#resumedAtMs = Date.now();
    this.#tellSubagents(resumeSignal);
    this.show();
  }

  /** Once for each message, however often it is carried out: its id is the key. */
  async #raiseBudget({ by, wallMs = 0 }: BudgetRaiseMessage): Promise<BudgetState> {
    const { objectiveId } = this.#input;
    const key = `${workflowInfo().firstExecutionRunId}/${currentUpdateInfo()?.id ?? ''}`;
    const account = await books('raise the budget').raiseBudget({ objectiveId, by, key });
    this.#state.capped(capOf(account));
    this.#wallTime.extend(wallMs);
    if (this.#state.isPausedFor('BudgetExceeded') || this.#state.isPausedFor('WallTimeReached')) this.#resume();
    else this.show();
    return account;
  }

  #answer(answer: ApprovalAnswer): { decision: ApprovalAnswer['decision'] } {
    this.#state.approval.answer(answer);
    this.show();
    return { decision: answer.decision };
  }
}

/** Histories of before the ledger had other units hold another answer. */
const capOf = ({ micros }: Partial<BudgetState>): number | null => micros?.cap ?? null;
