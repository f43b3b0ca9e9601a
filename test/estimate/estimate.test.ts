/** What a plan may cost: hand-computed figures, and what holds for every plan. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Range } from '../../src/contracts/estimate.ts';
import { DEFAULT_LADDERS } from '../../src/contracts/kinds.ts';
import { chainLengths } from '../../src/contracts/plan-graph.ts';
import { PlanSchema, type Subtask } from '../../src/contracts/plan.ts';
import { estimate, type EstimateFacts } from '../../src/estimate/estimate.ts';
import type { PastAttempt } from '../../src/store/ledger.ts';
import { fleet, limits } from '../support/builders.ts';

/** A dollar per million tokens in, a tenth of it from the cache, ten out. */
const PRICES = { prices: { input: 1, cachedInput: 0.1, output: 10 }, contextTokens: 1_000_000 };

/** Of three letters: a token. */
const look = (change: Record<string, unknown> = {}): Subtask =>
  planned({ id: 'look', kind: 'investigate', title: 'Look', instructions: 'abc', ...change });

function planned(subtask: Record<string, unknown>): Subtask {
  const [parsed] = PlanSchema.parse({ subtasks: [subtask] }).subtasks;
  if (!parsed) throw new Error('A plan has a subtask.');
  return parsed;
}

const facts = (change: Partial<EstimateFacts> = {}): EstimateFacts => ({
  objectiveId: null,
  subtasks: [look()],
  checks: {},
  limits: limits({ maxTurns: 2, maxReplans: 0 }),
  ladders: DEFAULT_LADDERS,
  tiers: fleet().tiers,
  priceOf: () => PRICES,
  textBytes: 0,
  files: [{ path: 'src/a.ts', bytes: 3000 }],
  past: { attempts: [], objectives: 0 },
  ...{ round: 1, earlier: 0, spentMicros: 0, budgetMicros: null, approveAboveMicros: null },
  ...change,
});

const attempt = (change: Partial<PastAttempt> = {}): PastAttempt => ({
  ...{ purpose: 'turn', tier: 'mini', model: 'gpt-5.4-mini', isStandIn: false, calls: 3 },
  ...{ costMicros: 300, workedMs: 3000 },
  ...change,
});

/** 100 and a second, 200 and two, … */
const attempts = (count: number, change: Partial<PastAttempt> = {}): PastAttempt[] =>
  Array.from({ length: count }, (_, index) =>
    attempt({ costMicros: 100 * (index + 1), workedMs: 1000 * (index + 1), ...change }),
  );

const lineOf = (change: Partial<EstimateFacts>) => estimate(facts(change)).subtasks[0];

