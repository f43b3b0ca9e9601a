/**
 * The books of an objective as a report needs them: calls of one attempt and purpose together, so that many calls are few rows. A
 * provider's surcharge is per request, so long ones are kept apart. Reads alone.
 */
import type { Tier } from '../../contracts/addresses.ts';
import type { CallGroup } from '../ledger.ts';
import type { Row } from './sql.ts';

/** Values: the bound of a long request, the objective. A create that failed and is settled was billed for what can't be used. */
export const CALL_GROUPS = `
  WITH tries AS (
    SELECT calls.*, input_tokens > ? AS is_long, input_tokens + output_tokens = 0 AS is_untold,
      k.cost_micros AS cost, k.state AS ended, k.n AS n, k.failure IS NOT NULL AS is_unusable,
      EXISTS (SELECT 1 FROM creates e WHERE e.call_key = k.call_key AND e.n < k.n AND e.cost_micros > 0) AS is_repaid
    FROM calls LEFT JOIN creates k USING (call_key) WHERE objective_id = ?
  ), mine AS (
    SELECT *,
      total(cost) FILTER (WHERE ended = 'settled') AS settled,
      total(cost) FILTER (WHERE ended = 'in-doubt') AS doubt,
      total(cost) FILTER (WHERE ended = 'settled' AND is_unusable) AS unusable,
      total(cost) FILTER (WHERE ended = 'settled' AND is_repaid) AS repaid,
      total(cost) FILTER (WHERE ended = 'settled' AND (is_unusable OR is_untold)) AS untold
    FROM tries GROUP BY call_key
  )
  SELECT subtask_id, attempt, purpose, tier, model, is_long, count(*) AS calls, count(stand_in) AS stand_in_calls,
    sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    total(settled) AS settled_micros, total(doubt) AS in_doubt_micros, total(unusable) AS unusable_micros,
    total(repaid) AS repaid_micros, total(untold) AS untold_micros
  FROM mine GROUP BY subtask_id, attempt, purpose, tier, model, is_long ORDER BY min(created_at)`;

export const toCallGroup = (row: Row): CallGroup => ({
  subtaskId: String(row['subtask_id']),
  attempt: Number(row['attempt']),
  purpose: String(row['purpose']),
  tier: String(row['tier']) as Tier,
  model: String(row['model']),
  isLong: row['is_long'] === 1,
  calls: Number(row['calls']),
  inputTokens: Number(row['input_tokens']),
  cachedInputTokens: Number(row['cached_input_tokens']),
  outputTokens: Number(row['output_tokens']),
  reasoningTokens: Number(row['reasoning_tokens']),
  settledMicros: Number(row['settled_micros']),
  inDoubtMicros: Number(row['in_doubt_micros']),
  unusableMicros: Number(row['unusable_micros']),
  repaidMicros: Number(row['repaid_micros']),
  untoldMicros: Number(row['untold_micros']),
  standInCalls: Number(row['stand_in_calls']),
});
