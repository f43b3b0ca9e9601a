/**
 * The subtasks of an objective: which wait, which run, what may start next, and what never will. No SDK; its records are its snapshot.
 * Invariants: (1) planned = completed + failed + skipped + cancelled once settled; (2) at most `limits.slots` run.
 */
import { KINDS, type Ladders } from '../src/contracts/kinds.ts';
import { tierOfAttempt } from '../src/contracts/ladder.ts';
import type { Limits } from '../src/contracts/limits.ts';
import type { PlannedSubtask, Spend, SubtaskOutcome, SubtaskRecord } from '../src/contracts/objective.ts';
import { chainLengths } from '../src/contracts/plan-graph.ts';
import { addSpend, afterAttempt, hasEndedWithout, isMet, newRecord } from './subtask-record.ts';

interface BoardRules {
  limits: Pick<Limits, 'slots'>;
  ladders: Ladders;
}

export class SubtaskBoard {
  readonly #rules: BoardRules;
  readonly #subtasks: Map<string, SubtaskRecord>;
  #chains: Map<string, number>;

  constructor(rules: BoardRules, carried: SubtaskRecord[] = []) {
    this.#rules = rules;
    this.#subtasks = new Map(carried.map((subtask) => [subtask.id, subtask]));
    this.#chains = chainLengths(carried);
  }

  get all(): SubtaskRecord[] {
    return [...this.#subtasks.values()];
  }

  get running(): SubtaskRecord[] {
    return this.#inState('running');
  }

  /** What waits for nothing but a slot. */
  get ready(): SubtaskRecord[] {
    return this.#inState('waiting').filter((subtask) =>
      this.#dependencies(subtask).every((needed) => isMet(needed, subtask)),
    );
  }

  /** What may start now, longest chain first. */
  get startable(): SubtaskRecord[] {
    const free = this.#rules.limits.slots - this.running.length;
    if (free <= 0) return [];
    return this.ready.toSorted((a, b) => (this.#chains.get(b.id) ?? 0) - (this.#chains.get(a.id) ?? 0)).slice(0, free);
  }

  known(id: string): SubtaskRecord {
    const subtask = this.#subtasks.get(id);
    if (!subtask) throw new Error(`There is no subtask "${id}".`);
    return subtask;
  }

  add(planned: PlannedSubtask[], replaces: string[]): void {
    for (const subtask of planned) this.#subtasks.set(subtask.id, newRecord(subtask));
    for (const id of replaces) this.#update(id, { isReplaced: true });
    this.#chains = chainLengths(this.all);
    this.#skipUnreachable();
  }

  start(nowMs: number): SubtaskRecord[] {
    return this.startable.map((subtask) => {
      const attempt = subtask.attempt + 1;
      const runsOn = tierOfAttempt(subtask, attempt, this.#rules.ladders);
      return this.#update(subtask.id, { state: 'running', attempt, runsOn, startedAtMs: subtask.startedAtMs ?? nowMs });
    });
  }

  /** A failed attempt puts its subtask back to waiting while its ladder has a rung left. */
  end(id: string, outcome: SubtaskOutcome, nowMs: number): void {
    this.#update(id, afterAttempt(this.known(id), outcome, this.#rules.ladders, nowMs));
    this.#skipUnreachable();
  }

  spend(id: string, spend: Spend): void {
    this.#update(id, { spend: addSpend(this.known(id).spend, spend) });
  }

  cancel(states: SubtaskRecord['state'][], nowMs: number): void {
    for (const { id } of states.flatMap((state) => this.#inState(state)))
      this.#update(id, { state: 'cancelled', endedAtMs: nowMs });
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
    return dependsOn.map((id) => this.known(id));
  }

  #inState(state: SubtaskRecord['state']): SubtaskRecord[] {
    return this.all.filter((subtask) => subtask.state === state);
  }

  #update(id: string, change: Partial<SubtaskRecord>): SubtaskRecord {
    const updated = { ...this.known(id), ...change };
    this.#subtasks.set(id, updated);
    return updated;
  }
}