describe('without a past', () => {
  // Low: 2,001 in and 150 out; then 2,551 in, 2,001 of them cached, and 150 out: 3,501 + 2,251. Likely and high alike, by their own figures.
  test('an investigation is turns over a conversation that grows, at the price of its tier, for every try of its ladder', () => {
    const [line] = estimate(facts()).subtasks;
    expect(line?.rungs.map(({ tier, tries, costMicros, seconds }) => [tier, tries, costMicros, seconds])).toEqual([
      ['mini', 2, { low: 5752, likely: 15_302, high: 2 * 45_702 }, { low: 3, likely: 23, high: 347 }],
      ['manager', 1, { low: 0, likely: 0, high: 45_702 }, { low: 0, likely: 0, high: 173 }],
    ]);
    expect(line).toMatchObject({
      costMicros: { low: 5752, likely: 15_302, high: 3 * 45_702 },
      seconds: { low: 3, likely: 23, high: 520 },
      basis: { kind: 'assumption', attempts: 0, standInAttempts: 0 },
    });
  });

  test('the answer of the manager is a line of its own, and so are its reviews, where it may extend the plan', () => {
    const answer = {
      costMicros: { low: 6650, likely: 20_330, high: 125_500 },
      seconds: { low: 3, likely: 26, high: 430 },
    };
    expect(estimate(facts()).manager).toMatchObject({ ...answer, calls: [{ purpose: 'synthesis', tries: 1 }] });

    const reviews = (change: Partial<EstimateFacts>) =>
      estimate(facts({ limits: limits(), ...change })).manager.calls.map(({ purpose, tries }) => [purpose, tries]);
    expect(reviews({})).toEqual([
      ['review', 2],
      ['synthesis', 1],
    ]);
    expect(reviews({ round: 2 })).toEqual([
      ['review', 1],
      ['synthesis', 1],
    ]);
    expect(reviews({ round: 3 })).toEqual([['synthesis', 1]]);
    expect(reviews({ earlier: 99 })).toEqual([['synthesis', 1]]);
    expect(reviews({ round: 3, isWithoutAnswer: true })).toEqual([]);
  });

  test('a result that is judged costs a call of the manager for each try, and its subtask lasts until then', () => {
    const [plain, judged] = [lineOf({}), lineOf({ subtasks: [look({ acceptance: 'abc' })] })];
    const call = judged?.rungs.at(-1);
    // Low: 2,001 in, 150 + 50 out. Likely: 3 findings of 250 tokens more, 600 + 150 out.
    expect(call).toMatchObject({
      ...{ purpose: 'judge', tier: 'manager', tries: 3 },
      costMicros: { low: 2001 + 2000, likely: 2001 + 750 + 7500 },
    });
    for (const which of ['low', 'likely', 'high'] as const) {
      expect(judged?.costMicros[which]).toBe((plain?.costMicros[which] ?? 0) + (call?.costMicros[which] ?? 0));
      expect(judged?.seconds[which]).toBe((plain?.seconds[which] ?? 0) + (call?.seconds[which] ?? 0));
    }
  });

  test('a command costs nothing, and takes its time-out at most', () => {
    const check = planned({ id: 'lint', kind: 'check', title: 'Lint', check: 'lint' });
    const { subtasks, costMicros, manager } = estimate(
      facts({ subtasks: [check], checks: { lint: { command: 'true', timeoutSeconds: 900 } } }),
    );
    expect(subtasks[0]).toMatchObject({
      tier: null,
      costMicros: { low: 0, likely: 0, high: 0 },
      seconds: { low: 0, likely: 60, high: 900 },
      basis: { kind: 'command' },
    });
    expect(costMicros).toEqual(manager.costMicros);
  });

  test('a triage sorts what its dependencies may find; what commands print is no finding', () => {
    const triage = planned({ id: 'sort', kind: 'triage', title: 'Sort', dependsOn: ['look', 'lint'] });
    const check = planned({ id: 'lint', kind: 'check', title: 'Lint', check: 'lint' });
    const [, line] = estimate(facts({ subtasks: [look(), triage, check] })).subtasks;
    // Likely: 3 findings of 250 tokens in one call, 60 tokens each back; nano thinks at effort `low`.
    expect(line).toMatchObject({ tier: 'nano', costMicros: { low: 0, likely: 2000 + 750 + 10 * (420 + 180) } });
  });

  test('an ask costs a call for each question, each reading what was said before', () => {
    const ask = (count: number) =>
      planned({ id: 'ask', kind: 'ask', title: 'Ask', questions: Array(count).fill('abc'), dependsOn: ['look'] });
    const [one, two] = [1, 2].map((count) => estimate(facts({ subtasks: [look(), ask(count)] })).subtasks[1]);
    // 2,000 of the request, 500 of what it builds on, one of the question; nano thinks at effort `low`.
    expect(one).toMatchObject({ tier: 'nano', costMicros: { likely: 2501 + 10 * 420 } });
    expect(two?.costMicros.likely).toBeGreaterThan(2 * (one?.costMicros.likely ?? Infinity) - 2501);
    expect(two?.seconds.likely).toBeGreaterThan(one?.seconds.likely ?? Infinity);
  });

  test.each<[string, Partial<EstimateFacts>]>([
    ['more may be read of larger files', { files: [{ path: 'src/a.ts', bytes: 300_000 }] }],
    ['it is told more', { subtasks: [look({ instructions: 'abc'.repeat(1000) })] }],
    ['it builds on others', { subtasks: [look({ dependsOn: ['x', 'y'] })] }],
    ['it may take more turns', { limits: limits({ maxTurns: 3, maxReplans: 0 }) }],
    ['it thinks harder', { tiers: { ...fleet().tiers, mini: { ...fleet().tiers.mini, effort: 'high' } } }],
  ])('an investigation costs more where %s', (_, change) => {
    const [less, more] = [lineOf({}), lineOf(change)];
    expect(more?.costMicros.likely).toBeGreaterThan(less?.costMicros.likely ?? Infinity);
    expect(more?.costMicros.high).toBeGreaterThan(less?.costMicros.high ?? Infinity);
  });

  test('only files below the paths of a subtask are in its scope', () => {
    const files = ['src/a.ts', 'lib/b.ts', 'src2/c.ts'].map((path) => ({ path, bytes: 900 }));
    const cost = (...paths: string[]) => lineOf({ files, subtasks: [look({ paths })] })?.costMicros.high ?? 0;
    expect(cost('src')).toBe(cost('./src/'));
    expect(cost('src')).toBe(cost('lib/b.ts'));
    expect(cost('src')).toBeLessThan(cost('src', 'lib'));
    expect(cost('src', 'lib', 'src2')).toBe(cost());
    expect(cost('.')).toBe(cost());
    expect(cost('absent')).toBeLessThan(cost('src'));
  });

  test('time is bounded by that of an attempt', () => {
    expect(lineOf({ limits: limits({ maxSubtaskSeconds: 10 }) })?.seconds).toMatchObject({ likely: 10, high: 30 });
  });
});

