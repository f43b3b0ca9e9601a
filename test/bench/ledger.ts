/** What the ledger costs a call: the caps of three levels checked, the reservation taken and settled, two entries written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTHING, minus } from '../../src/contracts/amounts.ts';
import { refusalOf } from '../../src/store/sqlite/accounts.ts';
import { Sql } from '../../src/store/sqlite/sql.ts';
import { booking } from '../../src/store/sqlite/transaction.ts';
import { costing } from '../support/journal.ts';
import type { Measurement } from './harness.ts';

const CALLS = 20_000;
/** As many as a busy worker commits together. */
const PER_COMMIT = 50;
const GOAL_MS = 0.2;

export async function measureLedger(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-ledger-'));
  const sql = Sql.open(join(folder, 'flotilla.db'));
  const caps = { micros: 1e12, tokens: 1e12, calls: 1e12, quota: 1e12 };
  booking(sql, ({ accounts }) => {
    accounts.open({ accountId: 'schedule:nightly', parentId: null, caps });
    accounts.open({ accountId: 'objective', parentId: 'schedule:nightly', caps });
    accounts.open({ accountId: 'objective/a', parentId: 'objective', caps });
  });
  const [reserved, cost] = [costing(100), costing(30)];
  const before = process.cpuUsage();
  for (let done = 0; done < CALLS; done += PER_COMMIT) {
    sql.run('BEGIN IMMEDIATE');
    booking(sql, ({ accounts }) => {
      for (let index = 0; index < PER_COMMIT; index += 1) {
        const call = { callKey: `objective/a/1/${done + index}/turn`, n: 1 };
        if (refusalOf(accounts.chain('objective/a'), reserved)) throw new Error('The cap is passed.');
        accounts.move('objective/a', { kind: 'reserve', ...call, reserved });
        accounts.move('objective/a', { kind: 'settle', ...call, reserved: minus(NOTHING, reserved), settled: cost });
      }
    });
    sql.run('COMMIT');
  }
  const { user, system } = process.cpuUsage(before);
  sql.close();
  rmSync(folder, { recursive: true, force: true });
  const ms = (user + system) / 1000 / CALLS;
  return [
    {
      name: 'CPU of the ledger a call',
      value: `${ms.toFixed(3)} ms`,
      goal: `< ${GOAL_MS} ms`,
      isMet: ms < GOAL_MS,
      note: `three levels, four units, ${PER_COMMIT} calls a commit, commits included`,
    },
  ];
}
