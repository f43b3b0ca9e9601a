import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { join } from 'node:path';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { NOTHING } from '../../src/contracts/amounts.ts';
import { answer, costing, intent } from '../support/journal.ts';

async function opened({ capMicros = null as number | null } = {}) {
  const store = openSqliteStore(join(temporaryFolder(), 'flotilla.db'));
  await store.ledger.openAccount({ accountId: 'objective', parentId: null, caps: { micros: capMicros } });
  const books = async () => {
    const account = await store.ledger.account('objective');
    return [account?.micros.settled, account?.micros.reserved, account?.micros.inDoubt];
  };
  return { ...store, books };
}

describe('a call', () => {
  test('is reserved with its intent and settled with its answer', async () => {
    const { journal, books } = await opened();
    const { callKey } = intent('a');
    expect(await journal.intend(intent('a'))).toEqual({ status: 'intended', n: 1 });
    expect(await books()).toEqual([0, 100, 0]);
    await journal.identify({ callKey, n: 1, responseId: 'resp_1' });
    await journal.answer(answer(callKey, 1, 'hello'));
    expect(await books()).toEqual([30, 0, 0]);
    expect(await journal.find(callKey)).toMatchObject({
      reply: { text: 'hello' },
      costMicros: 30,
      latest: { state: 'settled' },
    });
  });

  test('has one create open at a time, whoever asks', async () => {
    const { journal } = await opened();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => journal.intend(intent('a'))));
    expect(outcomes.filter(({ status }) => status === 'intended')).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 'open')).toHaveLength(19);
  });

  test('is answered once: a later answer changes neither text nor books', async () => {
    const { journal, books } = await opened();
    const { callKey } = intent('a');
    await journal.intend(intent('a'));
    await journal.answer(answer(callKey, 1, 'first'));
    await journal.answer(answer(callKey, 1, 'second', 999));
    expect((await journal.find(callKey))?.reply?.text).toBe('first');
    expect(await books()).toEqual([30, 0, 0]);
    expect(await journal.intend(intent('a'))).toEqual({ status: 'answered' });
  });

  test('that was turned away costs nothing, and may be made again with what was asked first', async () => {
    const { journal, books } = await opened();
    const { callKey } = intent('a');
    await journal.intend(intent('a'));
    await journal.reject({ callKey, n: 1, cost: NOTHING, failure: 'ModelRateLimited' });
    expect(await books()).toEqual([0, 0, 0]);
    expect(await journal.intend(intent('a', { requestDigest: 'other' }))).toEqual({ status: 'asked-otherwise' });
    expect(await journal.intend(intent('a'))).toEqual({ status: 'intended', n: 2 });
    expect((await journal.find(callKey))?.requestDigest).toBe('digest');
  });

  test('goes on with the conversation that it was made for, and no other', async () => {
    const { journal } = await opened();
    const { callKey } = intent('a');
    await journal.intend(intent('a', { transcriptHead: null }));
    await journal.reject({ callKey, n: 1, cost: NOTHING, failure: 'ModelRateLimited' });
    expect(await journal.intend(intent('a'))).toEqual({ status: 'asked-otherwise' });
    expect(await journal.intend(intent('a', { transcriptHead: null }))).toEqual({ status: 'intended', n: 2 });
    expect((await journal.find(callKey))?.transcriptHead).toBeNull();
  });

  test('in doubt counts at its worst case, also when it is made again', async () => {
    const { journal, books } = await opened();
    const { callKey } = intent('a');
    await journal.intend(intent('a'));
    await journal.doubt({ callKey, n: 1 });
    await journal.intend(intent('a'));
    expect(await books()).toEqual([0, 100, 100]);
    await journal.answer(answer(callKey, 2, 'at last'));
    expect(await books()).toEqual([30, 0, 100]);
    expect((await journal.find(callKey))?.costMicros).toBe(130);
  });
});

