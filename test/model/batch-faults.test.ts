/** Batches whose sender dies, is cut off or is cancelled: sent once, and every call of them in the books. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { OwnerLeases } from '../../src/store/owners.ts';
import { openStore } from '../../src/store/store.ts';
import { gone, startBatcher } from '../support/askers.ts';
import { BATCH_KEY, HOUR_MS, inGroups, newBatch, TIMES } from '../support/batches.ts';
import { batchSetup } from '../support/batch-setup.ts';
import { callerOf } from '../support/caller.ts';
import { Gate } from '../support/gate.ts';
import { costing, intent } from '../support/journal.ts';
import { never } from '../support/lane.ts';
import { type Mishap, relayTo } from '../support/relay.ts';
import { until } from '../support/until.ts';

const states = (creates: { state: string }[]): string[] => creates.map(({ state }) => state);
const all = (count: number, state: string): string[] => Array.from({ length: count }, () => state);

/** Where a sender dies, and what becomes of its calls when its objective ends there. */
const POINTS: [string, string, string[]][] = [
  ['before the batch is written down', 'before batches.open', []],
  ['before its calls are', 'after batches.open', []],
  ['with some of its calls written down', 'after journal.intend', all(6, 'released')],
  ['before anything is sent', 'before batches.mark', all(6, 'released')],
  ['when it may have sent it', 'after batches.mark', all(6, 'in-doubt')],
  ['before the id of the batch is written down', 'before batches.identify', all(6, 'released')],
  ['once it is', 'after batches.identify', all(6, 'released')],
];

describe('a process that is killed', () => {
  test.each(POINTS)('%s is followed by another, which pays nothing twice', async (_, crashesAt) => {
    const { folder, standIn, submit, calls, collectAfter, atProvider, creates, looseEnds } = await batchSetup();
    expect(await gone(startBatcher(folder, standIn.baseUrl, crashesAt))).toBe('SIGKILL');
    expect(await submit(calls(6))).toEqual({ calls: 6, groups: 1 });
    expect(await atProvider()).toHaveLength(1);
    await collectAfter();
    expect(states(await creates())).toEqual(all(6, 'settled'));
    expect(await looseEnds()).toEqual([]);
  });

  test.each(POINTS)('%s leaves nothing open when its objective ends', async (_, crashesAt, expected) => {
    const { folder, standIn, caller, atProvider, creates, looseEnds } = await batchSetup({
      batches: { finalizingMs: 0 },
    });
    expect(await gone(startBatcher(folder, standIn.baseUrl, crashesAt))).toBe('SIGKILL');
    await caller.settleLeftovers('objective');
    expect(states(await creates())).toEqual(expected);
    for (const { status } of await atProvider()) expect(status).toBe('cancelled');
    expect(await looseEnds()).toEqual([]);
  });
});

describe('a submit that is cut off', () => {
  async function cutOff(how: Mishap) {
    const setup = await batchSetup();
    const { store, standIn, submit, calls } = setup;
    let isOver = false;
    const relayed = await relayTo(standIn.baseUrl, (method, path) => {
      if (isOver || method !== 'POST' || !path.endsWith('/batches')) return null;
      isOver = true;
      return how;
    });
    const failing = submit(calls(6), {}, 6, callerOf(store, relayed));
    await expect(failing).rejects.toMatchObject({ type: 'ModelUnavailable', billed: 'unknown' });
    return setup;
  }

  test.each(['cut', 'deaf'] as const)('(%s) keeps its money, and is made good by the next try', async (how) => {
    const { submit, calls, books, collectAfter, atProvider, creates, looseEnds } = await cutOff(how);
    expect((await books()).reserved).toBeGreaterThan(0);
    expect(await atProvider()).toHaveLength(how === 'deaf' ? 1 : 0);
    expect(await submit(calls(6))).toEqual({ calls: 6, groups: 1 });
    expect(await atProvider()).toHaveLength(1);
    await collectAfter();
    expect(states(await creates())).toEqual(all(6, 'settled'));
    expect(await looseEnds()).toEqual([]);
  });

  test('is made good by another worker, though the first one lives', async () => {
    const { folder, standIn, calls, atProvider } = await cutOff('deaf');
    const other = openStore(folder);
    await callerOf(other, standIn.baseUrl).batches.submit(newBatch(), inGroups(calls(6)), never());
    await other.close();
    expect(await atProvider()).toHaveLength(1);
  });
});

test('a sender that lives is waited for', async () => {
  const { folder, standIn, store, submit, calls, atProvider } = await batchSetup();
  let looked = 0;
  class Watched extends OwnerLeases {
    override isAlive(ownerId: string): boolean {
      looked += 1;
      return super.isAlive(ownerId);
    }
  }
  const gate = new Gate();
  async function* slowly() {
    yield calls(2);
    await gate.hold();
  }
  const other = openStore(folder);
  const first = callerOf(other, standIn.baseUrl).batches.submit(newBatch(), slowly(), never());
  await until(() => gate.arrived === 1);
  const owners = new Watched(join(folder, 'owners'));
  const second = submit(calls(2), {}, 2, callerOf({ ...store, owners }, standIn.baseUrl));
  await until(() => looked >= 2);
  expect(await atProvider()).toEqual([]);
  gate.open();
  expect(await Promise.all([first, second])).toEqual([
    { calls: 2, groups: 1 },
    { calls: 2, groups: 1 },
  ]);
  expect(await atProvider()).toHaveLength(1);
  await other.close();
});