describe('with a past', () => {
  test('of five attempts or more, figures are its first decile, its median and its ninth decile', () => {
    expect(lineOf({ past: { attempts: attempts(5), objectives: 2 } })?.rungs[0]).toMatchObject({
      costMicros: { low: 140, likely: 300, high: 2 * 460 },
      seconds: { low: 1, likely: 3, high: 9 },
      basis: { kind: 'history', attempts: 5 },
    });
  });

  test('of fewer, they are assumed, and the few are told', () => {
    const few = lineOf({ past: { attempts: attempts(4), objectives: 2 } });
    expect(few?.costMicros).toEqual(lineOf({})?.costMicros);
    expect(few?.basis).toEqual({ kind: 'assumption', attempts: 4, standInAttempts: 0 });
  });

  test('of a stand-in, they are assumed, and it is told: it is no model’s past', () => {
    const past = { attempts: attempts(50, { isStandIn: true }), objectives: 9 };
    expect(lineOf({ past })?.costMicros).toEqual(lineOf({})?.costMicros);
    expect(lineOf({ past })?.basis).toEqual({ kind: 'assumption', attempts: 0, standInAttempts: 50 });
    const mixed = { attempts: [...past.attempts, ...attempts(5)], objectives: 9 };
    expect(lineOf({ past: mixed })).toMatchObject({
      basis: { kind: 'history', attempts: 5 },
      costMicros: { low: 140 },
    });
  });

  test.each<[string, Partial<PastAttempt>]>([
    ['another model', { model: 'gpt-5.4' }],
    ['another tier', { tier: 'manager' }],
    ['another kind of work', { purpose: 'triage' }],
  ])('of %s, nothing is taken', (_, change) => {
    const past = { attempts: attempts(9, change), objectives: 1 };
    expect(lineOf({ past })?.rungs[0]).toEqual(lineOf({})?.rungs[0]);
  });

  test('the manager’s calls have theirs', () => {
    const review = attempts(5, { purpose: 'review', tier: 'manager', model: 'gpt-5.4' });
    const { manager } = estimate(facts({ limits: limits(), past: { attempts: review, objectives: 5 } }));
    expect(manager.calls).toMatchObject([
      { purpose: 'review', basis: { kind: 'history' }, costMicros: { low: 140, likely: 300, high: 920 } },
      { purpose: 'synthesis', basis: { kind: 'assumption' } },
    ]);
  });
});

