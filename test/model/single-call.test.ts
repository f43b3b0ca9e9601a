/** A call that nobody goes on from: its answer is kept, its conversation is not. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { databaseFile } from '../../src/store/store.ts';
import { conversation, modelSetup } from '../support/model.ts';
import { says } from '../support/says.ts';

const KEY = 'objective/a/1/1/turn';

function chunksIn(folder: string): unknown {
  const database = new DatabaseSync(databaseFile(folder), { readOnly: true });
  try {
    return database.prepare('SELECT count(*) AS chunks FROM chunks').get()?.['chunks'];
  } finally {
    database.close();
  }
}

describe.each([
  ['foreground', false],
  ['background', true],
])('a single call in the %s', (_, background) => {
  test('is made once, found in the journal ever after, and keeps its answer alone', async () => {
    const { askSingle, singleCall, standIn, store, books, folder } = await modelSetup({ script: () => says('hello') });
    const first = await askSingle(singleCall('hi', { background }));
    const second = await askSingle(singleCall('hi, again', { background }));
    expect([first.reply.text, second]).toEqual(['hello', first]);
    expect(standIn.log.creates).toHaveLength(1);
    expect(await books()).toMatchObject({ reserved: 0, inDoubt: 0, settled: first.costMicros });
    const record = await store.journal.find(KEY);
    expect(record).toMatchObject({ reply: first.reply, transcriptHead: null, body: null });
    expect(chunksIn(folder)).toBe(0);
  });

  test('sends the question that was written down first, whatever a later attempt would ask', async () => {
    const asked: unknown[] = [];
    const script = ({ request, before }: Incoming): Reaction => {
      asked.push(request.input);
      return before === 0 ? { kind: 'error', status: 500, code: 'server_error' } : says('hello');
    };
    const { askSingle, singleCall, store } = await modelSetup({ script });
    await expect(askSingle(singleCall('first', { background }))).rejects.toMatchObject({ type: 'ModelUnavailable' });
    expect((await store.journal.find(KEY))?.body).toContain('first');
    expect((await askSingle(singleCall('second', { background }))).reply.text).toBe('hello');
    expect(asked).toEqual([conversation('first'), conversation('first')]);
  });
});

describe('what was asked as a single call', () => {
  test('has no conversation that could go on, and is not paid again to have one', async () => {
    const { ask, paidCall, askSingle, singleCall, standIn } = await modelSetup({ script: () => says('hello') });
    await askSingle(singleCall('hi'));
    await expect(ask(paidCall('hi'))).rejects.toMatchObject({
      type: 'Unexpected',
      message: expect.stringContaining(KEY),
    });
    expect(standIn.log.creates).toHaveLength(1);
  });

  test('may have been asked in a conversation before: its answer is found', async () => {
    const { ask, paidCall, askSingle, singleCall, standIn } = await modelSetup({ script: () => says('hello') });
    const { reply, costMicros } = await ask(paidCall('hi'));
    expect(await askSingle(singleCall('hi'))).toMatchObject({ reply, costMicros });
    expect(standIn.log.creates).toHaveLength(1);
  });

  test('with less money than its longest answer is asked for with a shorter one', async () => {
    const { askSingle, singleCall, store } = await modelSetup({ script: () => says('hello'), capMicros: 40_000 });
    await askSingle(singleCall('hi', { maxOutputTokens: 10_000 }));
    expect((await store.journal.find(KEY))?.head.maxOutputTokens).toBeLessThan(10_000);
  });
});
