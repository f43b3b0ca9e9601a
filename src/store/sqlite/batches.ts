/** Batches in SQL. */
import type { BatchedCall, Batches, BatchRecord } from '../batches.ts';
import type { Reader } from './reader.ts';
import { amountsOf, transcriptHeadOf } from './rows.ts';
import type { Row } from './sql.ts';
import type { Transaction } from './transaction.ts';
import type { Writer } from './writer.ts';

const BY_KEY = 'SELECT * FROM batches WHERE batch_key = ?';

export function openBatch({ sql }: Transaction, { batchKey, provider, ownerId, from }: Parameters<Batches['open']>[0]) {
  sql.run(
    `INSERT INTO batches (batch_key, provider, owner_id, state, started_at) VALUES (?, ?, ?, 'filling', ?) ON CONFLICT DO NOTHING`,
    batchKey,
    provider,
    ownerId,
    Date.now(),
  );
  sql.run(
    `UPDATE batches SET owner_id = ?, state = CASE state WHEN 'sent' THEN 'sent' ELSE 'filling' END
     WHERE batch_key = ? AND owner_id = ? AND batch_id IS NULL`,
    ownerId,
    batchKey,
    from ?? ownerId,
  );
  return toBatch(sql.get(BY_KEY, batchKey) as Row);
}

export function identifyBatch(
  { sql }: Transaction,
  { batchKey, batchId }: { batchKey: string; batchId: string },
): void {
  sql.run('UPDATE batches SET batch_id = ? WHERE batch_key = ? AND batch_id IS NULL', batchId, batchKey);
}

export function markBatch({ sql }: Transaction, { batchKey, state }: Pick<BatchRecord, 'batchKey' | 'state'>): void {
  sql.run('UPDATE batches SET state = ? WHERE batch_key = ?', state, batchKey);
}

const OPEN = `FROM creates JOIN calls USING (call_key) WHERE batch_key = ? AND state = 'sent'`;

export function batchesOn(read: Reader, writer: Writer): Batches {
  return {
    async find(batchKey) {
      const row = read.get(BY_KEY, batchKey);
      return row ? toBatch(row) : null;
    },
    open: (batch) => writer.run('openBatch', batch),
    identify: (batch) => writer.run('identifyBatch', batch),
    mark: (batch) => writer.run('markBatch', batch),
    calls: async (batchKey) =>
      read
        .all(
          `SELECT creates.*, calls.model, calls.transcript_head,
             json_extract(calls.head_json, '$.maxOutputTokens') AS max_output_tokens ${OPEN}`,
          batchKey,
        )
        .map(toBatchedCall),
    bodies: async (batchKey) =>
      read.all(`SELECT call_key, calls.model, calls.body ${OPEN}`, batchKey).map((row) => ({
        callKey: String(row['call_key']),
        model: String(row['model']),
        body: String(row['body']),
      })),
  };
}

const toBatch = (row: Row): BatchRecord => ({
  batchKey: String(row['batch_key']),
  provider: String(row['provider']),
  ownerId: String(row['owner_id']),
  batchId: row['batch_id'] === null ? null : String(row['batch_id']),
  state: String(row['state']) as BatchRecord['state'],
  startedAtMs: Number(row['started_at']),
});

const toBatchedCall = (row: Row): BatchedCall => ({
  callKey: String(row['call_key']),
  n: Number(row['n']),
  model: String(row['model']),
  maxOutputTokens: Number(row['max_output_tokens']),
  transcriptHead: transcriptHeadOf(row),
  reserved: amountsOf(row, 'reserved'),
});
