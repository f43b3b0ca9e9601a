/** Items and shards of maps in SQL. */
import type { MapCounts } from '../../contracts/map-run.ts';
import type { DoneShard, Items, KnownItem, MapAddress } from '../items.ts';
import type { Reader } from './reader.ts';
import type { Row } from './sql.ts';
import type { Transaction } from './transaction.ts';
import type { Writer } from './writer.ts';

export function keepItems({ sql }: Transaction, items: KnownItem[]): void {
  for (const { key, resultJson } of items)
    sql.run(
      'INSERT INTO items (item_key, result_json) VALUES (?, ?) ON CONFLICT DO UPDATE SET result_json = excluded.result_json',
      key,
      resultJson,
    );
}

export function keepShard(
  { sql }: Transaction,
  { objectiveId, subtaskId, attempt, phase, ...done }: MapAddress & DoneShard,
): void {
  sql.run(
    `INSERT INTO shards (objective_id, subtask_id, attempt, phase, shard, results_ref, counts_json)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    objectiveId,
    subtaskId,
    attempt,
    phase,
    done.shard,
    done.resultsRef,
    JSON.stringify(done.counts),
  );
}

const OF_MAP = 'FROM shards WHERE objective_id = ? AND subtask_id = ? AND attempt = ? AND phase = ?';

export function itemsOn(read: Reader, writer: Writer): Items {
  return {
    known: async (keys) =>
      read.atOnce(() =>
        keys.map((key) => {
          const row = read.get('SELECT result_json FROM items WHERE item_key = ?', key);
          return row ? String(row['result_json']) : null;
        }),
      ),
    keep: (items) => writer.run('keepItems', items),
    keepShard: (shard) => writer.run('keepShard', shard),
    async shard({ objectiveId, subtaskId, attempt, phase }, shard) {
      const row = read.get(`SELECT * ${OF_MAP} AND shard = ?`, objectiveId, subtaskId, attempt, phase, shard);
      return row ? toShard(row) : null;
    },
    shards: async ({ objectiveId, subtaskId, attempt, phase }) =>
      read.all(`SELECT * ${OF_MAP} ORDER BY shard`, objectiveId, subtaskId, attempt, phase).map(toShard),
  };
}

const toShard = (row: Row): DoneShard => ({
  shard: Number(row['shard']),
  resultsRef: String(row['results_ref']),
  counts: JSON.parse(String(row['counts_json'])) as MapCounts,
});
