import { stripVTControlCharacters } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { scheduleAccountId } from '../../src/contracts/addresses.ts';
import { ledgerLines, toLedgerJson } from '../../src/cli/ledger-view.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { costing, intent } from '../support/journal.ts';

const store = openStore(temporaryFolder('flotilla-store'));
afterAll(() => store.close());

test('the books of an objective are shown with what they are a part of', async () => {
  const { ledger, journal } = store;
  const nightly = scheduleAccountId('nightly');
  await ledger.openAccount({ accountId: nightly, parentId: null, caps: { micros: 2_000_000 } });
  await ledger.openAccount({ accountId: 'objective', parentId: nightly, caps: { micros: 1_000_000 } });
  await journal.intend(intent('a', { accountId: 'objective/a', reserve: costing(150_000) }));
  const extract = await ledger.extract('objective');

  const [first = '', second = '', third = ''] = ledgerLines(new Terminal(), 'objective', extract).map(({ source }) =>
    stripVTControlCharacters(source),
  );
  expect(first).toMatch(new RegExp(`^${nightly} +\\$0 of \\$2\\.00 +\\$0\\.15 reserved`));
  expect(second).toMatch(/^ {2}objective +\$0 of \$1\.00 +\$0\.15 reserved/);
  expect(third).toMatch(/^ {4}a +\$0 +\$0\.15 reserved/);
  expect(toLedgerJson('objective', extract, null).accounts.map(({ accountId }) => accountId)).toEqual([
    ...[nightly, 'objective', 'objective/a'],
  ]);
});
