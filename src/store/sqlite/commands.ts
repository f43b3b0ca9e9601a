/** Everything that is written, one function per command; each runs inside the writer's transaction. */
import type { Usage } from '../../contracts/model.ts';
import type { Answer, Chunk, Intent, IntendOutcome, Rejection } from '../journal.ts';
import { accountChain, move, refusalOf } from './accounts.ts';
import { toCreate } from './rows.ts';
import type { Sql } from './sql.ts';

const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

type CreateKey = { callKey: string; n: number };

function intend(sql: Sql, intent: Intent): IntendOutcome {
  const call = sql.get('SELECT reply_json, request_digest FROM calls WHERE call_key = ?', intent.callKey);
  if (call?.['reply_json'] != null) return { status: 'answered' };
  if (call && call['request_digest'] !== intent.requestDigest) return { status: 'asked-otherwise' };
  const row = sql.get('SELECT * FROM creates WHERE call_key = ? ORDER BY n DESC LIMIT 1', intent.callKey);
  const latest = row && toCreate(row);
  if (latest && (latest.state === 'sent' || latest.state === 'identified')) return { status: 'open', create: latest };

  const refusal = refusalOf(accountChain(sql, intent.accountId), intent.reserveMicros);
  if (refusal) return { status: 'refused', refusal };
  move(sql, intent.accountId, { reserved: intent.reserveMicros });
  if (!call) {
    if (intent.unsaved) appendChunk(sql, intent.unsaved);
    insertCall(sql, intent);
  }
  const n = (latest?.n ?? 0) + 1;
  sql.run(
    `INSERT INTO creates (call_key, n, owner_id, state, reserved_micros, created_at) VALUES (?, ?, ?, 'sent', ?, ?)`,
    intent.callKey,
    n,
    intent.ownerId,
    intent.reserveMicros,
    Date.now(),
  );
  return { status: 'intended', n };
}

function insertCall(sql: Sql, intent: Intent): void {
  sql.run(
    `INSERT INTO calls (call_key, account_id, objective_id, subtask_id, attempt, turn, purpose, tier, model, head_json,
       transcript_head, request_digest, created_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    intent.callKey,
    intent.accountId,
    intent.objectiveId,
    intent.subtaskId,
    intent.attempt,
    intent.turn,
    intent.purpose,
    intent.tier,
    intent.head.model,
    JSON.stringify(intent.head),
    intent.transcriptHead,
    intent.requestDigest,
    Date.now(),
    intent.body,
  );
}

function identify(sql: Sql, { callKey, n, responseId }: CreateKey & { responseId: string }): void {
  sql.run(
    `UPDATE creates SET state = 'identified', response_id = ? WHERE call_key = ? AND n = ? AND state = 'sent'`,
    responseId,
    callKey,
    n,
  );
}

/** Ends a create: its reservation is given back and its cost booked. False when it had ended already. */
function endCreate(
  sql: Sql,
  { callKey, n }: CreateKey,
  state: 'settled' | 'released' | 'in-doubt',
  costMicros: number,
  failure: string | null,
): boolean {
  const create = sql.get(
    `SELECT reserved_micros, account_id FROM creates JOIN calls USING (call_key)
     WHERE call_key = ? AND n = ? AND state IN ('sent', 'identified')`,
    callKey,
    n,
  );
  if (!create) return false;
  sql.run(
    'UPDATE creates SET state = ?, cost_micros = ?, failure = ? WHERE call_key = ? AND n = ?',
    state,
    costMicros,
    failure,
    callKey,
    n,
  );
  move(sql, String(create['account_id']), {
    reserved: -Number(create['reserved_micros']),
    ...(state === 'in-doubt' ? { inDoubt: costMicros } : { settled: costMicros }),
  });
  return true;
}

function answer(sql: Sql, { callKey, n, reply, costMicros, chunk }: Answer): boolean {
  if (!endCreate(sql, { callKey, n }, 'settled', costMicros, null)) return false;
  appendChunk(sql, chunk);
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = reply.usage ?? NO_USAGE;
  sql.run(
    `UPDATE calls SET reply_json = ?, stand_in = ?, input_tokens = ?, cached_input_tokens = ?, output_tokens = ?, reasoning_tokens = ?,
       answered_at = ?, body = NULL WHERE call_key = ? AND reply_json IS NULL`,
    JSON.stringify(reply),
    reply.standIn,
    inputTokens,
    cachedInputTokens,
    outputTokens,
    reasoningTokens,
    Date.now(),
    callKey,
  );
  return true;
}

function reject(sql: Sql, { callKey, n, costMicros, failure }: Rejection): void {
  endCreate(sql, { callKey, n }, costMicros > 0 ? 'settled' : 'released', costMicros, failure);
}

function doubt(sql: Sql, { callKey, n }: CreateKey): void {
  const create = sql.get('SELECT reserved_micros FROM creates WHERE call_key = ? AND n = ?', callKey, n);
  if (create) endCreate(sql, { callKey, n }, 'in-doubt', Number(create['reserved_micros']), 'ModelCallInDoubt');
}

function openAccount(
  sql: Sql,
  account: { accountId: string; parentId: string | null; capMicros: number | null },
): void {
  sql.run(
    'INSERT INTO accounts (account_id, parent_id, cap_micros) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    account.accountId,
    account.parentId,
    account.capMicros,
  );
}

/** A cap only ever rises. */
function raiseCap(sql: Sql, { accountId, capMicros }: { accountId: string; capMicros: number }): void {
  sql.run(
    'UPDATE accounts SET cap_micros = ? WHERE account_id = ? AND cap_micros < ?',
    capMicros,
    accountId,
    capMicros,
  );
}

function appendChunk(sql: Sql, chunk: Chunk): void {
  sql.run(
    'INSERT INTO chunks (ref, previous, items_json) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    chunk.ref,
    chunk.previous,
    JSON.stringify(chunk.items),
  );
}

function openObjective(sql: Sql, objective: { objectiveId: string; title: string; startedAtMs: number }): void {
  sql.run(
    `INSERT INTO objectives (objective_id, title, status, started_at) VALUES (?, ?, 'running', ?) ON CONFLICT DO NOTHING`,
    objective.objectiveId,
    objective.title,
    objective.startedAtMs,
  );
}

function closeObjective(
  sql: Sql,
  end: { objectiveId: string; status: string; endedAtMs: number; resultJson: string },
): void {
  sql.run(
    'UPDATE objectives SET status = ?, ended_at = ?, result_json = ? WHERE objective_id = ?',
    end.status,
    end.endedAtMs,
    end.resultJson,
    end.objectiveId,
  );
}

export const COMMANDS = {
  intend,
  identify,
  answer,
  reject,
  doubt,
  openAccount,
  raiseCap,
  appendChunk,
  openObjective,
  closeObjective,
};
export type Commands = typeof COMMANDS;
