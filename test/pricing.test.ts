/** Costs that were worked out by hand from the price table (docs: developers.openai.com/api/docs/models). */
import { describe, expect, test } from '@jest/globals';
import { isSameModel, loadCatalogue, type ModelFigures } from '../src/catalogue/catalogue.ts';
import { costMicros, costOf, laneOf, worstCase } from '../src/pricing.ts';

const catalogue = loadCatalogue();
function figures(model: string): ModelFigures {
  const found = catalogue.figuresOf(model);
  if (!found) throw new Error(`There is no ${model}.`);
  return found;
}

const usage = (inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens = 0) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
  reasoningTokens,
});

describe('the cost of a call', () => {
  test.each<[string, string, ReturnType<typeof usage>, number]>([
    // 1000 × 2.50 + 100 × 15
    ['gpt-5.4', 'fresh input and output', usage(1000, 0, 100), 4000],
    // 400 × 2.50 + 600 × 0.25 + 100 × 15
    ['gpt-5.4', 'part of the input cached', usage(1000, 600, 100), 2650],
    // Reasoning is in the output already: 10 × 0.75 + 50 × 4.50 = 232.5, rounded up
    ['gpt-5.4-mini', 'reasoning within the output', usage(10, 0, 50, 40), 233],
    // 3 × 0.20 + 1 × 1.25 = 1.85
    ['gpt-5.4-nano', 'a fraction of a micro-dollar', usage(3, 0, 1), 2],
    // Exactly at the threshold: 272,000 × 2.50
    ['gpt-5.4', 'the longest ordinary input', usage(272_000, 0, 0), 680_000],
    // One more: the whole request at 2 × input and 1.5 × output: 272,001 × 5 + 1000 × 22.5
    ['gpt-5.4', 'a long context', usage(272_001, 0, 1000), 1_382_505],
    // Cached tokens double as well: 1 × 5 + 300,000 × 0.50
    ['gpt-5.4', 'a long context from the cache', usage(300_001, 300_000, 0), 150_005],
  ])('of %s with %s is exact to the micro-dollar', (model, _, tokens, micros) => {
    expect(costMicros(figures(model), tokens)).toBe(micros);
  });

  test('is that of the model a dated snapshot belongs to', () => {
    expect(costMicros(figures('gpt-5.4-mini-2026-03-17'), usage(1_000_000, 0, 0))).toBe(750_000);
  });

  test('at worst takes every byte for a token and every output token for used', () => {
    expect(worstCase(figures('gpt-5.4-mini'), 1000, 100)).toEqual({ micros: 1200, tokens: 1100, calls: 1, quota: 330 });
    expect(worstCase(figures('gpt-5.4'), 300_000, 10).micros).toBe(300_000 * 5 + 225);
  });

  test('where writing the cache is charged takes what was not read from it as written to it', () => {
    // 400 × 2.50 + 600 × 0.20 + 100 × 10
    expect(costMicros(figures('gpt-6-sol'), usage(1000, 600, 100))).toBe(2120);
  });
});

describe('the lane of a call', () => {
  test.each<[string, string | null, number]>([
    // 1000 × 0.75 + 100 × 4.50 = 1200
    ['ordinary', 'default', 1200],
    ['not told', null, 1200],
    ['half the price in the batch lane', 'batch', 600],
    ['and in the flexible one', 'flex', 600],
    ['twice in the fast one', 'priority', 2400],
    ['by its newer name', 'fast', 2400],
    ['a word of tomorrow', 'scale', 1200],
  ])('is %s', (_, serviceTier, micros) => {
    expect(costMicros(figures('gpt-5.4-mini'), usage(1000, 0, 100), laneOf(serviceTier))).toBe(micros);
  });

  test('goes together with a long context: (300,000 × 5 + 1000 × 22.5) / 2', () => {
    expect(costMicros(figures('gpt-5.4'), usage(300_000, 0, 1000), 'batch')).toBe(761_250);
  });
});

test('quota is counted in tokens of the flagship: a token of Mini is 0.3 of one', () => {
  const tokens = usage(1000, 500, 101);
  expect(costOf(figures('gpt-5.4'), tokens)).toMatchObject({ tokens: 1101, calls: 1, quota: 1101 });
  // 1101 × 0.3 = 330.3, rounded up
  expect(costOf(figures('gpt-5.4-mini'), tokens)).toMatchObject({ tokens: 1101, calls: 1, quota: 331 });
});

test.each([
  ['gpt-5.4', 'gpt-5.4', true],
  ['gpt-5.4', 'gpt-5.4-2026-03-05', true],
  ['gpt-5.4', 'gpt-5.4-mini', false],
  ['gpt-5.4', 'gpt-5.4-mini-2026-03-17', false],
  ['gpt-5.4-mini', 'gpt-5.4', false],
])('asked for %s, an answer of %s is the same model: %s', (asked, answered, same) => {
  expect(isSameModel(asked, answered)).toBe(same);
});
