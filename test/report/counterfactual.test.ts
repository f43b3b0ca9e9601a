/** What the flagship alone would have cost, worked out by hand. Prices and solve rates here are round, and nobody's. */
import { describe, expect, test } from '@jest/globals';
import type { ModelFigures } from '../../src/catalogue/schema.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Counterfactual } from '../../src/contracts/report-money.ts';
import type { SortedCalls } from '../../src/report/call-roles.ts';
import { counterfactual } from '../../src/report/counterfactual.ts';
import { callGroup } from '../support/report.ts';

/** Micro-dollars per token: input, cached, output. */
const model = (
  id: string,
  [input, cachedInput, output]: [number, number, number],
  change: Partial<ModelFigures> = {},
): ModelFigures => ({
  ...{ id, provider: 'openai', contextTokens: 1e6, maxInputTokens: 1e6, maxOutputTokens: 1e6, efforts: ['none'] },
  ...{ capabilities: [], source: 'made up', prices: { input, cachedInput, output } },
  ...change,
});

const big = model('big', [10, 1, 100], {
  longContext: { aboveTokens: 1000, inputFactor: 2, outputFactor: 1.5 },
  solveRates: { 'mcp-atlas': 80 },
});
const small = model('small', [1, 0.5, 10], { solveRates: { 'mcp-atlas': 60 } });
const tiny = model('tiny', [0.5, 0.5, 1], { solveRates: { 'mcp-atlas': 40 } });
const unrated = model('unrated', [1, 1, 1], { solveRates: { gpqa: 50 } });
const ROWS = [big, small, tiny, unrated];

/** The small model's accepted work; tokens are input, cached, output. */
function calls(
  [inputTokens, cachedInputTokens, outputTokens]: [number, number, number],
  settledMicros: number,
  change: Partial<SortedCalls> = {},
): SortedCalls {
  const used = { inputTokens, cachedInputTokens, outputTokens, settledMicros };
  return { ...callGroup(), role: 'work', kind: 'investigate', isAccepted: true, model: 'small', ...used, ...change };
}

const failed = { isAccepted: false } as const;
const own = (role: 'planning' | 'judging' | 'answer') =>
  ({ role, kind: null, isAccepted: false, model: 'big' }) as const;

/** Throws where there is no answer. */
function compare(all: SortedCalls[], change: { isStandIn?: boolean; rows?: ModelFigures[] } = {}): Counterfactual {
  const { isStandIn = false, rows = ROWS } = change;
  const figuresOf = (id: string) => rows.find((row) => row.id === id);
  const compared = counterfactual({ calls: all, flagship: 'big', figuresOf, isStandIn });
  if (!compared) throw new Error('nothing was compared');
  return compared;
}

const casesOf = (compared: Counterfactual) =>
  Object.fromEntries(compared.cases.map(({ name, costMicros }) => [name, costMicros]));

