/** Figures worked out by hand, and once against the definition. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OperationSettings } from '../../../src/contracts/map.ts';
import { classify, type Ending, outputOf } from '../../support/map-outcomes.ts';

const summaryOf = async (operation: OperationSettings, endings: Ending[], calls = endings.length) =>
  (await outputOf(operation, endings, { calls })).summary;
const agreementOf = async (operation: OperationSettings, endings: Ending[]) =>
  (await summaryOf(operation, endings)).agreement;

const SCORE: OperationSettings = { name: 'score', rubric: 'r', min: 0, max: 10 };
const RANK: OperationSettings = { name: 'rank', criterion: 'c', comparisons: 2 };

const labels = (...pairs: [string | null, string?][]): Ending[] =>
  pairs.map(([label, gold]) => ({
    ...(label !== null && { result: { label } }),
    ...(gold !== undefined && { gold }),
  }));

describe('counts', () => {
  test('are of items, and of calls that were made', async () => {
    const summary = await summaryOf(
      classify(['a', 'b']),
      [
        { result: { label: 'a' }, change: { isReused: true, costMicros: 0 } },
        { result: { label: 'b' }, change: { tier: 'mini', costMicros: 70 } },
        { change: { tier: 'mini', costMicros: 90, dead: { type: 'Refused', reason: 'r' } } },
        {},
        {},
      ],
      4,
    );
    expect(summary).toEqual({
      version: 1,
      operation: 'classify',
      items: 5,
      done: 2,
      dead: 3,
      reused: 1,
      calls: 4,
      costMicros: 180,
      tiers: [
        { tier: 'mini', items: 2, costMicros: 160 },
        { tier: 'nano', items: 3, costMicros: 20 },
      ],
      deadLetters: [
        { type: 'AnswerInvalid', items: 2 },
        { type: 'Refused', items: 1 },
      ],
      labels: {
        distinct: 2,
        top: [
          { label: 'a', items: 1 },
          { label: 'b', items: 1 },
        ],
      },
      scores: null,
      findings: null,
      agreement: null,
    });
  });

  test('of labels are the 200 most frequent, and how many there are', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `label ${index}`);
    const ends = names.flatMap((label, index) => Array.from({ length: index < 5 ? 2 : 1 }, () => label));
    const { labels: counted } = await summaryOf(classify(names), labels(...ends.map((label): [string] => [label])));
    expect(counted?.distinct).toBe(300);
    expect(counted?.top.length).toBe(200);
    expect(counted?.top.slice(0, 6).map(({ items }) => items)).toEqual([2, 2, 2, 2, 2, 1]);
  });

  test('of findings are in all, and of items that have any', async () => {
    const ends = [[1, 2], [], [3]].map((findings) => ({ result: { findings } }));
    const { findings } = await summaryOf({ name: 'review', lookFor: 'x' }, ends);
    expect(findings).toEqual({ total: 3, items: 2 });
  });

  test('of scores are their distribution', async () => {
    const { scores } = await summaryOf(
      SCORE,
      [7, 1, 3, 5, 9].map((score) => ({ result: { score } })),
    );
    expect(scores).toEqual({ mean: 5, min: 1, p10: 1.8, p25: 3, median: 5, p75: 7, p90: 8.2, max: 9 });
    const one = await summaryOf(RANK, [{ result: { rank: 1, score: 4 } }]);
    expect(one.scores).toEqual({ mean: 4, min: 4, p10: 4, p25: 4, median: 4, p75: 4, p90: 4, max: 4 });
    expect((await summaryOf(SCORE, [{}])).scores).toBeNull();
  });
});

describe('agreement of labels', () => {
  test('is accuracy, and precision, recall and F1 of each', async () => {
    const endings = labels(
      ...([['a', 'a'], ['a', 'a'], ['a', 'b'], ['b', 'b'], ['b', ' a '], ['c', 'b'], ['b'], [null, 'a']] as [
        string,
        string?,
      ][]),
    );
    expect(await agreementOf(classify(['a', 'b', 'c', 'd']), endings)).toEqual({
      kind: 'labels',
      judged: 6,
      withoutResult: 1,
      unreadable: 0,
      accuracy: 3 / 6,
      labels: [
        { label: 'a', gold: 3, given: 3, right: 2, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 },
        { label: 'b', gold: 3, given: 2, right: 1, precision: 1 / 2, recall: 1 / 3, f1: 2 / 5 },
        { label: 'c', gold: 0, given: 1, right: 0, precision: 0, recall: null, f1: null },
        { label: 'd', gold: 0, given: 0, right: 0, precision: null, recall: null, f1: null },
      ],
    });
  });

  test('counts gold that is none of the labels, and nothing agrees with it', async () => {
    const endings = labels(['a', 'A'], ['a', 'a'], ['b', 'ham']);
    expect(await agreementOf(classify(['a', 'b']), endings)).toMatchObject({
      judged: 3,
      unreadable: 2,
      accuracy: 1 / 3,
      labels: [
        { label: 'a', precision: 1 / 2, recall: 1 },
        { label: 'b', precision: 0, recall: null },
      ],
    });
  });

  test('of handlers and of "other" is the same', async () => {
    const route: OperationSettings = { name: 'route', handlers: [{ name: 'sales' }, { name: 'help' }] };
    expect(await agreementOf(route, labels(['sales', 'sales'], ['help', 'sales']))).toMatchObject({ accuracy: 0.5 });
    expect(await agreementOf(classify(['a'], true), labels(['other', 'other'], ['a', 'other']))).toMatchObject({
      accuracy: 0.5,
      unreadable: 0,
    });
  });

  test('of nothing is no figure', async () => {
    expect(await agreementOf(classify(['a']), labels([null, 'a']))).toMatchObject({ judged: 0, accuracy: null });
  });
});

describe('agreement of scores', () => {
  const scores = (...pairs: [number | null, string][]): Ending[] =>
    pairs.map(([score, gold]) => ({ gold, ...(score !== null && { result: { score } }) }));

  test('is the mean absolute error and the correlation of ranks', async () => {
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 4, 3: products of their distances from 2.5 add up to 3, squares to 4.5 and 5.
    const endings = scores([1, '2'], [4, '4'], [4, '8'], [9, '7.5'], [null, '3'], [5, 'high'], [5, ' ']);
    expect(await agreementOf(SCORE, endings)).toEqual({
      kind: 'scores',
      judged: 4,
      withoutResult: 1,
      unreadable: 2,
      meanAbsoluteError: (1 + 0 + 4 + 1.5) / 4,
      rankCorrelation: 3 / Math.sqrt(4.5 * 5),
    });
  });

  test.each([
    ['1 in the same order', [1, 2, 3], 1],
    ['-1 in the reverse order', [9, 5, 1], -1],
    ['none where all are the same', [4, 4, 4], null],
  ])('is %s', async (_, given, correlation) => {
    const gold = ['10', '20', '30'];
    const endings = scores(...given.map((score, index): [number, string] => [score, gold[index] ?? '']));
    expect(await agreementOf(SCORE, endings)).toMatchObject({ rankCorrelation: correlation });
  });

  test('of nothing is no figure', async () => {
    expect(await agreementOf(SCORE, scores([null, '1']))).toMatchObject({
      judged: 0,
      meanAbsoluteError: null,
      rankCorrelation: null,
    });
  });
});

describe('agreement of an order', () => {
  const ranked = (...gains: (string | undefined)[]): Ending[] =>
    gains.map((gold, index) => ({
      result: { rank: index + 1, score: 0 },
      ...(gold !== undefined && { gold }),
    }));

  test('is nDCG@10', async () => {
    // The example of Järvelin and Kekäläinen's measure that is taught most: 6.861 over 7.141.
    const agreement = await agreementOf(RANK, ranked('3', '2', '3', '0', '1', '2').toReversed());
    expect(agreement).toMatchObject({ kind: 'ranking', judged: 6, withoutResult: 0, unreadable: 0 });
    expect(agreement?.kind === 'ranking' && agreement.ndcgAt10).toBeCloseTo(6.861 / 7.141, 3);
  });

  test('is 1 in the best order, and none where nothing is relevant', async () => {
    expect(await agreementOf(RANK, ranked('3', '2', '1'))).toMatchObject({ ndcgAt10: 1 });
    expect(await agreementOf(RANK, ranked('0', '0'))).toMatchObject({ ndcgAt10: null });
  });

  test('looks at the first ten, and at the best ten of all that have gold', async () => {
    const eleventh = ranked(...Array.from({ length: 10 }, () => '0'), '5');
    expect(await agreementOf(RANK, eleventh)).toMatchObject({ ndcgAt10: 0 });
    const dead = [...ranked('1', 'x', '-1', undefined), { gold: '1' }];
    expect(await agreementOf(RANK, dead)).toEqual({
      kind: 'ranking',
      judged: 1,
      withoutResult: 1,
      unreadable: 2,
      ndcgAt10: 1 / (1 + 1 / Math.log2(3)),
    });
  });

  test('is the same as by the definition, for any order', async () => {
    const gains = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(gains, fc.nat(), async (all, seed) => {
        const places = all.map((_, index) => (index * 7 + seed) % all.length);
        const isOrder = new Set(places).size === all.length;
        const order = isOrder ? places : all.map((_, index) => index);
        const endings = all.map((gain, index) => ({
          gold: String(gain),
          result: { rank: (order[index] ?? 0) + 1, score: 0 },
        }));
        const inOrder = all.toSorted((a, b) => 0 * (a - b));
        for (const [index, gain] of all.entries()) inOrder[order[index] ?? 0] = gain;
        const dcg = (values: number[]) =>
          values.slice(0, 10).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
        const best = dcg(all.toSorted((a, b) => b - a));
        const agreement = await agreementOf(RANK, endings);
        const figure = agreement?.kind === 'ranking' ? agreement.ndcgAt10 : undefined;
        if (best === 0) expect(figure).toBeNull();
        else expect(figure).toBeCloseTo(dcg(inOrder) / best, 12);
      }),
      { numRuns: 40 },
    );
  });
});

describe('agreement of fields', () => {
  const schema = { type: 'object', properties: { name: {}, tags: {}, place: {} } };
  const right = { name: 'N', tags: ['x'], place: { city: 'C', zip: 1 } };

  test('is exact, field by field', async () => {
    const gold = JSON.stringify(right);
    const endings: Ending[] = [
      { gold, result: { place: { zip: 1, city: 'C' }, tags: ['x'], name: 'N' } },
      { gold, result: { ...right, tags: ['x', 'y'] } },
      { gold: '{"name":"N"}', result: { name: 'n', tags: null, place: null } },
      { gold },
      { gold: 'N', result: right },
      { gold: '["N"]', result: right },
      { result: right },
    ];
    expect(await agreementOf({ name: 'extract', schema }, endings)).toEqual({
      kind: 'fields',
      judged: 3,
      withoutResult: 1,
      unreadable: 2,
      exact: 1 / 3,
      fields: [
        { field: 'name', right: 2, share: 2 / 3 },
        { field: 'tags', right: 2, share: 2 / 3 },
        { field: 'place', right: 3, share: 1 },
      ],
    });
  });
});

test('a review is not compared with gold', async () => {
  expect(await agreementOf({ name: 'review', lookFor: 'x' }, [{ gold: 'x', result: { findings: [] } }])).toBeNull();
});
