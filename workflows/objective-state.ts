/**
 * What an objective knows and decides: no SDK, no clock, no randomness. The Workflow feeds it events and acts on what it says;
 * continue-as-new carries its snapshot. Invariants: (1) planned = completed + failed + skipped + cancelled once settled;
 * (2) at most `limits.slots` subtasks run; (3) nothing starts while paused, draining or cancelled.
 */
import type { EndedAttempt } from '../src/contracts/attempts.ts';
import type { FailureNote } from '../src/contracts/failures.ts';
import { KINDS, type Ladders } from '../src/contracts/kinds.ts';
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
import { chainLengths } from '../src/contracts/plan-graph.ts';
import type { WorkspaceSummary } from '../src/contracts/workspace.ts';
import { Approval } from './approval.ts';
import { tierOfAttempt } from '../src/contracts/ladder.ts';
import { AttemptLog } from './attempt-log.ts';
import { addSpend, afterAttempt, hasEndedWithout, isMet, newRecord, NOTHING_SPENT } from './subtask-record.ts';

export interface ObjectiveRules {
  objectiveId: string;
  title: string;
  limits: Limits;
  ladders: Ladders;
  budgetMicros?: number | null;
  approveAboveMicros?: number;
}

export class ObjectiveState {
  readonly approval: Approval;
  readonly #rules: ObjectiveRules;
  #phase: Phase = 'opening';
  #pause: Pause | null = null;
  #startedAtMs: number;
  #endedAtMs: number | null = null;
  #rounds: Round[] = [];
  #subtasks = new Map<string, SubtaskRecord>();
  #chains = new Map<string, number>();
  readonly #attempts = new AttemptLog();
  #managerSpend = NOTHING_SPENT;
  #finalSpend: Spend | null = null;
  #workspace: WorkspaceSummary | null = null;
  #failure: FailureNote | null = null;
  #isCancelled = false;
  #isDraining = false;
  #capMicros: number | null;

  constructor(rules: ObjectiveRules, nowMs: number, carried?: ObjectiveSnapshot) {
    this.#rules = rules;
    this.approval = new Approval(carried?.approveAboveMicros ?? rules.approveAboveMicros ?? null);
    this.#startedAtMs = carried?.startedAtMs ?? nowMs;
    this.#capMicros = carried?.capMicros ?? rules.budgetMicros ?? null;
    if (!carried) return;
    this.#phase = carried.phase;
    this.#pause = carried.pause;
    this.#rounds = carried.rounds;
    this.#subtasks = new Map(carried.subtasks.map((subtask) => [subtask.id, subtask]));
    this.#managerSpend = carried.managerSpend;
    this.#workspace = carried.workspace;
    this.#chains = chainLengths(this.subtasks);
  }

  // What is known

  get isPaused(): boolean {
    return this.#pause !== null || this.approval.asked !== null;
  }

  isPausedFor(reason: Pause['reason']): boolean {
    return this.#pause?.reason === reason;
  }

  get workspace(): WorkspaceSummary | null {
    return this.#workspace;
  }

  get round(): number {
    return this.#rounds.length;
  }

  get subtasks(): SubtaskRecord[] {
    return [...this.#subtasks.values()];
  }

  /** Every attempt that ended in this run. */
  get attempts(): EndedAttempt[] {
    return this.#attempts.ended;
  }

  get running(): SubtaskRecord[] {
    return this.#inState('running');
  }

  /** Nothing runs and nothing can start: every subtask has ended. */
  get isSettled(): boolean {
    return this.running.length === 0 && this.#ready().length === 0;
  }

  /** Every child is home: the run may continue as new. */
  get isDrained(): boolean {
    return this.#isDraining && this.running.length === 0;
  }

  get mayReplan(): boolean {
    const { maxReplans, maxSubtasks } = this.#rules.limits;
    return this.#rounds.length <= maxReplans && this.#subtasks.size < maxSubtasks;
  }

  get hasStartable(): boolean {
    return this.#startable().length > 0;
  }

  get spend(): Spend {
    return this.#finalSpend ?? this.subtasks.reduce((sum, { spend }) => addSpend(sum, spend), this.#managerSpend);
  }

  // What happens

  enter(phase: Phase): void {
    this.#phase = phase;
  }

  froze(workspace: WorkspaceSummary): void {
    this.#workspace = workspace;
  }

  /** A plan, or what a review adds to it. The failures of what the new subtasks replace no longer count. */
  adopt(planned: PlannedSubtask[], rationale: string, replaces: string[] = []): void {
    this.#rounds.push({ round: this.#rounds.length + 1, rationale, added: planned.length });
    for (const subtask of planned) this.#subtasks.set(subtask.id, newRecord(subtask));
    for (const id of replaces) this.#update(id, { isReplaced: true });
    this.#chains = chainLengths(this.subtasks);
    this.#skipUnreachable();
  }

  spent(spend: Spend): void {
    this.#managerSpend = addSpend(this.#managerSpend, spend);
  }

  /** Marks as running what may start now, longest chain first. */
  takeStartable(nowMs: number): SubtaskRecord[] {
    return this.#startable().map((subtask) => {
      const attempt = subtask.attempt + 1;
      const runsOn = tierOfAttempt(subtask, attempt, this.#rules.ladders);
      this.#attempts.starts(subtask.id, nowMs);
      return this.#update(subtask.id, { state: 'running', attempt, runsOn, startedAtMs: subtask.startedAtMs ?? nowMs });
    });
  }

