/** Everything that is written, one function per command; each runs inside the writer's transaction. */
import { type Amounts, minus, NOTHING } from '../../contracts/amounts.ts';
import type { Usage } from '../../contracts/model.ts';
import type { Answer, Booking, Intent, IntendOutcome, Rejection } from '../journal.ts';
import type { Account, Flag } from '../ledger.ts';
import type { Chunk } from '../transcripts.ts';
import { type Accounts, refusalOf } from './accounts.ts';
import { logAttempts } from './attempts.ts';
import { identifyBatch, markBatch, openBatch } from './batches.ts';
import { keepItems, keepShard } from './items.ts';
import { closeObjective, openObjective } from './objectives.ts';
import { amountsOf, NO_CONVERSATION, toCreate } from './rows.ts';
import type { Row, Sql } from './sql.ts';
import type { Transaction } from './transaction.ts';
import { acquireWorkspace, keepTurn, releaseWorkspace } from './workspaces.ts';

const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

type CreateKey = { callKey: string; n: number };

function intend(transaction: Transaction, intent: Intent): IntendOutcome {
  const { sql, accounts } = transaction;
  const { callKey, accountId, reserve } = intent;
  const call = sql.get(
    'SELECT reply_json IS NOT NULL AS is_answered, request_digest, transcript_head FROM calls WHERE call_key = ?',
    callKey,
  );
  if (call?.['is_answered']) return { status: 'answered' };
  if (call && !isSame(call, intent)) return { status: 'asked-otherwise' };
  const row = call && sql.get('SELECT * FROM creates WHERE call_key = ? ORDER BY n DESC LIMIT 1', callKey);
  const latest = row && toCreate(row);
  if (latest && (latest.state === 'sent' || latest.state === 'identified')) return { status: 'open', create: latest };

  const refusal = refusalOf(ownChain(transaction, intent), reserve);
  if (refusal) return { status: 'refused', refusal };
  const n = (latest?.n ?? 0) + 1;
  accounts.move(accountId, { kind: 'reserve', callKey, n, reserved: reserve });
  if (!call) {
    if (intent.unsaved) appendChunk(sql, intent.unsaved);
    insertCall(sql, intent);
  }
  sql.run(
    `INSERT INTO creates (call_key, n, owner_id, state, reserved_micros, reserved_tokens, reserved_calls, reserved_quota, created_at, batch_key)
     VALUES (?, ?, ?, 'sent', ?, ?, ?, ?, ?, ?)`,
    callKey,
    n,
    intent.ownerId,
    reserve.micros,
    reserve.tokens,
    reserve.calls,
    reserve.quota,
    Date.now(),
    intent.batchKey ?? null,
  );
  return { status: 'intended', n };
}

const isSame = (call: Row, { requestDigest, transcriptHead }: Intent): boolean =>
  call['request_digest'] === requestDigest && call['transcript_head'] === (transcriptHead ?? NO_CONVERSATION);

/** A subtask's account is opened with its first call, where no plan has given it an allowance. */
function ownChain({ accounts }: Transaction, { accountId, objectiveId }: Intent): Account[] {
  if (accountId !== objectiveId) accounts.open({ accountId, parentId: objectiveId, caps: {} });
  return accounts.chain(accountId);
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
    intent.transcriptHead ?? NO_CONVERSATION,
    intent.requestDigest,
    Date.now(),
    intent.body,
  );
}

function identify({ sql }: Transaction, { callKey, n, responseId }: CreateKey & { responseId: string }): void {
  sql.run(
    `UPDATE creates SET state = 'identified', response_id = ? WHERE call_key = ? AND n = ? AND state = 'sent'`,
    responseId,
    callKey,
    n,
  );
}

type EndState = 'settled' | 'released' | 'in-doubt';

interface CreateEnd extends CreateKey {
  state: EndState;
  /** The worst case that was reserved, where nobody knows better. */
  cost?: Amounts;
  failure: string | null;
  isUsageMissing?: boolean;
}

const NOT_BOOKED: Booking = { isBooked: false, over: null };

