/** The log of attempts in SQL. */
import { JUDGE } from '../../contracts/addresses.ts';
import type { EndedAttempt } from '../../contracts/attempts.ts';
import { type Attempts, type AttemptUsage, type LoggedAttempt, usageKeyOf } from '../attempts.ts';
import type { Reader } from './reader.ts';
import type { Row } from './sql.ts';
import type { Transaction } from './transaction.ts';

export function logAttempts(
  { sql }: Transaction,
  { objectiveId, attempts }: { objectiveId: string; attempts: EndedAttempt[] },
): void {
  for (const { subtaskId, kind, tier, attempt, verdict, startedAtMs, endedAtMs } of attempts) {
    sql.run(
      `INSERT INTO attempts (objective_id, subtask_id, attempt, kind, tier, verdict, started_at, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      objectiveId,
      subtaskId,
      attempt,
      kind,
      tier,
      verdict,
      startedAtMs,
      endedAtMs,
    );
  }
}

const LOGGED = (where: string): string => `
  SELECT attempts.* FROM attempts LEFT JOIN objectives USING (objective_id) WHERE ${where}
  ORDER BY objectives.started_at, objective_id, attempts.ended_at, attempts.rowid`;

/** `judge` and its repairs. */
const IS_JUDGE = `(purpose = '${JUDGE}' OR purpose LIKE '${JUDGE}.%')`;

const USAGE = (where: string): string => `
  WITH mine AS (
    SELECT calls.*, (SELECT sum(cost_micros) FROM creates c WHERE c.call_key = calls.call_key) AS cost
    FROM calls WHERE ${where}
  )
  SELECT objective_id, subtask_id, attempt, count(*) AS calls, max(iif(${IS_JUDGE}, NULL, model)) AS model,
    sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    total(cost) AS cost_micros, total(iif(${IS_JUDGE}, cost, 0)) AS judge_cost_micros, count(stand_in) AS stand_in_calls
  FROM mine GROUP BY objective_id, subtask_id, attempt`;

export function attemptsOn(read: Reader): Omit<Attempts, 'log'> {
  const of = (query: (where: string) => string, all: string, objectiveId?: string): Row[] =>
    objectiveId === undefined ? read.all(query(all)) : read.all(query('objective_id = ?'), objectiveId);
  return {
    logged: async (objectiveId) => of(LOGGED, 'objectives.ended_at IS NOT NULL', objectiveId).map(toLogged),
    usage: async (objectiveId) => new Map(of(USAGE, 'true', objectiveId).map((row) => [keyOf(row), toUsage(row)])),
  };
}

const keyOf = (row: Row): string =>
  usageKeyOf({
    objectiveId: String(row['objective_id']),
    subtaskId: String(row['subtask_id']),
    attempt: Number(row['attempt']),
  });

const toLogged = (row: Row): LoggedAttempt => ({
  objectiveId: String(row['objective_id']),
  subtaskId: String(row['subtask_id']),
  kind: String(row['kind']) as LoggedAttempt['kind'],
  tier: row['tier'] === null ? null : (String(row['tier']) as LoggedAttempt['tier']),
  attempt: Number(row['attempt']),
  verdict: String(row['verdict']) as LoggedAttempt['verdict'],
  startedAtMs: Number(row['started_at']),
  endedAtMs: Number(row['ended_at']),
});

const toUsage = (row: Row): AttemptUsage => ({
  model: row['model'] === null ? null : String(row['model']),
  isStandIn: Number(row['stand_in_calls']) > 0,
  calls: Number(row['calls']),
  inputTokens: Number(row['input_tokens']),
  cachedInputTokens: Number(row['cached_input_tokens']),
  outputTokens: Number(row['output_tokens']),
  reasoningTokens: Number(row['reasoning_tokens']),
  costMicros: Number(row['cost_micros']),
  judgeCostMicros: Number(row['judge_cost_micros']),
});