test('a command that fails takes nothing with it of those that are committed beside it', async () => {
  const { journal, ledger, books } = await opened({ capMicros: 1000 });
  const unknown = { objectiveId: 'nobody’s', accountId: 'nobody’s/b' };
  const settled = await Promise.allSettled([
    journal.intend(intent('a')),
    journal.intend(intent('b', unknown)),
    journal.intend(intent('c')),
    ledger.raiseCaps({ accountId: 'nobody’s', by: { micros: 1 }, key: 'a' }),
    ledger.raiseCaps({ accountId: 'objective', by: { micros: 1 }, key: 'b' }),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect(await books()).toEqual([0, 200, 0]);
  expect((await ledger.account('objective'))?.micros.cap).toBe(1001);
  expect(await ledger.account('nobody’s/b')).toBeNull();
  expect(verifyLedger(await ledger.extract('objective'))).toEqual([]);
});

describe('a cap', () => {
  test('refuses what does not fit, and says what holds the rest', async () => {
    const { journal } = await opened({ capMicros: 250 });
    await journal.intend(intent('a'));
    await journal.intend(intent('b'));
    expect(await journal.intend(intent('c'))).toEqual({
      status: 'refused',
      refusal: { accountId: 'objective', unit: 'micros', cap: 250, spent: 0, reserved: 200, asked: 100 },
    });
  });

  test('rises, and never falls', async () => {
    const { ledger } = await opened({ capMicros: 250 });
    const raise = async (micros: number, key: string) =>
      (await ledger.raiseCaps({ accountId: 'objective', by: { micros }, key })).micros.cap;
    expect(await raise(50, 'a')).toBe(300);
    expect(await raise(50, 'a')).toBe(300);
    expect(await raise(-200, 'b')).toBe(300);
    expect(await raise(50, 'c')).toBe(350);
  });

  test('of a parent binds its children', async () => {
    const { journal, ledger, books } = await opened({ capMicros: 150 });
    await ledger.openAccount({ accountId: 'child', parentId: 'objective', caps: { micros: 1000 } });
    expect(await journal.intend(intent('a', { accountId: 'child' }))).toMatchObject({ status: 'intended' });
    expect(await journal.intend(intent('b', { accountId: 'child' }))).toMatchObject({
      status: 'refused',
      refusal: { accountId: 'objective' },
    });
    expect(await books()).toEqual([0, 100, 0]);
  });

  test('holds at every step of any sequence, and nothing stays reserved when all calls have ended', async () => {
    const step = fc.record({
      subtask: fc.constantFrom('a', 'b', 'c', 'd'),
      act: fc.constantFrom('intend', 'intend', 'answer', 'reject', 'doubt'),
      micros: fc.integer({ min: 1, max: 120 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { journal, ledger, books, close } = await opened({ capMicros: 300 });
        const open = new Map<string, { n: number; reserved: number }>();
        for (const { subtask, act, micros } of steps) {
          const { callKey } = intent(subtask);
          const create = open.get(callKey);
          if (act === 'intend') {
            const outcome = await journal.intend(intent(subtask, { reserve: costing(micros) }));
            if (outcome.status === 'intended') open.set(callKey, { n: outcome.n, reserved: micros });
          } else if (create) {
            const { n, reserved } = create;
            if (act === 'answer') await journal.answer(answer(callKey, n, 'x', Math.min(micros, reserved)));
            if (act === 'reject') await journal.reject({ callKey, n, cost: NOTHING, failure: 'ModelUnavailable' });
            if (act === 'doubt') await journal.doubt({ callKey, n });
            open.delete(callKey);
          }
          const [settled = 0, reserved = 0, inDoubt = 0] = await books();
          expect(settled + reserved + inDoubt).toBeLessThanOrEqual(300);
          expect(reserved).toBe([...open.values()].reduce((sum, each) => sum + each.reserved, 0));
        }
        const lines = await ledger.spend('objective');
        const [settled, , inDoubt] = await books();
        expect(lines.reduce((sum, line) => sum + line.settledMicros, 0)).toBe(settled);
        expect(lines.reduce((sum, line) => sum + line.inDoubtMicros, 0)).toBe(inDoubt);
        await close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('a transcript', () => {
  test('is a chain: appending the same to the same gives the same', async () => {
    const { transcripts } = await opened();
    const first = await transcripts.append(null, [{ role: 'user', content: 'a' }]);
    const second = await transcripts.append(first, [{ role: 'user', content: 'b' }]);
    expect(await transcripts.append(first, [{ role: 'user', content: 'b' }])).toBe(second);
    const other = await transcripts.append(first, [{ role: 'user', content: 'c' }]);
    expect(await transcripts.load(second)).toEqual([
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ]);
    expect((await transcripts.load(other)).at(-1)).toEqual({ role: 'user', content: 'c' });
  });

  test('of five thousand turns is read whole', async () => {
    const { transcripts } = await opened();
    let head: string | null = null;
    for (let turn = 0; turn < 5000; turn += 1)
      head = await transcripts.append(head, [{ role: 'user', content: `turn ${turn}` }]);
    expect(await transcripts.load(head ?? '')).toHaveLength(5000);
  });

  test('with a link that is missing is a failure, not a shorter conversation', async () => {
    const { transcripts } = await opened();
    await expect(transcripts.load('sha256:nothing')).rejects.toMatchObject({ type: 'StoreCorrupt' });
  });
});
