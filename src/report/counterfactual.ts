/**
 * What the flagship alone would have cost, as a range. Pure; the formula is in `docs/design.md`, section 9. Rules:
 * (1) Only tokens in the books are priced; money whose tokens are not known counts for this run and not for the flagship.
 * (2) Where the books leave open what it would have needed, the reading that makes it cheaper is among the cases.
 * (3) Scaling is of costs, not of requests: fewer tries are fewer requests, not shorter ones.
 */
import type { ModelFigures } from '../catalogue/schema.ts';
import type { Counterfactual, CounterfactualCase } from '../contracts/report-money.ts';
import { costMicros, type Prices } from '../pricing.ts';
import { assumptionsOf } from './assumptions.ts';
import { type SortedCalls, spentMicros } from './call-roles.ts';
import { isTry, type Scaling, scalingOf } from './solve-rates.ts';

export interface FlagshipQuestion {
  calls: SortedCalls[];
  /** The model of the manager's tier. */
  flagship: string;
  figuresOf: (model: string) => ModelFigures | undefined;
  isStandIn: boolean;
}

const MEANING: Record<CounterfactualCase['name'], string> = {
  'accepted-only': 'tokens of accepted work and of the answer: each thing right at once',
  scaled: 'tokens of all tries × solve rate of who tried ÷ its own, and of the answer: fewer tries',
  'same-tokens': 'tokens of every call: what was not accepted, planning and judging included',
  'cold-caches': 'the same, and nothing read from a cache',
};

/** Null where the flagship has no price. */
export function counterfactual({ calls, flagship, figuresOf, isStandIn }: FlagshipQuestion): Counterfactual | null {
  const figures = figuresOf(flagship);
  if (!figures) return null;
  const scaling = scalingOf(calls, figures, figuresOf);
  const cases = casesOf(calls, figures, scaling);
  const costs = cases.map((each) => each.costMicros);
  const [low, high, spent] = [Math.min(...costs), Math.max(...costs), spentMicros(calls)];
  return {
    flagship,
    costMicros: spent,
    cases,
    lowMicros: low,
    highMicros: high,
    savedMicros: { low: low - spent, high: high - spent },
    savedPercent: low === 0 ? null : { low: percent(low - spent, low), high: percent(high - spent, high) },
    assumptions: assumptionsOf({ calls, flagship, figures, scaling, isStandIn }),
  };
}

function casesOf(calls: SortedCalls[], figures: ModelFigures, { factorOf }: Scaling): CounterfactualCase[] {
  const price = (call: SortedCalls): number => priceOf(figures, call);
  const tries = calls.filter(isTry);
  const accepted = tries.filter(({ isAccepted }) => isAccepted);
  const answer = calls.filter(({ role }) => role === 'answer').map(price);
  const cases = [
    caseOf('same-tokens', calls.map(price)),
    caseOf(
      'cold-caches',
      calls.map((call) => price({ ...call, cachedInputTokens: 0 })),
    ),
  ];
  // Without any work, these would say that the flagship does it for nothing.
  if (factorOf && tries.length > 0)
    cases.unshift(caseOf('scaled', [...answer, ...tries.map((call) => price(call) * factorOf(call))]));
  if (accepted.length > 0) cases.unshift(caseOf('accepted-only', [...answer, ...accepted.map(price)]));
  return cases;
}

const caseOf = (name: CounterfactualCase['name'], prices: number[]): CounterfactualCase => ({
  name,
  means: MEANING[name],
  costMicros: Math.round(prices.reduce((sum, each) => sum + each, 0)),
});

/** The calls of a group are all long or all short, so they cost what one call with their tokens would at that length. */
const priceOf = (figures: ModelFigures, call: SortedCalls): number =>
  costMicros(call.isLong ? longRequest(figures) : shortRequest(figures), call);

const shortRequest = ({ prices, contextTokens }: ModelFigures): Prices => ({ prices, contextTokens });

function longRequest({ prices, contextTokens, longContext }: ModelFigures): Prices {
  const { inputFactor = 1, outputFactor = 1 } = longContext ?? {};
  const { input, cachedInput, cacheWrite, output } = prices;
  return {
    prices: {
      input: input * inputFactor,
      cachedInput: cachedInput * inputFactor,
      ...(cacheWrite === undefined ? {} : { cacheWrite: cacheWrite * inputFactor }),
      output: output * outputFactor,
    },
    contextTokens,
  };
}

const percent = (part: number, whole: number): number => Math.round((part / whole) * 1000) / 10;
