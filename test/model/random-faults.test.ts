/**
 * Random sequences of faults and deaths around a few calls: whatever happens, no answer that was acknowledged is asked for again, what was
 * served stands in the books, the cap holds at every moment, and every create ends. A failure prints its seed and its sequence.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pLimit from 'p-limit';
import { FAILURES } from '../../src/contracts/failures.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { Script } from '../../src/standin/reaction.ts';
import { endOfAsker } from '../support/askers.ts';
import { Books, breaches, loose } from '../support/books.ts';
import { memoryFolder } from '../support/folders.ts';
import { head } from '../support/journal.ts';
import { type Fault, FAULTS, leavesDoubt } from '../support/faults.ts';
import { MISFORTUNES, POINTS } from '../support/life.ts';
import { World } from '../support/lives.ts';
import { modelSetup } from '../support/model.ts';
import { until } from '../support/until.ts';

const SEQUENCES = 1000;
const AT_ONCE = 20;
const KILLED_SEQUENCES = 20;
const KILLED_AT_ONCE = 4;
const MOST_SHOWN = 5;

let world: World;
beforeAll(async () => void (world = await World.open(memoryFolder('flotilla-store'))));
afterAll(() => world.close());

const WIDE_CAP = 10_000_000;
/** Some calls fit. */
const tightCap = fc.integer({ min: 4_000, max: 40_000 });

const faults = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));

const sequences = fc.record({
  calls: fc.array(fc.record({ isBackground: fc.boolean(), isSingle: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  capMicros: fc.oneof(fc.constant(WIDE_CAP), tightCap),
  lives: fc.array(
    fc.record({
      what: fc.constantFrom(...MISFORTUNES),
      at: fc.constantFrom(...POINTS),
      hit: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 5 },
  ),
  faults: fc.array(faults, { maxLength: 6 }),
});

const killedSequences = fc.record({
  isBackground: fc.boolean(),
  isSingle: fc.boolean(),
  deaths: fc.array(fc.constantFrom(...POINTS.slice(1)), { minLength: 1, maxLength: 2 }),
  faults: fc.array(faults, { maxLength: 3 }),
});

/** Plays random sequences side by side; gives back some that broke a promise, with the seed that makes them again. */
async function brokenOf<Sequence>(
  arbitrary: fc.Arbitrary<Sequence>,
  [count, atOnce]: [number, number],
  play: (sequence: Sequence) => Promise<string[]>,
) {
  const seed = randomInt(2 ** 31);
  const played = await pLimit(atOnce).map(fc.sample(arbitrary, { numRuns: count, seed }), async (sequence) => ({
    seed,
    broken: await play(sequence),
    sequence,
  }));
  return played.filter(({ broken }) => broken.length > 0).slice(0, MOST_SHOWN);
}

describe('whatever befalls workers and provider', () => {
  test(`the books and the provider agree, in ${SEQUENCES} random sequences`, async () => {
    expect(await brokenOf(sequences, [SEQUENCES, AT_ONCE], (sequence) => world.play(sequence))).toEqual([]);
    // The sequences reached what they are about.
    for (const name of [...MISFORTUNES, ...POINTS])
      expect({ name, times: world.befallen.get(name) ?? 0 }).not.toEqual({ name, times: 0 });
  }, 900_000);

  test(`also where the workers are processes, and really killed, in ${KILLED_SEQUENCES} random sequences`, async () => {
    expect(await brokenOf(killedSequences, [KILLED_SEQUENCES, KILLED_AT_ONCE], kill)).toEqual([]);
  }, 900_000);
});

type Killed = { isBackground: boolean; isSingle: boolean; deaths: string[]; faults: Fault[] };

/** One process after the other asks for a call and dies; then this one asks, as often as Temporal would. */
async function kill({ isBackground, isSingle, deaths, faults }: Killed): Promise<string[]> {
  const came: { callKey: string; isServed: boolean }[] = [];
  let mostDoubts = 0;
  const script: Script = ({ callKey }) => {
    const fault = faults[came.length] ?? 'answers';
    if (leavesDoubt(fault, isBackground)) mostDoubts += 1;
    came.push({ callKey, isServed: FAULTS[fault].isServed });
    return FAULTS[fault].reaction;
  };
  const { folder, standIn, ask, paidCall, askSingle, singleCall } = await modelSetup({
    script,
    folder: memoryFolder('flotilla-store'),
  });
  const books = new Books(folder);
  for (const death of deaths) {
    await endOfAsker(folder, standIn.baseUrl, isBackground, `${death},before completion`, isSingle);
    if (books.creates('objective').at(-1)?.state === 'sent') mostDoubts += 1;
  }
  await until(async () => {
    const asked = { background: isBackground };
    const asking = isSingle ? askSingle(singleCall('hi', asked)) : ask(paidCall('hi', { head: head(asked) }));
    const failure: unknown = await asking.then(
      () => null,
      (error: unknown) => error,
    );
    if (failure !== null && !(failure instanceof TypedFailure)) throw failure as Error;
    return failure === null || FAILURES[failure.type].effect === 'fail';
  });
  const booked = books.creates('objective');
  const doubts = booked.filter(({ state }) => state === 'in-doubt').length;
  const broken = [...breaches(came, booked), ...loose(books, 'objective')];
  books.close();
  if (doubts > mostDoubts) broken.push(`${doubts} are in doubt, ${mostDoubts} had a reason`);
  if (new Set(standIn.log.creates.map(({ digest }) => digest)).size > 1) broken.push('the bytes differ');
  return broken;
}
