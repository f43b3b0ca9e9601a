/** Calls that wait for a batch: in the journal under their own keys, at half the price, once. */
import { describe, expect, test } from '@jest/globals';
import { subtaskAccountId } from '../../src/contracts/addresses.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { BATCH_KEY, HOUR_MS } from '../support/batches.ts';
import { batchSetup } from '../support/batch-setup.ts';
import { callerOf } from '../support/caller.ts';
import { head } from '../support/journal.ts';
import { relayTo } from '../support/relay.ts';
import { says } from '../support/says.ts';

const SECOND = 'objective/a/1/items/batch-2';
const hello = ({ callKey }: Incoming): Reaction => says(`hello ${callKey.split('/')[3]}`);

describe('the calls of a batch', () => {
  test('are answered by it and paid at half the price; whoever asks for one finds the answer', async () => {
    const { submit, collect, collectAfter, askLive, calls, atProvider, standIn, looseEnds } = await batchSetup({
      script: hello,
    });
    expect(await submit(calls(30))).toEqual({ calls: 30, groups: 1 });
    expect(await collect()).toMatchObject({ status: 'working', says: 'validating' });
    expect(await collectAfter()).toMatchObject({ status: 'ended', counts: { completed: 30 }, rejected: null });
    expect(await atProvider()).toMatchObject([{ request_counts: { total: 30 } }]);
    const inBatch = await askLive(7);
    expect(inBatch.reply).toMatchObject({ text: 'hello 7', serviceTier: 'batch' });
    expect(standIn.log.creates).toHaveLength(30);
    const live = await askLive(99);
    expect(inBatch.reply.usage).toEqual(live.reply.usage);
    expect(inBatch.costMicros).toBe(Math.ceil(live.costMicros / 2));
    expect(await looseEnds()).toEqual([]);
  });

  test('are reserved for at the price of the batch while it works', async () => {
    const { submit, collectAfter, calls, books, creates, looseEnds } = await batchSetup();
    await submit(calls(2));
    const batched = await creates();
    const worst = batched.map(({ reserved }) => reserved.micros);
    expect((await books()).reserved).toBe(worst.reduce((sum, micros) => sum + micros, 0));
    // 1,000 tokens of answer at 1.25 µ$ each, and some hundred bytes of question at 0.20.
    for (const micros of worst) expect([micros > 625, micros < 750]).toEqual([true, true]);
    await collectAfter();
    expect(await looseEnds()).toEqual([]);
  });

  test('are those that nobody has made: what was answered, failed live or waits in another batch is left out', async () => {
    const fails: Reaction = { kind: 'error', status: 400, code: 'invalid_prompt' };
    const { submit, collectAfter, askLive, calls, atProvider, looseEnds } = await batchSetup({
      script: ({ callKey }) => (callKey.includes('/1/map') ? fails : null),
    });
    await askLive(0);
    await expect(askLive(1)).rejects.toMatchObject({ type: 'ModelRequestRejected' });
    expect(await submit(calls(4))).toEqual({ calls: 2, groups: 1 });
    expect(await submit(calls(6), { key: SECOND })).toEqual({ calls: 2, groups: 1 });
    await collectAfter();
    await collectAfter(0, SECOND);
    expect(await atProvider()).toMatchObject([{ request_counts: { total: 2 } }, { request_counts: { total: 2 } }]);
    expect(await looseEnds()).toEqual([]);
  });

  test('that are all known make no batch', async () => {
    const { submit, askLive, calls, atProvider } = await batchSetup();
    await askLive(0);
    expect(await submit(calls(1))).toEqual({ calls: 0, groups: 1 });
    expect(await atProvider()).toEqual([]);
  });

  test('are sent in the foreground, whatever their tier does live', async () => {
    const { submit, collectAfter, calls } = await batchSetup();
    await submit(calls(1, { head: head({ model: 'gpt-5.4-nano', background: true }) }));
    expect(await collectAfter()).toMatchObject({ counts: { completed: 1, failed: 0 } });
  });

  test('are as many as a batch takes; the rest goes into the next one', async () => {
    const { submit, collectAfter, calls, looseEnds } = await batchSetup();
    expect(await submit(calls(30), { mostCalls: 12 }, 5)).toEqual({ calls: 12, groups: 2 });
    expect(await submit(calls(30).slice(10), { key: SECOND }, 5)).toEqual({ calls: 18, groups: 4 });
    await collectAfter();
    await collectAfter(0, SECOND);
    expect(await looseEnds()).toEqual([]);
  });

  test('are one batch, however often it is submitted', async () => {
    const { submit, collectAfter, calls, atProvider, looseEnds } = await batchSetup();
    const [first, joined] = await Promise.all([submit(calls(3)), submit(calls(3))]);
    expect(joined).toEqual(first);
    expect(await submit(calls(5), {}, 1)).toEqual({ calls: 3, groups: 3 });
    expect(await atProvider()).toHaveLength(1);
    await collectAfter();
    expect(await looseEnds()).toEqual([]);
  });

  test('are not made by anybody else while it works', async () => {
    const { submit, askLive, calls, standIn, collectAfter } = await batchSetup();
    await submit(calls(1));
    await expect(askLive(0)).rejects.toMatchObject({
      type: 'ModelUnavailable',
      message: expect.stringContaining(`is part of the batch ${BATCH_KEY}`) as unknown,
    });
    expect(standIn.log.creates).toEqual([]);
    await collectAfter();
    await expect(askLive(0)).resolves.toMatchObject({ reply: { serviceTier: 'batch' } });
  });

  test('need a provider that has batches', async () => {
    const { submit, calls, creates } = await batchSetup();
    await expect(submit(calls(1), { provider: 'anthropic' })).rejects.toMatchObject({
      type: 'ModelRequestRejected',
      message: expect.stringContaining('"anthropic" has no batches') as unknown,
    });
    expect(await creates()).toEqual([]);
  });
});

