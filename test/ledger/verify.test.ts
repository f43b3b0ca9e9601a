/** The proof finds whatever is changed behind the ledger's back. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { answer, costing, intent } from '../support/journal.ts';

async function booked() {
  const path = join(temporaryFolder(), 'flotilla.db');
  const { journal, ledger } = openSqliteStore(path);
  await ledger.openAccount({ accountId: 'objective', parentId: null, caps: { micros: 1000 } });
  const call = (subtaskId: string) => intent(subtaskId, { accountId: `objective/${subtaskId}`, reserve: costing(100) });
  for (const subtaskId of ['a', 'b', 'c']) await journal.intend(call(subtaskId));
  await journal.answer(answer(call('a').callKey, 1, 'x', 30));
  await journal.doubt({ callKey: call('b').callKey, n: 1 });
  await ledger.raiseCaps({ accountId: 'objective', by: { micros: 500 }, key: 'a' });
  const tamper = (sql: string): void => new DatabaseSync(path).exec(sql);
  return { tamper, problems: async () => verifyLedger(await ledger.extract('objective')) };
}

describe('the proof of the books', () => {
  test('finds nothing where nothing is wrong', async () => {
    const { problems } = await booked();
    expect(await problems()).toEqual([]);
  });

  test.each([
    ['an account', `UPDATE accounts SET settled_micros = settled_micros + 1 WHERE account_id = 'objective'`],
    [
      'tokens of an account',
      `UPDATE accounts SET settled_tokens = settled_tokens + 1 WHERE account_id = 'objective/a'`,
    ],
    ['what is in doubt', `UPDATE accounts SET in_doubt_micros = 0 WHERE account_id = 'objective/b'`],
    ['the cost of a call', `UPDATE creates SET cost_micros = cost_micros - 1 WHERE state = 'settled'`],
    ['the end of a call', `UPDATE creates SET state = 'released' WHERE state = 'sent'`],
    ['an entry', `UPDATE entries SET settled_micros = settled_micros + 1 WHERE kind = 'settle'`],
    ['a balance', `UPDATE entries SET balance_micros = balance_micros + 1 WHERE kind = 'doubt'`],
    ['an entry that is gone', `DELETE FROM entries WHERE kind = 'settle'`],
    ['a call that is gone', `DELETE FROM creates WHERE state = 'in-doubt'`],
    [
      'a cap that was lower when it was passed',
      `UPDATE entries SET cap_micros = 150 WHERE kind = 'open' AND account_id = 'objective'`,
    ],
  ])('finds %s that was changed', async (_, sql) => {
    const { tamper, problems } = await booked();
    tamper(sql);
    expect(await problems()).not.toEqual([]);
  });
});
