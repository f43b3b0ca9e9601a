/** Rows as records: the one place where SQLite's values become our types. */
import type { Tier } from '../../contracts/addresses.ts';
import { type Amounts, eachUnit, type Unit } from '../../contracts/amounts.ts';
import type { Meter } from '../../contracts/budget.ts';
import type { ModelReply, RequestHead } from '../../contracts/model.ts';
import type { CallRecord } from '../journal.ts';
import type { Account, CreateRecord, CreateState, Entry, Flag, LedgerCreate, SubtaskSpend } from '../ledger.ts';
import type { ObjectiveRow } from '../objectives.ts';
import type { Row } from './sql.ts';

/** In place of a head, which is never empty. */
export const NO_CONVERSATION = '';

const text = (value: Row[string] | undefined): string | null => (value == null ? null : String(value));

/** What a create has reserved, or cost, in every unit. */
export const amountsOf = (row: Row, part: 'reserved' | 'cost'): Amounts =>
  eachUnit((unit) => Number(row[`${part}_${unit}`]));

const meterOf = (row: Row, unit: Unit): Meter => {
  const cap = row[`cap_${unit}`];
  return {
    cap: cap == null ? null : Number(cap),
    settled: Number(row[`settled_${unit}`]),
    reserved: Number(row[`reserved_${unit}`]),
    inDoubt: Number(row[`in_doubt_${unit}`]),
  };
};

export const toAccount = (row: Row): Account => ({
  accountId: String(row['account_id']),
  parentId: row['parent_id'] === null ? null : String(row['parent_id']),
  ...eachUnit((unit) => meterOf(row, unit)),
});

export const toCreate = (row: Row): CreateRecord => ({
  n: Number(row['n']),
  ownerId: String(row['owner_id']),
  state: String(row['state']) as CreateState,
  responseId: text(row['response_id']),
  batchKey: text(row['batch_key']),
  reserved: amountsOf(row, 'reserved'),
});

/** Null where no conversation is kept. */
export const transcriptHeadOf = (row: Row): string | null =>
  row['transcript_head'] === NO_CONVERSATION ? null : String(row['transcript_head']);

export const toCall = (row: Row, costMicros: number, latest: CreateRecord | null): CallRecord => ({
  callKey: String(row['call_key']),
  head: JSON.parse(String(row['head_json'])) as RequestHead,
  transcriptHead: transcriptHeadOf(row),
  requestDigest: String(row['request_digest']),
  body: text(row['body']),
  reply: row['reply_json'] === null ? null : (JSON.parse(String(row['reply_json'])) as ModelReply),
  costMicros,
  latest,
});

export const toObjective = (row: Row): ObjectiveRow => ({
  objectiveId: String(row['objective_id']),
  title: String(row['title']),
  status: String(row['status']),
  startedAtMs: Number(row['started_at']),
  endedAtMs: row['ended_at'] === null ? null : Number(row['ended_at']),
  resultJson: text(row['result_json']),
});

export const toSpend = (row: Row): SubtaskSpend => ({
  subtaskId: String(row['subtask_id']),
  tier: String(row['tier']) as Tier,
  model: String(row['model']),
  calls: Number(row['calls']),
  inFlight: Number(row['in_flight']),
  turns: Number(row['turns']),
  inputTokens: Number(row['input_tokens']),
  cachedInputTokens: Number(row['cached_input_tokens']),
  outputTokens: Number(row['output_tokens']),
  reasoningTokens: Number(row['reasoning_tokens']),
  settledMicros: Number(row['settled_micros']),
  reservedMicros: Number(row['reserved_micros']),
  inDoubtMicros: Number(row['in_doubt_micros']),
  standInCalls: Number(row['stand_in_calls']),
});

export const toLedgerCreate = (row: Row): LedgerCreate => ({
  callKey: String(row['call_key']),
  n: Number(row['n']),
  accountId: String(row['account_id']),
  subtaskId: String(row['subtask_id']),
  tier: String(row['tier']) as Tier,
  model: String(row['model']),
  state: String(row['state']) as CreateState,
  reserved: amountsOf(row, 'reserved'),
  cost: amountsOf(row, 'cost'),
  failure: text(row['failure']),
  flag: text(row['flag']) as Flag | null,
});

export const toEntry = (row: Row): Entry => ({
  seq: Number(row['seq']),
  accountId: String(row['account_id']),
  atMs: Number(row['at']),
  kind: String(row['kind']) as Entry['kind'],
  callKey: text(row['call_key']),
  n: row['n'] === null ? null : Number(row['n']),
  reservedMicros: Number(row['reserved_micros']),
  settledMicros: Number(row['settled_micros']),
  inDoubtMicros: Number(row['in_doubt_micros']),
  balanceMicros: Number(row['balance_micros']),
  capMicros: row['cap_micros'] === null ? null : Number(row['cap_micros']),
});
