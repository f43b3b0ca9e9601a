/** A subtask as an objective remembers it, and what its states mean for others. Pure. */
import { KINDS } from '../src/contracts/kinds.ts';
import type { PlannedSubtask, Spend, SubtaskRecord } from '../src/contracts/objective.ts';

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

export const hasEndedWithout = ({ state }: SubtaskRecord): boolean =>
  state === 'failed' || state === 'skipped' || state === 'cancelled';

/** Does `needed` no longer hold up `by`? Kinds that gather take what there is. */
export const isMet = (needed: SubtaskRecord, by: SubtaskRecord): boolean =>
  needed.state === 'completed' || (KINDS[by.kind].toleratesMissing && hasEndedWithout(needed));
