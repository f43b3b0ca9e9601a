/** What objectives that have ended left in the journal, as attempts: what estimates are based on. Reads alone. */
import type { Tier } from '../../contracts/addresses.ts';
import { MANAGER_SUBTASK } from '../../contracts/addresses.ts';
import type { Past, PastAttempt } from '../ledger.ts';
import type { Row } from './sql.ts';

/** The newest calls alone are read: a home of years is asked as fast as a home of days. */
export const MOST_CALLS = 10_000;

/**
 * Attempts of objectives that were cancelled were cut off. What is in doubt is a misfortune of a call, not its price.
 */
export const PAST_CALLS = `
  SELECT recent.objective_id, subtask_id, attempt, turn, purpose, tier, model, stand_in, status, created_at, answered_at,
    (SELECT total(cost_micros) FROM creates c WHERE c.call_key = recent.call_key AND state IN ('settled', 'released')) AS cost
  FROM (SELECT * FROM calls ORDER BY rowid DESC LIMIT ?) recent LEFT JOIN objectives USING (objective_id)
  ORDER BY created_at`;

/** Between two calls there are tools; a longer gap was a pause, a dead worker or a night. */
const MOST_GAP_MS = 60_000;

export function toPast(rows: Row[], mostCalls = MOST_CALLS): Past {
  // Where the bound has cut, the oldest objective may be there in part.
  const [oldest] = rows.length < mostCalls ? [] : rows;
  const ended = rows.filter(
    ({ status, objective_id }) =>
      (status === 'completed' || status === 'failed') && objective_id !== oldest?.['objective_id'],
  );
  const byAttempt = Map.groupBy(ended, attemptOf);
  const attempts = [...byAttempt.values()].flatMap(toAttempt);
  const objectives = new Set(ended.map(({ objective_id }) => objective_id)).size;
  return { attempts, objectives };
}

const purposeOf = (row: Row): string => String(row['purpose']).split('.')[0] ?? '';

/** Repairs and compacted turns belong to what they repeat; each call of the manager stands for itself. */
function attemptOf(row: Row): string {
  const turn = row['subtask_id'] === MANAGER_SUBTASK ? row['turn'] : 'all';
  return JSON.stringify([row['objective_id'], row['subtask_id'], row['attempt'], turn, purposeOf(row)]);
}

/** Nothing where no call was answered: nobody knows who it was. */
function toAttempt(calls: Row[]): PastAttempt[] {
  const answered = calls.filter(({ answered_at }) => answered_at !== null);
  const [first] = answered;
  if (!first) return [];
  return [
    {
      purpose: purposeOf(first),
      tier: String(first['tier']) as Tier,
      model: String(first['model']),
      isStandIn: answered.some(({ stand_in }) => stand_in !== null),
      calls: calls.length,
      costMicros: calls.reduce((sum, call) => sum + Number(call['cost']), 0),
      workedMs: workedMs(answered),
    },
  ];
}

/** Time with a call under way, or between two of them; calls at the same time count once. */
function workedMs(calls: Row[]): number {
  let worked = 0;
  let until = Number(calls[0]?.['created_at']);
  for (const call of calls) {
    const [from, to] = [Number(call['created_at']), Number(call['answered_at'])];
    const gap = Math.max(0, from - until);
    worked += (gap <= MOST_GAP_MS ? gap : 0) + Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return worked;
}
