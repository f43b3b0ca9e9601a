/**
 * What an objective knows and decides: no SDK, no clock, no randomness. The Workflow feeds it events and acts on what it says;
 * continue-as-new carries its snapshot. Invariant: nothing starts while paused, draining or cancelled.
 */
import type { EndedAttempt } from '../src/contracts/attempts.ts';
import type { FailureNote } from '../src/contracts/failures.ts';
import type { Ladders } from '../src/contracts/kinds.ts';
import type { Limits } from '../src/contracts/limits.ts';
import type {
  ObjectiveResult,
  ObjectiveSnapshot,
  Pause,
  Phase,
  PlannedSubtask,
  Progress,
  Round,
  Spend,
  SubtaskOutcome,
  SubtaskRecord,
} from '../src/contracts/objective.ts';
import { Approval } from './approval.ts';
import { AttemptLog } from './attempt-log.ts';
import { ObjectiveFiles } from './objective-files.ts';
import { SubtaskBoard } from './subtask-board.ts';
import { addSpend, NOTHING_SPENT } from './subtask-record.ts';

export interface ObjectiveRules {
  objectiveId: string;
  title: string;
  limits: Limits;
  ladders: Ladders;
  budgetMicros?: number | null;
  approveAboveMicros?: number;
  workspacePath?: string;
}

export class ObjectiveState {
  readonly approval: Approval;
  readonly files: ObjectiveFiles;
  readonly #rules: ObjectiveRules;
  #phase: Phase = 'opening';
  #pause: Pause | null = null;
  #startedAtMs: number;
  #endedAtMs: number | null = null;
  #rounds: Round[] = [];
  readonly #board: SubtaskBoard;
  readonly #attempts = new AttemptLog();
  #managerSpend = NOTHING_SPENT;
  #finalSpend: Spend | null = null;
  #failure: FailureNote | null = null;
  #isCancelled = false;
  #isDraining = false;
  #capMicros: number | null;

  constructor(rules: ObjectiveRules, nowMs: number, carried?: ObjectiveSnapshot) {
    this.#rules = rules;
    this.#board = new SubtaskBoard(rules, carried?.subtasks);
    this.files = new ObjectiveFiles(rules.workspacePath, carried);
    this.approval = new Approval(carried?.approveAboveMicros ?? rules.approveAboveMicros ?? null);
    this.#startedAtMs = carried?.startedAtMs ?? nowMs;
    this.#capMicros = carried?.capMicros ?? rules.budgetMicros ?? null;
    if (!carried) return;
    this.#phase = carried.phase;
    this.#pause = carried.pause;
    this.#rounds = carried.rounds;
    this.#managerSpend = carried.managerSpend;
  }

  // What is known

  get isPaused(): boolean {
    return this.#pause !== null || this.approval.asked !== null;
  }

  /** By a pause that ends with a resume. */
  get isHalted(): boolean {
    return this.#pause !== null;
  }

  isPausedFor(reason: Pause['reason']): boolean {
    return this.#pause?.reason === reason;
  }

  get round(): number {
    return this.#rounds.length;
  }

  get subtasks(): SubtaskRecord[] {
    return this.#board.all;
  }

  /** Every attempt that ended in this run. */
  get attempts(): EndedAttempt[] {
    return this.#attempts.ended;
  }

  get running(): SubtaskRecord[] {
    return this.#board.running;
  }

  /** Nothing runs and nothing can start: every subtask has ended. */
  get isSettled(): boolean {
    return this.running.length === 0 && this.#board.ready.length === 0;
  }

  /** Every child is home: the run may continue as new. */
  get isDrained(): boolean {
    return this.#isDraining && this.running.length === 0;
  }

  get mayReplan(): boolean {
    const { maxReplans, maxSubtasks } = this.#rules.limits;
    return this.#rounds.length <= maxReplans && this.subtasks.length < maxSubtasks;
  }

  get hasStartable(): boolean {
    return this.#mayStart && this.#board.startable.length > 0;
  }