/** Ends a create: its reservation is given back and its cost booked. */
function endCreate(
  { sql, accounts }: Transaction,
  { callKey, n, state, failure, isUsageMissing = false, ...end }: CreateEnd,
): Booking {
  const create = sql.get(
    `SELECT reserved_micros, reserved_tokens, reserved_calls, reserved_quota, account_id
     FROM creates JOIN calls USING (call_key) WHERE call_key = ? AND n = ? AND state IN ('sent', 'identified')`,
    callKey,
    n,
  );
  if (!create) return NOT_BOOKED;
  const reserved = amountsOf(create, 'reserved');
  const { cost = reserved } = end;
  const isOverrun = cost.micros > reserved.micros || cost.tokens > reserved.tokens;
  const flag: Flag | null = isOverrun ? 'overrun' : isUsageMissing ? 'no-usage' : null;
  writeEnd(sql, { callKey, n, state, cost, failure, flag });
  const accountId = String(create['account_id']);
  accounts.move(accountId, {
    kind: ENTRY_OF[state],
    callKey,
    n,
    reserved: minus(NOTHING, reserved),
    ...(state === 'in-doubt' ? { inDoubt: cost } : { settled: cost }),
  });
  return { isBooked: true, over: isOverrun ? refusalOf(accounts.chain(accountId), NOTHING) : null };
}

/** Failure and flag stay as they are where nothing is said of them. */
function writeEnd(
  sql: Sql,
  end: CreateKey & { state: EndState; cost: Amounts; failure: string | null; flag: Flag | null },
): void {
  sql.run(
    `UPDATE creates SET state = ?, cost_micros = ?, cost_tokens = ?, cost_calls = ?, cost_quota = ?,
       failure = ifnull(?, failure), flag = ifnull(?, flag) WHERE call_key = ? AND n = ?`,
    end.state,
    end.cost.micros,
    end.cost.tokens,
    end.cost.calls,
    end.cost.quota,
    end.failure,
    end.flag,
    end.callKey,
    end.n,
  );
}

const ENTRY_OF = { settled: 'settle', released: 'release', 'in-doubt': 'doubt' } as const;

function answer(transaction: Transaction, { callKey, n, reply, cost, chunk }: Answer): Booking {
  const { sql } = transaction;
  const isUsageMissing = reply.usage === null;
  const booking = endCreate(transaction, { callKey, n, state: 'settled', cost, failure: null, isUsageMissing });
  if (!booking.isBooked) return booking;
  if (chunk) appendChunk(sql, chunk);
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
  return booking;
}

function reject(transaction: Transaction, { cost, ...rejection }: Rejection): Booking {
  return endCreate(transaction, { ...rejection, cost, state: cost.calls > 0 ? 'settled' : 'released' });
}

function doubt(transaction: Transaction, { callKey, n }: CreateKey): void {
  endCreate(transaction, { callKey, n, state: 'in-doubt', failure: 'ModelCallInDoubt' });
}

/** What was in doubt is known now. Only money can be: tokens and calls stay as they were taken. */
function resolve(
  { sql, accounts }: Transaction,
  { callKey, n, costMicros }: CreateKey & { costMicros: number },
): boolean {
  const create = sql.get(
    `SELECT creates.*, account_id FROM creates JOIN calls USING (call_key) WHERE call_key = ? AND n = ? AND state = 'in-doubt'`,
    callKey,
    n,
  );
  if (!create) return false;
  const inDoubt = amountsOf(create, 'cost');
  const settled = costMicros === 0 ? NOTHING : { ...inDoubt, micros: costMicros };
  const state = costMicros === 0 ? 'released' : 'settled';
  writeEnd(sql, { callKey, n, state, cost: settled, failure: null, flag: null });
  const accountId = String(create['account_id']);
  accounts.move(accountId, { kind: 'resolve', callKey, n, inDoubt: minus(NOTHING, inDoubt), settled });
  return true;
}

function appendChunk(sql: Sql, chunk: Chunk): void {
  sql.run(
    'INSERT INTO chunks (ref, previous, items_json) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    chunk.ref,
    chunk.previous,
    chunk.itemsJson,
  );
}

export const COMMANDS = {
  intend,
  identify,
  answer,
  reject,
  doubt,
  resolve,
  openAccount: ({ accounts }: Transaction, account: Parameters<Accounts['open']>[0]) => accounts.open(account),
  raiseCaps: ({ accounts }: Transaction, raise: Parameters<Accounts['raise']>[0]) => accounts.raise(raise),
  appendChunk: ({ sql }: Transaction, chunk: Chunk) => appendChunk(sql, chunk),
  openObjective,
  closeObjective,
  logAttempts,
  keepItems,
  keepShard,
  openBatch,
  identifyBatch,
  markBatch,
  acquireWorkspace,
  keepTurn,
  releaseWorkspace,
};
export type Commands = typeof COMMANDS;
