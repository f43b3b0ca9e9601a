/** Calls that wait for room in an account: in line, holding nothing. */
import { getEventListeners } from 'node:events';
import { setImmediate as aTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { PaidCall } from '../../src/model/journaled-wire.ts';
import { Full, Lines } from '../../src/model/lines.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import type { Journal } from '../../src/store/journal.ts';
import { callerOf } from '../support/caller.ts';
import { Gate } from '../support/gate.ts';
import { head } from '../support/journal.ts';
import { expectClean, type ModelSetup, modelSetup } from '../support/model.ts';
import { until } from '../support/until.ts';

const hello: Reaction = { kind: 'answer', utterance: { text: 'hello' } };
/** Mini: 1,000 tokens of output at 4.50 and some hundred bytes at 0.75; two of them are more. */
const ONE_CALL = 6000;

/** Calls that differ by their turn, and how often each has looked for room in vain. */
async function lineSetup(options: ModelSetup) {
  const setup = await modelSetup({ capMicros: ONE_CALL, ...options });
  const { store, standIn, paidCall } = setup;
  const refusals = new Map<number, number>();
  const looksOf = (turn: number): number => refusals.get(turn) ?? 0;
  const journal: Journal = {
    ...store.journal,
    async intend(intended) {
      const outcome = await store.journal.intend(intended);
      if (outcome.status === 'refused') refusals.set(intended.turn, looksOf(intended.turn) + 1);
      return outcome;
    },
  };
  const caller = callerOf({ ...store, journal }, standIn.baseUrl, options.most);
  const ask = (call: PaidCall, signal = new AbortController().signal) => caller.call(call, signal);

  /** Asks behind those who wait already; it has its place in the line when this resolves. */
  async function queue(turn: number, signal?: AbortSignal) {
    const drafted = Promise.withResolvers<undefined>();
    const conversation: PaidCall['conversation'] = () =>
      paidCall('hi')
        .conversation()
        .finally(() => drafted.resolve(undefined));
    const asked = ask(paidCall('hi', { turn, conversation }), signal);
    asked.catch(() => undefined);
    // From here to the line there are promises alone.
    await drafted.promise;
    await aTurn();
    return { asked };
  }

  const looksAgain = async (turn: number): Promise<void> => {
    const before = looksOf(turn);
    await until(() => looksOf(turn) > before);
  };

  /** As the first of its line: it has found no room, by bytes and by tokens, and looked again. */
  async function queueFirst(turn: number, signal?: AbortSignal) {
    const queued = await queue(turn, signal);
    await until(() => looksOf(turn) > 2);
    return queued;
  }

  return { ...setup, ask, queue, queueFirst, looksAgain };
}

describe('a call that has to wait', () => {
  test('waits while its siblings only hold the rest', async () => {
    const gate = new Gate();
    const setup = await lineSetup({ script: async () => (await gate.hold(), hello) });
    const { ask, paidCall, queueFirst, looksAgain } = setup;
    const first = ask(paidCall('hi', { turn: 1 }));
    await until(() => gate.arrived === 1);
    const second = await queueFirst(2);
    await looksAgain(2);
    expect(gate.arrived).toBe(1);
    gate.open();
    for (const paid of await Promise.all([first, second.asked])) expect(paid.reply.text).toBe('hello');
    await expectClean(setup);
  });

  test('waits in line: who came first is let through first', async () => {
    const gate = new Gate();
    const setup = await lineSetup({ script: async () => (await gate.hold(), hello) });
    const { ask, paidCall, queue, queueFirst, standIn } = setup;
    const first = ask(paidCall('hi', { turn: 1 }));
    await until(() => gate.arrived === 1);
    const queued = [await queueFirst(2)];
    for (let turn = 3; turn <= 8; turn += 1) queued.push(await queue(turn));
    gate.open();
    await Promise.all([first, ...queued.map(({ asked }) => asked)]);
    expect(standIn.log.creates.map(({ callKey }) => callKey.split('/')[3])).toEqual('12345678'.split(''));
    await expectClean(setup);
  });

  test('holds no place at the gate of its model while it waits', async () => {
    const gate = new Gate();
    const script = async ({ callKey }: Incoming) => (callKey.startsWith('other') ? hello : (await gate.hold(), hello));
    const setup = await lineSetup({ script, most: 2 });
    const { ask, paidCall, queue, queueFirst, store } = setup;
    await store.ledger.openAccount({ accountId: 'other', parentId: null, caps: {} });
    const first = ask(paidCall('hi', { turn: 1 }));
    await until(() => gate.arrived === 1);
    const waiting = [await queueFirst(2), await queue(3)];
    await ask(paidCall('hi', { objectiveId: 'other' }));
    gate.open();
    await Promise.all([first, ...waiting.map(({ asked }) => asked)]);
    await expectClean(setup);
  });

  test('that is given up while it waits leaves the line to the others', async () => {
    const gate = new Gate();
    const setup = await lineSetup({ script: async () => (await gate.hold(), hello) });
    const { ask, paidCall, queue, queueFirst, standIn } = setup;
    const controller = new AbortController();
    const first = ask(paidCall('hi', { turn: 1 }));
    await until(() => gate.arrived === 1);
    const leaving = await queueFirst(2, controller.signal);
    const staying = await queue(3);
    controller.abort(new Error('never mind'));
    await expect(leaving.asked).rejects.toThrow('never mind');
    gate.open();
    await Promise.all([first, staying.asked]);
    expect(standIn.log.creates).toHaveLength(2);
    await expectClean(setup);
  });

  test('goes at once with all others that fit, when much is settled together', async () => {
    const [large, small] = [new Gate(), new Gate()];
    const script = async ({ callKey }: Incoming) => (await (callKey.includes('/large/') ? large : small).hold(), hello);
    const setup = await lineSetup({ script, capMicros: 25_000 });
    const { ask, paidCall, queue, queueFirst, looksAgain } = setup;
    const holding = ask(paidCall('hi', { subtaskId: 'large', head: head({ maxOutputTokens: 5000 }) }));
    await until(() => large.arrived === 1);
    const queued = [await queueFirst(1), await queue(2), await queue(3), await queue(4)];
    await looksAgain(1);
    large.open();
    await until(() => small.arrived === 4);
    small.open();
    await Promise.all([holding, ...queued.map(({ asked }) => asked)]);
    await expectClean(setup);
  });
});

test('looking again and again leaves nothing behind', async () => {
  const { signal } = new AbortController();
  const listeners: number[] = [];
  const attempt = async () => {
    listeners.push(getEventListeners(signal, 'abort').length);
    return listeners.length === 4 ? 'through' : new Full('a', new Error('full'));
  };
  await expect(new Lines().through(['a'], attempt, signal)).resolves.toBe('through');
  expect(listeners).toEqual([0, 0, 0, 0]);
});
