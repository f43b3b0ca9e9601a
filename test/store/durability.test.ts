/** What was acknowledged is there after SIGKILL: the promise that everything else stands on. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';

const WRITER = fileURLToPath(new URL('../support/journal-writer.ts', import.meta.url));

/** Writes calls from several processes at once, kills all of them, and returns what they were told is on disk. */
async function acknowledgedUntilKilled(file: string, afterLines: number): Promise<string[]> {
  const acknowledged: string[] = [];
  const writers = ['w1', 'w2', 'w3'].map((name) =>
    spawn(process.execPath, [WRITER, file, name], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  await Promise.all(
    writers.map(async (writer) => {
      for await (const line of createInterface({ input: writer.stdout })) {
        acknowledged.push(line);
        if (acknowledged.length === afterLines) for (const each of writers) each.kill('SIGKILL');
      }
    }),
  );
  return acknowledged;
}

test('calls that three processes were told are journaled survive their being killed, each once, and the books agree', async () => {
  const file = join(temporaryFolder(), 'flotilla.db');
  const before = openSqliteStore(file);
  await before.ledger.openAccount({ accountId: 'objective', parentId: null, caps: { micros: null } });
  await before.close();
  const acknowledged = await acknowledgedUntilKilled(file, 600);

  const { journal, ledger, close } = openSqliteStore(file);
  for (const line of acknowledged) {
    const [callKey = '', text] = line.split(' ');
    expect((await journal.find(callKey))?.reply?.text).toBe(text);
  }
  const account = await ledger.account('objective');
  const [spend] = await ledger.spend('objective');
  expect(acknowledged.length).toBeGreaterThanOrEqual(600);
  expect(account?.micros.settled).toBe(spend?.settledMicros);
  expect(account?.micros.reserved).toBe(spend?.reservedMicros);
  await close();
});