  get spend(): Spend {
    return this.#finalSpend ?? this.subtasks.reduce((sum, { spend }) => addSpend(sum, spend), this.#managerSpend);
  }

  // What happens

  enter(phase: Phase): void {
    this.#phase = phase;
  }

  /** A plan, or what a review adds to it. The failures of what the new subtasks replace no longer count. */
  adopt(planned: PlannedSubtask[], rationale: string, replaces: string[] = []): void {
    this.#rounds.push({ round: this.#rounds.length + 1, rationale, added: planned.length });
    this.#board.add(planned, replaces);
  }

  spent(spend: Spend): void {
    this.#managerSpend = addSpend(this.#managerSpend, spend);
  }

  /** Marks as running what may start now, longest chain first. */
  takeStartable(nowMs: number): SubtaskRecord[] {
    const started = this.#mayStart ? this.#board.start(nowMs) : [];
    for (const { id } of started) this.#attempts.starts(id, nowMs);
    return started;
  }

  /** How an attempt ended. A failed one goes back to waiting while its ladder has a rung left. */
  record(id: string, outcome: SubtaskOutcome, nowMs: number): void {
    this.#attempts.ends(this.#board.known(id), outcome, this.#isCancelled, nowMs);
    if (this.#isCancelled && outcome.status === 'failed') this.#board.spend(id, outcome.spend);
    else this.#board.end(id, outcome, nowMs);
  }

  /** The cap as it stands in the books now. */
  capped(capMicros: number | null): void {
    this.#capMicros = capMicros;
  }

  pause(pause: Pause): void {
    this.#pause ??= pause;
  }

  resume(): void {
    this.#pause = null;
  }

  drain(): void {
    this.#isDraining = true;
  }

  /** Everything that has not ended is cancelled; what runs is recorded when it comes home. */
  cancel(nowMs: number): void {
    this.#isCancelled = true;
    this.#board.cancel(['waiting', 'running'], nowMs);
  }

  /** What has not started never will. */
  fail(failure: FailureNote, nowMs: number): void {
    this.#failure = failure;
    this.#board.cancel(['waiting'], nowMs);
  }

  /** Once report and books are written; `spend` is what the books say. */
  end(nowMs: number, spend: Spend): void {
    this.#phase = 'ended';
    this.#endedAtMs = nowMs;
    this.#pause = null;
    this.#finalSpend = spend;
  }

  // What others see

  progress(): Progress {
    return {
      objectiveId: this.#rules.objectiveId,
      title: this.#rules.title,
      status: this.#status(),
      phase: this.#phase,
      // An approval is told first: `resume` does not give it.
      pause: this.approval.pause ?? this.#pause,
      ...(this.approval.asked && { approval: this.approval.asked }),
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
      rounds: this.#rounds,
      subtasks: this.subtasks,
      spend: this.spend,
      ...this.files.progress(),
      capMicros: this.#capMicros,
      failure: this.#failure,
    };
  }

  /** As it will be once it has ended: what the report is written from, while everybody else still sees it open. */
  progressAtEnd(endedAtMs: number): Progress {
    return { ...this.progress(), status: this.#endStatus(), phase: 'ended', pause: null, endedAtMs };
  }

  /** Contract: drained, after the workspace was frozen. */
  snapshot(): ObjectiveSnapshot {
    return {
      phase: this.#phase,
      pause: this.#pause,
      startedAtMs: this.#startedAtMs,
      rounds: this.#rounds,
      subtasks: this.subtasks,
      managerSpend: this.#managerSpend,
      ...this.files.snapshot(),
      capMicros: this.#capMicros,
      ...this.approval.snapshot(),
    };
  }

  // Inside

  #status(): Progress['status'] {
    if (this.#phase === 'ended' || this.#isCancelled) return this.#endStatus();
    return this.isPaused ? 'paused' : 'running';
  }

  #endStatus(): ObjectiveResult['status'] {
    if (this.#isCancelled) return 'cancelled';
    return this.#failure ? 'failed' : 'completed';
  }

  get #mayStart(): boolean {
    return !this.isPaused && !this.#isDraining && !this.#isCancelled;
  }
}
