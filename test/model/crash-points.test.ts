/**
 * A process dies by SIGKILL at each point around a call, and another one makes the same call. At most what had no persisted id is paid again,
 * and stands in doubt; the question's bytes are the same.
 */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Script } from '../../src/standin/reaction.ts';
import { OwnerLeases } from '../../src/store/owners.ts';
import { gone, startAsker } from '../support/askers.ts';
import { callerOf } from '../support/caller.ts';
import { Gate } from '../support/gate.ts';
import { head } from '../support/journal.ts';
import { modelSetup } from '../support/model.ts';
import { relayTo } from '../support/relay.ts';
import { says } from '../support/says.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const KEY = 'objective/a/1/1/turn';

interface Point {
  name: string;
  /** Where the process kills itself; otherwise it is killed from outside, when a request is seen. */
  crashesAt?: string;
  seen?: 'create' | 'second poll';
  /** What follows: requests that reach the provider in all, and those booked in doubt. Null where the point does not exist. */
  background: Expected;
  foreground: Expected | null;
}

interface Expected {
  creates: number;
  inDoubt: number;
}

const ONCE: Expected = { creates: 1, inDoubt: 0 };
const AGAIN: Expected = { creates: 2, inDoubt: 1 };
/** The first request never left, which nobody can know. */
const NEVER_LEFT: Expected = { creates: 1, inDoubt: 1 };

/** A foreground call has no id before its answer, and nothing to poll. */
const POINTS: Point[] = [
  { name: 'before intent', crashesAt: 'before intend', background: ONCE, foreground: ONCE },
  { name: 'after intent', crashesAt: 'after intend', background: NEVER_LEFT, foreground: NEVER_LEFT },
  { name: 'after create: the request is at the provider', seen: 'create', background: AGAIN, foreground: AGAIN },
  { name: 'after create: the id has come', crashesAt: 'before identify', background: AGAIN, foreground: null },
  { name: 'after id persisted', crashesAt: 'after identify', background: ONCE, foreground: null },
  { name: 'mid-poll', seen: 'second poll', background: ONCE, foreground: null },
  { name: 'after the response has come', crashesAt: 'before answer', background: ONCE, foreground: AGAIN },
  { name: 'after response persisted', crashesAt: 'after answer', background: ONCE, foreground: ONCE },
  { name: 'before completion', crashesAt: 'before completion', background: ONCE, foreground: ONCE },
];

/** A single call keeps no conversation; in the foreground it is what Nano makes, in the background it differs where it is picked up. */
const CASES = POINTS.flatMap(({ name, background, foreground, ...point }) => [
  { name, mode: 'background', expected: background, ...point },
  ...(point.crashesAt === 'after identify'
    ? [{ name, mode: 'single background', expected: background, ...point }]
    : []),
  ...(foreground
    ? ['foreground', 'single foreground'].map((mode) => ({ name, mode, expected: foreground, ...point }))
    : []),
]);