describe('a submit that is cancelled', () => {
  test('before it is sent gives everything back', async () => {
    const { caller, calls, atProvider, creates, looseEnds } = await batchSetup();
    const controller = new AbortController();
    async function* cancelled() {
      yield calls(2);
      controller.abort(new Error('nobody wants it'));
      yield calls(4);
    }
    const submitting = caller.batches.submit(newBatch(), cancelled(), controller.signal);
    await expect(submitting).rejects.toThrow('nobody wants it');
    expect(states(await creates())).toEqual(all(2, 'released'));
    expect(await atProvider()).toEqual([]);
    expect(await looseEnds()).toEqual([]);
  });

  test('while it is on its way may have left: it is in doubt', async () => {
    const { store, standIn, calls, creates, looseEnds } = await batchSetup();
    const gate = new Gate();
    const relayed = await relayTo(standIn.baseUrl, (method, path) =>
      method === 'POST' && path.endsWith('/batches') ? gate.hold() : null,
    );
    const controller = new AbortController();
    const { batches } = callerOf(store, relayed);
    const submitting = batches.submit(newBatch(), inGroups(calls(2)), controller.signal);
    submitting.catch(() => undefined);
    await until(() => gate.arrived === 1);
    controller.abort(new Error('nobody wants it'));
    await expect(submitting).rejects.toThrow('nobody wants it');
    expect(states(await creates())).toEqual(all(2, 'in-doubt'));
    gate.open();
    expect(await looseEnds()).toEqual([]);
  });
});

describe('a batch that nobody wants any more', () => {
  test('is stopped: what was done is paid, the rest is given back', async () => {
    const { submit, calls, standIn, caller, atProvider, creates, looseEnds } = await batchSetup({
      batches: { finalizingMs: 0 },
    });
    await submit(calls(4));
    standIn.clock.advance(TIMES.validatingMs + TIMES.takesMs / 2);
    await caller.settleLeftovers('objective');
    expect(await atProvider()).toMatchObject([{ status: 'cancelled' }]);
    expect(states(await creates())).toEqual(['settled', 'settled', 'released', 'released']);
    expect(await looseEnds()).toEqual([]);
  });

  test('is in doubt where it does not end at once', async () => {
    const { submit, calls, standIn, caller, books, atProvider, creates, looseEnds } = await batchSetup();
    await submit(calls(4));
    const { reserved } = await books();
    standIn.clock.advance(TIMES.validatingMs + TIMES.takesMs / 2);
    await caller.settleLeftovers('objective');
    expect(await atProvider()).toMatchObject([{ status: 'cancelling' }]);
    expect(states(await creates())).toEqual(all(4, 'in-doubt'));
    expect((await books()).inDoubt).toBe(reserved);
    expect(await looseEnds()).toEqual([]);
  });

  test('is withdrawn early, and booked as it ended when the objective ends', async () => {
    const { submit, calls, standIn, caller, atProvider, creates, looseEnds } = await batchSetup();
    await submit(calls(4));
    standIn.clock.advance(TIMES.validatingMs + TIMES.takesMs / 2);
    await caller.batches.withdraw(BATCH_KEY, never());
    expect(await atProvider()).toMatchObject([{ status: 'cancelling' }]);
    expect(states(await creates())).toEqual(all(4, 'sent'));
    standIn.clock.advance(TIMES.finalizingMs);
    await caller.settleLeftovers('objective');
    expect(states(await creates())).toEqual(['settled', 'settled', 'released', 'released']);
    expect(await looseEnds()).toEqual([]);
  });

  test('that has ended meanwhile costs what it cost', async () => {
    const { submit, calls, standIn, caller, creates, looseEnds } = await batchSetup();
    await submit(calls(4));
    standIn.clock.advance(2 * HOUR_MS);
    await caller.settleLeftovers('objective');
    expect(states(await creates())).toEqual(all(4, 'settled'));
    expect(await looseEnds()).toEqual([]);
  });

  test('holds up no objective that ends, though its provider hangs', async () => {
    const { submit, calls, standIn, store, creates } = await batchSetup();
    await submit(calls(2));
    const silent = await relayTo(standIn.baseUrl, () => new Promise(() => undefined));
    await callerOf(store, silent, 10, { withdrawMs: 100 }).settleLeftovers('objective');
    expect(states(await creates())).toEqual(all(2, 'in-doubt'));
  });

  test('is left to a sender that lives', async () => {
    const { folder, store, caller, creates } = await batchSetup();
    const alive = new OwnerLeases(join(folder, 'owners'));
    alive.take();
    const { ownerId } = alive;
    await store.batches.open({ batchKey: BATCH_KEY, provider: 'openai', ownerId, from: null });
    await store.journal.intend(intent('a', { ownerId, batchKey: BATCH_KEY, reserve: costing(70) }));
    await caller.settleLeftovers('objective');
    expect(states(await creates())).toEqual(['sent']);
    alive.release();
    await caller.settleLeftovers('objective');
    expect(states(await creates())).toEqual(['released']);
  });
});
