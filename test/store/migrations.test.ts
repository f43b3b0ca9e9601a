/** A store that an earlier version has written is read by this one. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { MIGRATIONS } from '../../src/store/sqlite/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/folders.ts';

/** Items in a table without row ids. */
const BEFORE_ITEM_ROWS = 7;

test('items that were kept one by one are found, and go on to be replaced', async () => {
  const folder = join(temporaryFolder(), 'store');
  mkdirSync(folder);
  const keys = Array.from({ length: 500 }, (_, n) => Buffer.from(String(n * 7919).padStart(16, '0')));
  const old = new DatabaseSync(join(folder, 'flotilla.db'));
  for (const step of MIGRATIONS.slice(0, BEFORE_ITEM_ROWS)) old.exec(step);
  const insert = old.prepare('INSERT INTO items (item_key, result_json) VALUES (?, ?)');
  for (const [n, key] of keys.entries()) insert.run(key, JSON.stringify({ n }));
  old.exec(`PRAGMA user_version = ${BEFORE_ITEM_ROWS}`);
  old.close();

  const store = openStore(folder);
  const expected = keys.map((_, n) => JSON.stringify({ n }));
  expect(await store.items.known(keys)).toEqual(expected);
  const [first = Buffer.alloc(16)] = keys;
  await store.items.keep([{ key: first, resultJson: '"anew"' }]);
  expect(await store.items.known(keys)).toEqual(['"anew"', ...expected.slice(1)]);
  await store.close();
});