describe('what a batch leaves', () => {
  const REACTIONS: Record<number, Reaction> = {
    1: { kind: 'error', status: 500, code: 'server_error' },
    2: { kind: 'refusal' },
    3: { kind: 'cut', at: 'body' },
  };

  test('is made live: failures cost what they cost, and what may have run is in doubt', async () => {
    const { submit, collectAfter, calls, creates, askLive, looseEnds } = await batchSetup({
      script: (call) => (call.before === 0 ? (REACTIONS[Number(call.callKey.split('/')[3])] ?? null) : hello(call)),
    });
    await submit(calls(4));
    expect(await collectAfter()).toMatchObject({ counts: { completed: 2, failed: 2 } });
    expect((await creates()).map(({ state, failure }) => [state, failure])).toEqual([
      ['settled', null],
      ['released', 'ModelUnavailable'],
      ['settled', 'ModelRefused'],
      ['in-doubt', 'ModelCallInDoubt'],
    ]);
    // Nothing of it goes into another batch.
    expect(await submit(calls(4), { key: SECOND })).toEqual({ calls: 0, groups: 1 });
    for (const turn of [1, 2, 3]) expect((await askLive(turn)).reply.text).toBe(`hello ${turn}`);
    expect(await looseEnds()).toEqual([expect.stringMatching(/\/2\/.*twice$/), expect.stringMatching(/\/3\/.*twice$/)]);
  });

  test('when it expires: what was done counts, the rest was never paid', async () => {
    const { submit, collectAfter, calls, askLive, creates, looseEnds } = await batchSetup({
      batches: { takesMs: 48 * HOUR_MS },
    });
    await submit(calls(4));
    expect(await collectAfter(25 * HOUR_MS)).toMatchObject({ status: 'ended', says: 'expired' });
    expect((await creates()).map(({ state }) => state)).toEqual(['settled', 'released', 'released', 'released']);
    for (let turn = 0; turn < 4; turn += 1) await askLive(turn);
    expect(await looseEnds()).toEqual([]);
  });

  test('when the provider forgets it is in doubt', async () => {
    const { submit, collect, calls, creates, standIn, store } = await batchSetup();
    await submit(calls(2));
    const forgetful = await relayTo(standIn.baseUrl, (method) => (method === 'GET' ? 'gone' : null));
    await expect(callerOf(store, forgetful).batches.collect(BATCH_KEY, AbortSignal.timeout(60_000))).resolves.toEqual(
      expect.objectContaining({ status: 'ended' }),
    );
    expect((await creates()).map(({ state }) => state)).toEqual(['in-doubt', 'in-doubt']);
    await expect(collect()).resolves.toMatchObject({ status: 'working' });
  });

  test('is booked once, however often it is asked for, and goes on where it broke off', async () => {
    const setup = await batchSetup();
    const { submit, collect, collectAfter, calls, creates, standIn, store, looseEnds } = setup;
    await submit(calls(40));
    let isCut = false;
    const relayed = await relayTo(standIn.baseUrl, (_, path) => {
      const mishap = path.endsWith('/content') && !isCut ? 'deaf' : null;
      isCut ||= mishap !== null;
      return mishap;
    });
    const other = callerOf(store, relayed);
    standIn.clock.advance(2 * HOUR_MS);
    await expect(other.batches.collect(BATCH_KEY, AbortSignal.timeout(60_000))).rejects.toMatchObject({
      type: 'ModelUnavailable',
    });
    expect((await creates()).filter(({ state }) => state !== 'sent')).toEqual([]);
    await Promise.all([collect(), collect(), other.batches.collect(BATCH_KEY, AbortSignal.timeout(60_000))]);
    const booked = await creates();
    expect(booked.filter(({ state }) => state === 'settled')).toHaveLength(40);
    await collectAfter(0);
    expect(await creates()).toEqual(booked);
    expect(await looseEnds()).toEqual([]);
  });
});