describe('the cases', () => {
  // Tokens at the flagship's prices: 100 fresh × 10 + 100 cached × 1 + 20 × 100 = 3100.
  const accepted = calls([200, 100, 20], 350);
  // 100 × 10 + 10 × 100 = 2000.
  const lost = calls([100, 0, 10], 200, failed);
  // 50 × 10 + 5 × 100 = 1000, on the flagship itself.
  const [plan, judge, answer] = [own('planning'), own('judging'), own('answer')].map((on) =>
    calls([50, 0, 5], 1000, on),
  ) as [SortedCalls, SortedCalls, SortedCalls];

  test('are worked out from the same books, the range over all of them', () => {
    const compared = compare([plan, accepted, lost, judge, answer]);
    expect(casesOf(compared)).toEqual({
      'accepted-only': 3100 + 1000,
      // 60 % over 80 % of the tokens of both tries.
      scaled: 0.75 * (3100 + 2000) + 1000,
      'same-tokens': 3100 + 2000 + 3 * 1000,
      // 200 × 10 + 20 × 100 = 4000 in place of 3100.
      'cold-caches': 4000 + 2000 + 3 * 1000,
    });
    expect(compared).toMatchObject({ costMicros: 350 + 200 + 3000, lowMicros: 4100, highMicros: 9000 });
  });

  test('count what was saved with its sign, in money and of what the flagship would have cost', () => {
    const { savedMicros, savedPercent } = compare([plan, accepted, lost, judge, answer]);
    expect(savedMicros).toEqual({ low: 4100 - 3550, high: 9000 - 3550 });
    // 550 of 4100, 5450 of 9000.
    expect(savedPercent).toEqual({ low: 13.4, high: 60.6 });
  });

  test('are negative where planning and judging cost more than the small model saved', () => {
    const { lowMicros, savedMicros, savedPercent } = compare([{ ...plan, settledMicros: 9000 }, accepted]);
    expect(lowMicros).toBe(0.75 * 3100);
    expect(savedMicros).toEqual({ low: 2325 - 9350, high: 5000 - 9350 });
    expect(savedPercent).toEqual({ low: -302.2, high: -87 });
  });

  test('differ by planning alone where everything ran on the flagship', () => {
    const work = calls([200, 100, 20], 3100, { model: 'big' });
    const compared = compare([plan, work, answer]);
    expect(casesOf(compared)).toEqual({
      ...{ 'accepted-only': 4100, scaled: 4100, 'same-tokens': 5100, 'cold-caches': 6000 },
    });
    expect(compared.savedMicros).toEqual({ low: -1000, high: 900 });
  });

  test('scale each model by its own rate', () => {
    const other = calls([100, 0, 10], 60, { model: 'tiny' });
    expect(casesOf(compare([accepted, other]))).toMatchObject({ scaled: 0.75 * 3100 + 0.5 * 2000 });
  });

  test('scale tokens up where the flagship solves less', () => {
    const better = { ...small, solveRates: { 'mcp-atlas': 100 } };
    const compared = compare([accepted], { rows: [big, better] });
    expect(casesOf(compared)).toMatchObject({ 'accepted-only': 3100, scaled: 3875 });
    expect(compared.lowMicros).toBe(3100);
  });

  test('leave triage to the cases with everything: alone, nothing is handed over', () => {
    const triage = calls([100, 0, 10], 60, { kind: 'triage', model: 'tiny' });
    expect(casesOf(compare([accepted, triage]))).toEqual({
      ...{ 'accepted-only': 3100, scaled: 0.75 * 3100, 'same-tokens': 5100, 'cold-caches': 6000 },
    });
  });

  test('charge long requests the surcharge, and not their sum', () => {
    // Above 1000: 1500 × 20 + 10 × 150 = 31500. Below: 900 × 10 + 20 × 100 = 11000.
    const long = calls([1500, 0, 10], 0, { isLong: true });
    const short = calls([900, 0, 20], 0);
    expect(casesOf(compare([long, short]))).toMatchObject({ 'same-tokens': 42_500 });
    // Ten short ones in a group.
    const many = calls([9000, 0, 0], 0);
    expect(casesOf(compare([many]))).toMatchObject({ 'same-tokens': 90_000 });
    // Cached input of a long request: 1000 × 20 + 500 × 2.
    const cached = calls([1500, 500, 0], 0, { isLong: true });
    expect(casesOf(compare([cached]))).toMatchObject({ 'same-tokens': 21_000, 'cold-caches': 30_000 });
  });

  test('charge for writing the cache where the flagship does', () => {
    const writes = { ...big, prices: { ...big.prices, cacheWrite: 12 } };
    // 100 fresh × 12 + 100 cached × 1 + 2000; cold, 200 × 12 + 2000.
    expect(casesOf(compare([accepted], { rows: [writes, small] }))).toMatchObject({
      ...{ 'same-tokens': 3300, 'cold-caches': 4400 },
    });
  });
});

describe('money without tokens', () => {
  test('counts for the run and not for the flagship, and is named', () => {
    const doubtful = calls([100, 0, 10], 250, { inDoubtMicros: 700, unusableMicros: 50, untoldMicros: 50 });
    const { costMicros, savedMicros, assumptions, lowMicros } = compare([doubtful]);
    expect([costMicros, lowMicros]).toEqual([950, 1500]);
    expect(savedMicros.low).toBe(1500 - 950);
    expect(assumptions.join(' ')).toContain('$0.00075 of what was spent is in doubt');
  });

  test('is not named where there is none', () => {
    expect(compare([calls([100, 0, 10], 250)]).assumptions.join(' ')).not.toContain('in doubt');
  });
});

