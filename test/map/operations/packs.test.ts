/** Several answers in one: each comes to the item that it is about, or the item is asked about again. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../../src/contracts/map.ts';
import { item, operation } from './subjects.ts';

const items = (count: number): Item[] => Array.from({ length: count }, (_, index) => item(`text ${index}`));
const split = (answer: unknown, count: number) =>
  operation('score').acceptPack(typeof answer === 'string' ? answer : JSON.stringify(answer), items(count));

describe('joining by id', () => {
  /** For each place: how often it is answered. Order and strangers between them are anybody's. */
  const answered = fc
    .record({
      times: fc.array(fc.constantFrom(0, 1, 1, 1, 2, 3), { minLength: 1, maxLength: 50 }),
      strangers: fc.array(
        fc.oneof(
          fc.integer({ min: 0, max: 60 }),
          fc.integer({ max: 0 }),
          fc.integer({ min: 51 }),
          fc.double(),
          fc.string({ minLength: 5 }),
          fc.constant(null),
        ),
        { maxLength: 4 },
      ),
      seed: fc.array(fc.nat(), { minLength: 110, maxLength: 110 }),
      asText: fc.boolean(),
    })
    .map(({ times, strangers, seed, asText }) => {
      const own = times.flatMap((count, place) =>
        Array.from({ length: count }, () => ({ id: asText ? String(place + 1) : place + 1, score: 1 + (place % 5) })),
      );
      const entries: { id: unknown; score: number }[] = [
        ...own,
        ...strangers
          .filter((id) => !(Number.isInteger(id) && Number(id) >= 1 && Number(id) <= times.length))
          .map((id) => ({ id, score: 3 })),
      ];
      const order = entries.map((_, index) => index).sort((a, b) => (seed[a] ?? 0) - (seed[b] ?? 0));
      return { times, strangers: entries.length - own.length, entries: order.map((index) => entries[index]) };
    });

  test('whatever is answered, in any order: once is an answer, more or less is none, strangers are nobody’s', () => {
    fc.assert(
      fc.property(answered, ({ times, strangers, entries }) => {
        const { verdicts, missing, problems } = split({ items: entries }, times.length);
        expect(verdicts).toEqual(
          times.map((count, place) => (count === 1 ? { value: { score: 1 + (place % 5) } } : null)),
        );
        expect(missing).toEqual([...times.keys()].filter((place) => times[place] !== 1));
        expect(problems.some((one) => one.startsWith('No answer'))).toBe(missing.length > 0);
        expect(problems.some((one) => one.startsWith('Answered more'))).toBe(times.some((count) => count > 1));
        expect(problems.some((one) => one.startsWith('These ids were not'))).toBe(strangers > 0);
      }),
      { numRuns: 300 },
    );
  });

  test('a bad answer is its own item’s problem', () => {
    const { verdicts, missing, problems } = split(
      {
        items: [
          { id: 2, score: 99 },
          { id: 1, score: 2 },
        ],
      },
      2,
    );
    expect(verdicts).toEqual([
      { value: { score: 2 } },
      { problems: [expect.stringContaining('99')], last: { score: 99 } },
    ]);
    expect({ missing, problems }).toEqual({ missing: [], problems: [] });
  });

  test('an object may have an id of its own', () => {
    const answer = { items: [{ id: 1, value: { price: 3, name: 'ab' } }] };
    expect(operation('extract').acceptPack(JSON.stringify(answer), items(1)).verdicts).toEqual([
      { value: { price: 3, name: 'ab' } },
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{"items": [', /not JSON/],
    ['no list', { answers: [] }, /no list "items"/],
    ['a list at the root', [{ id: 1, score: 2 }], /no list "items"/],
    ['entries that are none', { items: [null, 7, 'x'] }, /not asked about: null, 7, "x"|No answer/],
  ])('an answer with %s leaves every item missing', (_, answer, problem) => {
    const { verdicts, missing, problems } = split(answer, 3);
    expect(verdicts).toEqual([null, null, null]);
    expect(missing).toEqual([0, 1, 2]);
    expect(problems.join(' ')).toMatch(problem);
  });

  test('a thousand strangers are told in a line', () => {
    const strangers = Array.from({ length: 1000 }, () => ({ id: 'x'.repeat(1000), score: 1 }));
    expect(split({ items: strangers }, 50).problems.join(' ').length).toBeLessThan(3000);
  });
});

describe('the format of a pack', () => {
  test('is the same for packs of all sizes, and says what one answer is', () => {
    const { name, schema } = operation('classify').format(true);
    expect(name).toBe('map-classify-pack');
    expect(schema).toMatchObject({
      properties: {
        items: {
          type: 'array',
          items: {
            properties: { id: { type: 'integer' }, label: { enum: ['spam', 'ham', 'other'] } },
            required: ['id', 'label'],
          },
        },
      },
    });
  });
});