  /** How an attempt ended. A failed one goes back to waiting while its ladder has a rung left. */
  record(id: string, outcome: SubtaskOutcome, nowMs: number): void {
    const subtask = this.#known(id);
    this.#attempts.ends(subtask, outcome, this.#isCancelled, nowMs);
    if (this.#isCancelled && outcome.status === 'failed')
      return void this.#update(id, { spend: addSpend(subtask.spend, outcome.spend) });
    this.#update(id, afterAttempt(subtask, outcome, this.#rules.ladders, nowMs));
    this.#skipUnreachable();
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
    for (const { id } of [...this.#inState('waiting'), ...this.running])
      this.#update(id, { state: 'cancelled', endedAtMs: nowMs });
  }

  /** What has not started never will. */
  fail(failure: FailureNote, nowMs: number): void {
    this.#failure = failure;
    for (const { id } of this.#inState('waiting')) this.#update(id, { state: 'cancelled', endedAtMs: nowMs });
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
    if (!this.#workspace) throw new Error('There is nothing to carry before the workspace is frozen.');
    return {
      phase: this.#phase,
      pause: this.#pause,
      startedAtMs: this.#startedAtMs,
      rounds: this.#rounds,
      subtasks: this.subtasks,
      managerSpend: this.#managerSpend,
      workspace: this.#workspace,
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

  #startable(): SubtaskRecord[] {
    if (this.isPaused || this.#isDraining || this.#isCancelled) return [];
    const free = this.#rules.limits.slots - this.running.length;
    if (free <= 0) return [];
    return this.#ready()
      .toSorted((a, b) => (this.#chains.get(b.id) ?? 0) - (this.#chains.get(a.id) ?? 0))
      .slice(0, free);
  }

  #ready(): SubtaskRecord[] {
    return this.#inState('waiting').filter((subtask) =>
      this.#dependencies(subtask).every((needed) => isMet(needed, subtask)),
    );
  }

  /** What waits for something that will never complete is skipped, and what waits for that. */
  #skipUnreachable(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const subtask of this.#inState('waiting')) {
        const lost = this.#dependencies(subtask).filter(hasEndedWithout);
        const tolerated = KINDS[subtask.kind].toleratesMissing && lost.length < subtask.dependsOn.length;
        if (lost.length === 0 || tolerated) continue;
        const names = lost.map(({ id }) => `"${id}"`).join(', ');
        this.#update(subtask.id, {
          state: 'skipped',
          failure: { type: 'DependencyFailed', message: `It needs ${names}, which did not complete.` },
        });
        changed = true;
      }
    }
  }

  #dependencies({ dependsOn }: SubtaskRecord): SubtaskRecord[] {
    return dependsOn.map((id) => this.#known(id));
  }

  #inState(state: SubtaskRecord['state']): SubtaskRecord[] {
    return this.subtasks.filter((subtask) => subtask.state === state);
  }

  #known(id: string): SubtaskRecord {
    const subtask = this.#subtasks.get(id);
    if (!subtask) throw new Error(`There is no subtask "${id}".`);
    return subtask;
  }

  #update(id: string, change: Partial<SubtaskRecord>): SubtaskRecord {
    const updated = { ...this.#known(id), ...change };
    this.#subtasks.set(id, updated);
    return updated;
  }
}