describe('a process that is killed', () => {
  test.each(CASES)('$name of a $mode call', async ({ mode, crashesAt, seen, expected }) => {
    const isBackground = mode.endsWith('background');
    const isSingle = mode.startsWith('single');
    const gate = new Gate();
    const script: Script = async ({ before }) => {
      if (before === 0 && seen === 'create') await gate.hold();
      // Cut once it is named, and not to end before the process is dead: it asks for it by id.
      return before === 0 && seen === 'second poll' ? { kind: 'cut', at: 'named' } : says('hello');
    };
    const { folder, standIn, store, books, ask, paidCall, askSingle, singleCall } = await modelSetup({
      script,
      latencyMs: seen === 'second poll' ? HOUR_MS : 0,
    });
    let polls = 0;
    const baseUrl = await relayTo(standIn.baseUrl, (method) => {
      if (method === 'GET' && (polls += 1) === 2) asker.kill('SIGKILL');
    });
    const asker = startAsker(folder, baseUrl, isBackground, crashesAt, isSingle);
    if (seen === 'create') void until(() => gate.arrived === 1).then(() => asker.kill('SIGKILL'));
    expect(await gone(asker)).toBe('SIGKILL');
    standIn.clock.advance(HOUR_MS);
    const left = await store.journal.find(KEY);
    const isUnnamed = left?.latest?.state === 'sent';

    // What a newer version would ask is another question: the stored one is sent.
    const question = left === null ? 'hi' : 'hi, again';
    const asked = { background: isBackground };
    const again = (text: string) =>
      isSingle ? askSingle(singleCall(text, asked)) : ask(paidCall(text, { head: head(asked) }));
    const { reply } = await again(question);
    gate.open();
    if (expected.creates === 2) await until(() => standIn.log.creates.every(({ isServed }) => isServed));

    expect(reply.text).toContain(seen === 'second poll' ? '[stand-in]' : 'hello');
    expect(await again('hi')).toMatchObject({ reply });
    const { creates } = standIn.log;
    expect(creates).toHaveLength(expected.creates);
    expect(new Set(creates.map(({ digest }) => digest)).size).toBe(1);
    const paidTwice = creates.filter(({ isServed }) => isServed).length - 1;
    expect(paidTwice).toBeLessThanOrEqual(isUnnamed ? 1 : 0);
    expect(isUnnamed ? 1 : 0).toBe(expected.inDoubt);
    const record = await store.journal.find(KEY);
    expect(record?.latest).toMatchObject({ state: 'settled', n: 1 + expected.inDoubt });
    const { settled = 0, reserved, inDoubt } = await books();
    expect(reserved).toBe(0);
    // The worst case of the one that nobody can ask about, and nothing where there is none.
    expect(inDoubt).toBe(expected.inDoubt * (record?.latest?.reserved.micros ?? 0));
    expect(settled + (inDoubt ?? 0)).toBe(record?.costMicros);
  });
});

describe('a process that only seems to be gone', () => {
  /**
   * Two workers with one call: the first ends by itself once it has its answer, and is held at the gate when it asks for a response by id;
   * the second counts how often it looks whether the first lives.
   */
  async function asksBeside(script: Script, background: boolean, gate: Gate | null = null) {
    const setup = await modelSetup({ script });
    const { store, standIn, folder, paidCall } = setup;
    let looked = 0;
    class Watched extends OwnerLeases {
      override isAlive(ownerId: string): boolean {
        looked += 1;
        return super.isAlive(ownerId);
      }
    }
    const owners = new Watched(join(folder, 'owners'));
    const second = callerOf({ ...store, owners }, standIn.baseUrl);
    const baseUrl = await relayTo(standIn.baseUrl, (method) => (method === 'GET' ? gate?.hold() : null));
    const asker = startAsker(folder, baseUrl, background, 'before completion');
    const askAsSecond = () => second.call(paidCall('hi', { head: head({ background }) }), new AbortController().signal);
    return { ...setup, asker, askAsSecond, looked: () => looked };
  }

  test.each(['is stopped', 'is cut off, and works on'])('because it %s is waited for: paid once', async (why) => {
    const gate = new Gate();
    const { asker, askAsSecond, looked, standIn, store, books } = await asksBeside(
      async () => (await gate.hold(), says('hello')),
      false,
    );
    await until(() => gate.arrived === 1);
    if (why === 'is stopped') asker.kill('SIGSTOP');
    const asking = askAsSecond();
    await until(() => looked() >= 3);
    const ended = gone(asker);
    gate.open();
    asker.kill('SIGCONT');
    expect((await asking).reply.text).toBe('hello');
    await ended;
    expect(standIn.log.creates).toHaveLength(1);
    expect((await store.journal.find(KEY))?.latest).toMatchObject({ n: 1, state: 'settled' });
    expect(await books()).toMatchObject({ reserved: 0, inDoubt: 0 });
  });

  test('because it is stopped after its response was named shares the response: paid once', async () => {
    const gate = new Gate();
    const cut: Script = () => ({ kind: 'cut', at: 'named' });
    const { asker, askAsSecond, standIn, store, books } = await asksBeside(cut, true, gate);
    await until(() => gate.arrived === 1);
    expect((await store.journal.find(KEY))?.latest?.state).toBe('identified');
    const ended = gone(asker);
    asker.kill('SIGSTOP');
    const { reply } = await askAsSecond();
    const settled = await books();
    gate.open();
    asker.kill('SIGCONT');
    await ended;
    expect(standIn.log.creates).toHaveLength(1);
    expect((await store.journal.find(KEY))?.reply).toEqual(reply);
    expect(await books()).toEqual({ ...settled, reserved: 0, inDoubt: 0 });
  });
});