describe('a batch that is turned away as a whole', () => {
  test('gives its money back, and its calls wait for another batch', async () => {
    const { submit, collectAfter, calls, creates, books, looseEnds } = await batchSetup({
      batches: { queueTokens: { 'gpt-5.4-nano': 800 } },
    });
    expect(await submit(calls(20))).toMatchObject({ calls: 20 });
    expect(await collectAfter()).toMatchObject({ status: 'ended', rejected: { type: 'ModelRateLimited' } });
    expect(await books()).toEqual({ settled: 0, reserved: 0, inDoubt: 0 });
    expect(await submit(calls(20), { key: SECOND, mostCalls: 4 })).toEqual({ calls: 4, groups: 0 });
    expect(await collectAfter(2 * HOUR_MS, SECOND)).toMatchObject({ counts: { completed: 4 } });
    expect((await creates()).filter(({ state }) => state === 'settled')).toHaveLength(4);
    expect(await looseEnds()).toEqual([]);
  });

  test('by a refusal of its submit gives its money back, too; the same key may be tried again', async () => {
    const setup = await batchSetup();
    const { submit, collectAfter, calls, books, standIn, store, looseEnds } = setup;
    const relayed = await relayTo(standIn.baseUrl, (method, path) =>
      method === 'POST' && path.endsWith('/batches') ? 'gone' : null,
    );
    await expect(submit(calls(3), {}, 3, callerOf(store, relayed))).rejects.toMatchObject({ billed: 'no' });
    expect(await books()).toEqual({ settled: 0, reserved: 0, inDoubt: 0 });
    expect(await submit(calls(3))).toEqual({ calls: 3, groups: 1 });
    await collectAfter();
    expect(await looseEnds()).toEqual([]);
  });
});

describe('the budget of a batch', () => {
  /** Of one call: 1,000 tokens of answer and some hundred bytes, at half of Nano's price. */
  const ONE = 700;

  test('is a part of what is left: others have room beside it, and the rest waits for the next one', async () => {
    const setup = await batchSetup({ capMicros: 20 * ONE });
    const { submit, collectAfter, calls, books, ask, paidCall, looseEnds } = setup;
    const { calls: sent, groups } = await submit(calls(40), {}, 4);
    expect([sent >= 8, sent <= 10, groups]).toEqual([true, true, 2]);
    const { reserved = 0 } = await books();
    expect(reserved).toBeLessThanOrEqual(10 * ONE);
    await ask(paidCall('hi'));
    await collectAfter();
    const next = await submit(calls(40).slice(4 * groups), { key: SECOND }, 4);
    expect(next.calls).toBeGreaterThan(8);
    await collectAfter(2 * HOUR_MS, SECOND);
    expect(await looseEnds()).toEqual([]);
  });

  test.each([
    ['spent for good is said so', 'objective', 'BudgetExceeded'],
    ['spent of the allowance ends the subtask', subtaskAccountId('objective', 'a'), 'AllowanceExceeded'],
  ])('that is %s, and nothing is sent', async (_, accountId, type) => {
    const { submit, calls, store, atProvider, creates } = await batchSetup({
      capMicros: accountId === 'objective' ? 100 : null,
    });
    if (accountId !== 'objective')
      await store.ledger.openAccount({ accountId, parentId: 'objective', caps: { micros: 100 } });
    await expect(submit(calls(3))).rejects.toMatchObject({ type });
    expect(await atProvider()).toEqual([]);
    expect(await creates()).toEqual([]);
  });

  test('that is held by another batch is waited for', async () => {
    const { submit, collectAfter, calls, looseEnds } = await batchSetup({ capMicros: 1.5 * ONE });
    expect(await submit(calls(3))).toEqual({ calls: 1, groups: 0 });
    await expect(submit(calls(3), { key: SECOND })).rejects.toMatchObject({ type: 'BudgetReserved' });
    await collectAfter();
    expect(await submit(calls(3), { key: SECOND })).toEqual({ calls: 1, groups: 0 });
    await collectAfter(2 * HOUR_MS, SECOND);
    expect(await looseEnds()).toEqual([]);
  });

  test('that answers pass stops the objective, once, with all answers kept', async () => {
    const details = { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } };
    const usage = { input_tokens: 10, output_tokens: 100_000, total_tokens: 100_010, ...details };
    const { submit, collect, collectAfter, calls, creates } = await batchSetup({
      capMicros: 10 * ONE,
      script: () => ({ kind: 'answer', utterance: { text: 'long' }, usage }),
    });
    await submit(calls(3));
    await expect(collectAfter()).rejects.toMatchObject({ type: 'BudgetExceeded' });
    expect(await creates()).toMatchObject(Array.from({ length: 3 }, () => ({ state: 'settled', flag: 'overrun' })));
    await expect(collect()).resolves.toMatchObject({ status: 'ended' });
  });
});

test('a model of unknown price is refused before anything is sent', async () => {
  const { submit, calls, atProvider } = await batchSetup();
  await expect(submit(calls(1, { head: head({ model: 'gpt-17' }) }))).rejects.toMatchObject({
    type: 'ModelRequestRejected',
  });
  expect(await atProvider()).toEqual([]);
});
