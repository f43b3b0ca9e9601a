/** A subtask as an objective remembers it, and what its states mean for others. Pure. */
import { FAILURES } from '../src/contracts/failures.ts';
import { KINDS, type Ladders } from '../src/contracts/kinds.ts';
import { attemptsOf } from '../src/contracts/ladder.ts';
import type { PlannedSubtask, Spend, SubtaskOutcome, SubtaskRecord } from '../src/contracts/objective.ts';

export const NOTHING_SPENT: Spend = { calls: 0, costMicros: 0 };

export const addSpend = (a: Spend, b: Spend): Spend => ({
  calls: a.calls + b.calls,
  costMicros: a.costMicros + b.costMicros,
});

export function newRecord(subtask: PlannedSubtask): SubtaskRecord {
  return {
    ...subtask,
    state: 'waiting',
    attempt: 0,
    runsOn: null,
    startedAtMs: null,
    endedAtMs: null,
    resultRef: null,
    summary: '',
    findings: 0,
    failure: null,
    evidenceRef: null,
    isReplaced: false,
    spend: NOTHING_SPENT,
  };
}

/** What an attempt that came home changes. A failed one goes back to waiting while the ladder has a rung left, with what it left for the next. */
export function afterAttempt(
  subtask: SubtaskRecord,
  outcome: SubtaskOutcome,
  ladders: Ladders,
  nowMs: number,
): Partial<SubtaskRecord> {
  const spend = addSpend(subtask.spend, outcome.spend);
  if (outcome.status === 'completed') {
    const { resultRef, summary, findings } = outcome;
    const result = { resultRef, summary, findings, failure: null, evidenceRef: null };
    return { ...result, state: 'completed', endedAtMs: nowMs, spend };
  }
  const { failure, evidenceRef } = outcome;
  const another = FAILURES[failure.type].anotherAttempt && subtask.attempt < attemptsOf(subtask, ladders);
  if (another) return { state: 'waiting', spend, failure, evidenceRef };
  return { state: 'failed', endedAtMs: nowMs, spend, failure, evidenceRef };
}

export const hasEndedWithout = ({ state }: SubtaskRecord): boolean =>
  state === 'failed' || state === 'skipped' || state === 'cancelled';

/** Does `needed` no longer hold up `by`? Kinds that gather take what there is. */
export const isMet = (needed: SubtaskRecord, by: SubtaskRecord): boolean =>
  needed.state === 'completed' || (KINDS[by.kind].toleratesMissing && hasEndedWithout(needed));
