/** From scores and comparisons to an order: it is always one, the comparisons decide among close items, and contradictions are borne. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Winner } from '../../src/map/operations/compare.ts';
import { type Comparison, strengthsOf } from '../../src/map/rank-strengths.ts';
import { closePairs, orderOf, type RankPair } from '../../src/map/rank.ts';

const scores = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 });
const winner = fc.constantFrom<Winner>('first', 'second', 'tie');

const gap = (values: number[], { first, second }: RankPair): number =>
  Math.abs((values[first] ?? 0) - (values[second] ?? 0));
const idOf = ({ first, second }: RankPair): string => [first, second].sort((a, b) => a - b).join('-');

describe('the pairs to compare', () => {
  test('are close, different, no more than allowed, and none that is known', () => {
    fc.assert(
      fc.property(scores, fc.nat(100), fc.nat(30), (values, most, known) => {
        const before = closePairs(values, known);
        const pairs = closePairs(values, most, before);
        const ids = [...before, ...pairs].map(idOf);
        expect(pairs.length).toBeLessThanOrEqual(most);
        expect(new Set(ids).size).toBe(ids.length);
        expect(pairs.every((pair) => pair.first !== pair.second && gap(values, pair) <= 10)).toBe(true);
      }),
    );
  });

  test('are the same each time, and do not depend on how scores are far from each other', () => {
    expect(closePairs([50, 52, 90, 51], 10)).toEqual(closePairs([50, 52, 90, 51], 10));
    expect(closePairs([50, 52, 90, 51], 10).map(idOf).sort()).toEqual(['0-1', '0-3', '1-3']);
  });

  test('are neighbours first', () => {
    expect(closePairs([10, 9, 8, 7], 3).map(idOf)).toEqual(['0-1', '1-2', '2-3']);
  });

  test('of a group that there is room for are all of it', () => {
    expect(closePairs([5, 5, 5, 5, 5], 10)).toHaveLength(10);
  });

  test('show the better-scored item first half of the time', () => {
    const pairs = closePairs(
      Array.from({ length: 101 }, (_, index) => index),
      100,
    );
    expect(pairs.filter(({ first, second }) => first > second)).toHaveLength(50);
  });

  test('of nothing, of one item, and of items far apart are none', () => {
    expect([closePairs([], 9), closePairs([3], 9), closePairs([0, 50, 100], 9), closePairs([1, 1], 0)]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
});

describe('the order', () => {
  const isPermutation = (order: number[], count: number): boolean =>
    order.length === count && new Set(order).size === count && order.every((place) => place >= 0 && place < count);

  test('without comparisons is that of the scores, and of the input where they are the same', () => {
    expect(orderOf(strengthsOf([10, 30, 10, 20], []))).toEqual([1, 3, 0, 2]);
  });

  test('is always there: whatever the comparisons say, each item stands in it once', () => {
    const said = fc.tuple(fc.nat(), fc.nat(), winner);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 40 }),
        fc.array(said, { maxLength: 200 }),
        (values, all) => {
          const comparisons = all
            .map(([a, b, won]): Comparison => ({ first: a % values.length, second: b % values.length, winner: won }))
            .filter(({ first, second }) => first !== second);
          const strengths = strengthsOf(values, comparisons);
          expect(strengths.every(Number.isFinite)).toBe(true);
          expect(isPermutation(orderOf(strengths), values.length)).toBe(true);
          expect(strengthsOf(values, comparisons)).toEqual(strengths);
        },
      ),
    );
  });

  test('is right among close items that are all compared, whatever their scores were', () => {
    // Of 0 and -0, neither is above the other.
    const merits = fc.double({ noNaN: true }).map((merit) => merit + 0);
    const group = fc.array(fc.tuple(fc.integer({ min: 40, max: 50 }), merits), { minLength: 2, maxLength: 25 });
    fc.assert(
      fc.property(group, (items) => {
        const truth = items.map(([, merit]) => merit);
        const values = items.map(([score]) => score);
        const strengths = strengthsOf(values, perfect(closePairs(values, 10_000), truth));
        const order = orderOf(strengths).map((place) => truth[place] ?? 0);
        expect(order).toEqual(truth.toSorted((a, b) => b - a));
      }),
    );
  });

  test('moves no item across those that it was far from', () => {
    const values = [90, 88, 30, 28];
    const order = orderOf(strengthsOf(values, perfect(closePairs(values, 10), [1, 2, 3, 4])));
    expect(order).toEqual([1, 0, 3, 2]);
  });

  test.each<[string, [number, number, Winner][], number[]]>([
    [
      'a circle leaves the scores in charge',
      [
        [0, 1, 'first'],
        [1, 2, 'first'],
        [2, 0, 'first'],
      ],
      [0, 1, 2],
    ],
    [
      'a contradiction, as of one who prefers a place, leaves the scores in charge',
      [
        [0, 1, 'first'],
        [1, 0, 'first'],
      ],
      [0, 1, 2],
    ],
    ['a tie draws two together and does not turn them', [[2, 0, 'tie']], [0, 1, 2]],
    [
      'two wins outweigh one defeat',
      [
        [2, 1, 'first'],
        [1, 2, 'second'],
        [1, 2, 'first'],
      ],
      [0, 2, 1],
    ],
  ])('%s', (_, said, expected) => {
    const comparisons = said.map(([first, second, won]) => ({ first, second, winner: won }));
    expect(orderOf(strengthsOf([52, 50, 49], comparisons))).toEqual(expected);
  });

  test('is nearer to the truth with comparisons than without, even if one of six is wrong', () => {
    const chance = numbers(7);
    const truth = Array.from({ length: 400 }, () => chance() * 100);
    const values = truth.map((merit) => Math.round((merit + (chance() - 0.5) * 30) / 5) * 5);
    const answer = (pairs: RankPair[]) => perfect(pairs, truth).map((one) => (chance() < 1 / 6 ? turned(one) : one));
    const once = answer(closePairs(values, 400));
    const twice = [...once, ...answer(closePairs(strengthsOf(values, once), 400, once))];
    const wrong = [[], once, twice].map((comparisons) => inversions(orderOf(strengthsOf(values, comparisons)), truth));
    expect(wrong).toEqual(wrong.toSorted((a, b) => b - a));
    expect(wrong[2]).toBeLessThan(0.75 * (wrong[0] ?? 0));
  });
});

const perfect = (pairs: RankPair[], truth: number[]): Comparison[] =>
  pairs.map(({ first, second }) => {
    const [a = 0, b = 0] = [truth[first], truth[second]];
    return { first, second, winner: a === b ? 'tie' : a > b ? 'first' : 'second' };
  });

const turned = (one: Comparison): Comparison => ({ ...one, winner: one.winner === 'first' ? 'second' : 'first' });

/** Pairs of the order that stand the wrong way round. */
function inversions(order: number[], truth: number[]): number {
  const merits = order.map((place) => truth[place] ?? 0);
  return merits.reduce((sum, merit, place) => sum + merits.slice(place + 1).filter((later) => later > merit).length, 0);
}

/** Evenly from 0 to 1, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