describe('what can’t be worked out is left out, and said', () => {
  test('the scaled case, where a model that worked has no solve rate', () => {
    const { cases, assumptions } = compare([calls([100, 0, 10], 60), calls([100, 0, 10], 60, { model: 'unrated' })]);
    expect(cases.map(({ name }) => name)).toEqual(['accepted-only', 'same-tokens', 'cold-caches']);
    expect(assumptions.join(' ')).toContain('the catalogue has none of unrated (MCP Atlas)');
  });

  test('the scaled case, where the flagship has none', () => {
    const { solveRates: _rates, ...bare } = big;
    const { cases, assumptions } = compare([calls([100, 0, 10], 60)], { rows: [bare, small] });
    expect(cases.map(({ name }) => name)).toEqual(['accepted-only', 'same-tokens', 'cold-caches']);
    expect(assumptions.join(' ')).toContain('the catalogue has none of big (MCP Atlas)');
  });

  test('no solve rate of the flagship for its own work', () => {
    const { solveRates: _rates, ...bare } = big;
    const { cases, assumptions } = compare([calls([100, 0, 10], 2000, { model: 'big' })], { rows: [bare] });
    expect(cases.map(({ name }) => name)).toContain('scaled');
    expect(assumptions.join(' ')).not.toContain('olve rates');
  });

  test('a rate that nobody needs is not asked for', () => {
    const { cases } = compare([calls([100, 0, 10], 60), calls([9, 0, 1], 6, { kind: 'triage', model: 'unrated' })]);
    expect(cases.map(({ name }) => name)).toContain('scaled');
  });

  test('accepted work, where there is none', () => {
    const { cases, lowMicros } = compare([calls([100, 0, 10], 200, failed)]);
    expect(cases.map(({ name }) => name)).toEqual(['scaled', 'same-tokens', 'cold-caches']);
    expect(lowMicros).toBe(1500);
  });

  test('work at all, where only planning came about', () => {
    const { cases, savedMicros } = compare([calls([50, 0, 5], 1000, own('planning'))]);
    expect(cases.map(({ name }) => name)).toEqual(['same-tokens', 'cold-caches']);
    expect(savedMicros).toEqual({ low: 0, high: 0 });
  });

  test('anything, where no model was called', () => {
    const compared = compare([]);
    expect(compared).toMatchObject({ costMicros: 0, lowMicros: 0, highMicros: 0, savedPercent: null });
    expect(compared.assumptions).toEqual(['No model was called: there is nothing to compare.']);
  });

  test('a share of what a free flagship costs', () => {
    const free = model('big', [0, 0, 0], { solveRates: { 'mcp-atlas': 80 } });
    const { savedMicros, savedPercent } = compare([calls([100, 0, 10], 200)], { rows: [free, small] });
    expect([savedMicros, savedPercent]).toEqual([{ low: -200, high: -200 }, null]);
  });

  test('everything, where the flagship has no price', () => {
    expect(counterfactual({ calls: [], flagship: 'gone', figuresOf: () => undefined, isStandIn: false })).toBeNull();
  });
});

describe('the assumptions', () => {
  test('name each solve rate that was used', () => {
    const text = compare([calls([100, 0, 10], 60), calls([1, 0, 1], 1, { model: 'tiny' })]).assumptions.join(' ');
    expect(text).toContain(
      'small 60 %, big 80 % on MCP Atlas, so × 0.750; tiny 40 %, big 80 % on MCP Atlas, so × 0.500.',
    );
  });

  test('say whose answers they were', () => {
    const work = [calls([100, 0, 10], 60)];
    expect(compare(work, { isStandIn: true }).assumptions.join(' ')).toContain('Answers came from the stand-in');
    expect(compare(work).assumptions.join(' ')).not.toContain('stand-in');
  });

  test('name triage where there was some', () => {
    const triage = calls([9, 0, 1], 6, { kind: 'triage' });
    expect(compare([triage]).assumptions.join(' ')).toContain('judging, triage or second tries');
    expect(compare([calls([9, 0, 1], 6)]).assumptions.join(' ')).toContain('judging or second tries');
  });
});

test('the first three models are compared as they were published', () => {
  const catalogue = loadCatalogue();
  const figuresOf = (id: string) => catalogue.figuresOf(id);
  // 1,000,000 tokens in and 100,000 out: $2.50 + $1.50 on the flagship; its 67.2 % against 57.7 % scale that to $3.434524.
  const work = calls([1_000_000, 0, 100_000], 1_200_000, { model: 'gpt-5.4-mini-2026-03-17' });
  const compared = counterfactual({ calls: [work], flagship: 'gpt-5.4-2026-03-05', figuresOf, isStandIn: false });
  expect(compared).toMatchObject({
    lowMicros: 3_434_524,
    highMicros: 4_000_000,
    savedPercent: { low: 65.1, high: 70 },
  });
});
