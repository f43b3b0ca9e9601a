/** How far a map is, from what its Workflow and its shards tell. */
import { describe, expect, test } from '@jest/globals';
import { remembered } from '../../src/client/map-progress.ts';
import { type MapCounts, type MapProgress, NO_COUNTS } from '../../src/contracts/map-run.ts';

const counts = (done: number, change: Partial<MapCounts> = {}): MapCounts => ({
  ...{ ...NO_COUNTS, done, calls: done, costMicros: done * 10 },
  ...change,
});
const progress = (change: Partial<MapProgress> = {}): MapProgress => ({
  ...{ phase: 'items', items: 1000, pairs: null, counts: NO_COUNTS, startedAtMs: 0 },
  ...change,
});

/** What is known after each of these was seen. */
function seen(...views: { atMs: number; ended?: number; underway?: number[]; progress?: Partial<MapProgress> }[]) {
  let known: ReturnType<typeof remembered> | undefined;
  for (const { atMs, ended = 0, underway = [], progress: change } of views) {
    const told = progress({ counts: counts(ended), ...change });
    known = remembered(
      told,
      underway.map((done) => counts(done)),
      atMs,
      known,
    );
  }
  return known?.standing;
}

describe('a map under way', () => {
  test('is as far as the shards that have ended and those that have not', () => {
    const ended = counts(400, { dead: 3, reused: 20 });
    const underway = [counts(50, { dead: 1 }), counts(30, { reused: 5 })];
    expect(remembered(progress({ counts: ended }), underway, 4000).standing).toEqual({
      ...{ phase: 'items', done: 480, items: 1000, dead: 4, reused: 25, calls: 480, costMicros: 4800 },
      ...{ perSecond: 120, secondsLeft: 5 },
    });
  });

  test('does not go back while a shard that ended, or is tried again, is in no answer', () => {
    const views = [
      { atMs: 1000, ended: 100, underway: [90, 80] },
      { atMs: 2000, ended: 100, underway: [80] },
    ];
    expect(seen(...views)).toMatchObject({ done: 270 });
    expect(seen(...views, { atMs: 3000, ended: 200, underway: [95] })).toMatchObject({ done: 295 });
  });

  test('takes its rate from the last half minute, so that an hour without workers is forgotten', () => {
    const hour = 3_600_000;
    const early = { atMs: hour + 1000, ended: 100 };
    expect(seen(early)).toMatchObject({ secondsLeft: Math.ceil((900 * 3601) / 100) });
    const later = Array.from({ length: 40 }, (_, index) => ({
      atMs: hour + 2000 + index * 1000,
      ended: 110 + index * 10,
    }));
    expect(seen(early, ...later)).toMatchObject({ perSecond: 10, secondsLeft: 50 });
  });

  test('has no end in sight while nothing moves', () => {
    const still = Array.from({ length: 60 }, (_, index) => ({ atMs: 1000 * (index + 1), ended: 100 }));
    expect(seen(...still)).toMatchObject({ perSecond: 0, secondsLeft: null });
  });

  test('has neither rate nor end by a clock that is behind', () => {
    expect(seen({ atMs: 5000, ended: 10, progress: { startedAtMs: 6000 } })).toMatchObject({
      ...{ perSecond: 0, secondsLeft: null },
    });
  });

  test('counts pairs once a ranking compares them', () => {
    const pairs = { phase: 'pairs-1', items: 1000, pairs: 500, counts: counts(1000) } as const;
    expect(remembered(progress(pairs), [counts(100)], 11_000).standing).toMatchObject({
      ...{ phase: 'pairs-1', done: 100, items: 500, perSecond: 100, secondsLeft: 4 },
    });
  });

  test('counts the pairs of all rounds so far', () => {
    const pairs = { phase: 'pairs-2', items: 1000, pairs: 900, counts: counts(1500) } as const;
    expect(remembered(progress(pairs), [counts(100)], 16_000).standing).toMatchObject({ done: 600, items: 900 });
  });

  test('that has not counted its items is at the beginning', () => {
    expect(seen({ atMs: 1000, progress: { items: 0 } })).toMatchObject({ done: 0, items: 0, secondsLeft: null });
  });
});