const ordered = ({ low, likely, high }: Range): boolean => low <= likely && likely <= high && low >= 0;
const total = (ranges: Range[], which: keyof Range): number => ranges.reduce((sum, range) => sum + range[which], 0);

/** Plans of up to ten subtasks of every kind, each leaning on some before it; a past of any kind. */
const anyFacts: fc.Arbitrary<EstimateFacts> = fc
  .record({
    kinds: fc.array(fc.constantFrom('investigate', 'check', 'triage'), { minLength: 1, maxLength: 10 }),
    edges: fc.infiniteStream(fc.uniqueArray(fc.nat(9), { maxLength: 3 })),
    weights: fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
    slots: fc.integer({ min: 1, max: 4 }),
    maxTurns: fc.integer({ min: 1, max: 60 }),
    maxReplans: fc.integer({ min: 0, max: 3 }),
    bytes: fc.nat(1_000_000),
    textBytes: fc.nat(20_000),
    past: fc.array(
      fc.record({
        purpose: fc.constantFrom('turn', 'triage', 'review', 'synthesis'),
        costMicros: fc.nat(1_000_000),
        workedMs: fc.nat(1_000_000),
        isStandIn: fc.boolean(),
      }),
      { maxLength: 40 },
    ),
  })
  .map(({ kinds, edges, weights, slots, maxTurns, maxReplans, bytes, textBytes, past }) => {
    const [eachEdges, eachWeight] = [edges[Symbol.iterator](), weights[Symbol.iterator]()];
    const subtasks = kinds.map((kind, index) => {
      const dependsOn = ((eachEdges.next().value as number[] | undefined) ?? [])
        .filter((at) => at < index)
        .map((at) => `s${at}`);
      const judged = index % 3 === 0 ? { acceptance: 'It is right.' } : {};
      const says = kind === 'check' ? { check: 'lint' } : { instructions: 'Look.', ...judged };
      return planned({
        id: `s${index}`,
        kind,
        title: kind,
        dependsOn,
        weight: (eachWeight.next().value as number | undefined) ?? 1,
        ...says,
      });
    });
    const tierOf = { turn: 'mini', triage: 'nano', review: 'manager', synthesis: 'manager' } as const;
    const models = { mini: 'gpt-5.4-mini', nano: 'gpt-5.4-nano', manager: 'gpt-5.4' };
    return facts({
      ...{ subtasks, textBytes },
      checks: { lint: { command: 'true', timeoutSeconds: 600 } },
      limits: limits({ slots, maxTurns, maxReplans }),
      files: [{ path: 'a', bytes }],
      past: {
        objectives: 1,
        attempts: past.map((each) => {
          const tier = tierOf[each.purpose];
          return attempt({ ...each, tier, model: models[tier] });
        }),
      },
    });
  });

describe('every estimate', () => {
  test('has ranges in order, whole parts that add up, and a makespan between the longest chain and the serial sum', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const { subtasks, manager, tiers, costMicros, seconds } = estimate(given);
        const lines = [...subtasks, manager, ...subtasks.flatMap(({ rungs }) => rungs), ...manager.calls];
        for (const line of lines) expect([ordered(line.costMicros), ordered(line.seconds)]).toEqual([true, true]);
        expect(ordered(seconds)).toBe(true);
        for (const which of ['low', 'likely', 'high'] as const) {
          expect(Number.isInteger(costMicros[which])).toBe(true);
          const own = total(
            subtasks.map((line) => line.costMicros),
            which,
          );
          expect(costMicros[which]).toBe(own + manager.costMicros[which]);
          expect(costMicros[which]).toBe(
            total(
              tiers.map((tier) => tier.costMicros),
              which,
            ),
          );
          const span = seconds[which] - manager.seconds[which];
          const nodes = given.subtasks.map(({ id, dependsOn }, at) => ({
            ...{ id, dependsOn },
            weight: subtasks[at]?.seconds[which] ?? 0,
          }));
          expect(span).toBeGreaterThanOrEqual(Math.max(...chainLengths(nodes).values()));
          expect(span).toBeLessThanOrEqual(
            total(
              subtasks.map((line) => line.seconds),
              which,
            ),
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});
