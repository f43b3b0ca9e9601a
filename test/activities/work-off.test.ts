/** When an item counts as done: once it is on disk. What a retry would pay for again waits for nobody to get there. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Said } from '../../activities/map/ask.ts';
import { Climb } from '../../activities/map/climb.ts';
import { KeptItems } from '../../activities/map/kept-items.ts';
import { workOff } from '../../activities/map/work-off.ts';
import type { Tier } from '../../src/contracts/addresses.ts';
import { type Item, OperationSchema } from '../../src/contracts/map.ts';
import { operationOf } from '../../src/map/operations/registry.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/folders.ts';

// Time stands still but for what a test lets pass; the store's own work needs none of it.
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const operation = operationOf(OperationSchema.parse({ name: 'classify', labels: [{ name: 'a' }, { name: 'b' }] }), {
  threshold: undefined,
});
const ANSWER: Said = { text: '{"label":"a"}', costMicros: 1 };
const REFUSED: Said = { failure: 'ModelRefused', message: 'no', costMicros: 1 };
const LATER_MS = 1000;
const TURNS = 200;

/** A shard of one item that ends as `said`, and one whose answer is long in coming. */
function begun(said: (tier: Tier) => Said) {
  const store = openStore(temporaryFolder());
  const list: Item[] = ['quick', 'slow'].map((id) => ({ id, text: id, at: '' }));
  const release = Promise.withResolvers<undefined>();
  const climb = new Climb({ operation, threshold: undefined, tier: 'nano' }, async ({ turn, tier }) => {
    if (turn === 0) return said(tier);
    await release.promise;
    return ANSWER;
  });
  const keyOf = ({ text }: Item) => Buffer.from(text.padEnd(16));
  const kept = () => new KeptItems(store.items, { keyOf, map: 'mine', threshold: undefined });
  const ended: number[] = [];
  const feeding = { atOnce: 2, stop: new AbortController().signal };
  const done = workOff({ list, start: 0 }, { kept: kept(), climb, feeding, pack: 1 }, (index) => {
    ended.push(index);
  });
  const turns = async (): Promise<number[]> => {
    for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
    return [...ended];
  };
  /** What a retry of the same map finds. */
  const known = async () => (await kept().known(list)).map((outcome) => outcome !== null);
  const end = async (): Promise<number[]> => {
    release.resolve(undefined);
    await done;
    await store.close();
    return ended;
  };
  return { turns, known, end };
}

test('a first answer waits for others to be written with, not for long, and counts once it is on disk', async () => {
  const { turns, known, end } = begun(() => ANSWER);
  expect(await turns()).toEqual([]);
  expect(await known()).toEqual([false, false]);
  jest.advanceTimersByTime(LATER_MS);
  expect(await turns()).toEqual([0]);
  expect(await known()).toEqual([true, false]);
  expect(await end()).toEqual([0, 1]);
});

test.each<[string, (tier: Tier) => Said]>([
  ['was refused on one tier and answered on the next', (tier) => (tier === 'nano' ? REFUSED : ANSWER)],
  ['nobody answers', () => REFUSED],
])('an item that %s is on disk at once: asked for again, its refusals would be paid again', async (_, said) => {
  const { turns, known, end } = begun(said);
  expect(await turns()).toEqual([0]);
  expect(await known()).toEqual([true, false]);
  expect(await end()).toEqual([0, 1]);
});
