/** What a call costs, in every unit of the ledger. Read by activities alone, so a new price never changes a replay. */
import type { ModelFigures } from './catalogue/catalogue.ts';
import type { Amounts } from './contracts/amounts.ts';
import type { Usage } from './contracts/model.ts';

export type Prices = Pick<
  ModelFigures,
  'prices' | 'longContext' | 'contextTokens' | 'batchFactor' | 'priorityFactor' | 'quotaFactor'
>;

/** How a call was served, where that changes its price. The provider's word for the rest is `default` or nothing. */
export type Lane = 'default' | 'batch' | 'flex' | 'priority';

/** The provider's word for how it served a call. `fast` is the newer name of `priority`; an unknown word is ordinary processing. */
export function laneOf(serviceTier: string | null): Lane {
  if (serviceTier === 'priority' || serviceTier === 'fast') return 'priority';
  return serviceTier === 'flex' || serviceTier === 'batch' ? serviceTier : 'default';
}

/** Where a row names no factor for the dear lane. */
const PRIORITY_FACTOR = 2;

/** A price of 1 US dollar per million tokens is 1 micro-dollar per token. Rounded up, so that books are never short. */
export function costMicros(figures: Prices, usage: Usage, lane: Lane = 'default'): number {
  const { prices } = figures;
  const { input, output } = factors(figures, usage.inputTokens);
  const fresh = usage.inputTokens - usage.cachedInputTokens;
  // Where writing the cache is charged, what was not read from it was written to it.
  const inputMicros =
    fresh * Math.max(prices.input, prices.cacheWrite ?? 0) + usage.cachedInputTokens * prices.cachedInput;
  const micros = inputMicros * input + usage.outputTokens * prices.output * output;
  return roundUp(micros * laneFactor(figures, lane));
}

/** The same in every unit. */
export function costOf(figures: Prices, usage: Usage, lane: Lane = 'default'): Amounts {
  const tokens = usage.inputTokens + usage.outputTokens;
  return {
    micros: costMicros(figures, usage, lane),
    tokens,
    calls: 1,
    quota: roundUp(tokens * (figures.quotaFactor ?? 1)),
  };
}

/** The most that a request can cost: nothing cached, every output token used. */
export function worstCase(
  figures: Prices,
  inputTokens: number,
  maxOutputTokens: number,
  lane: Lane = 'default',
): Amounts {
  const input = Math.min(inputTokens, figures.contextTokens);
  const usage = { inputTokens: input, cachedInputTokens: 0, outputTokens: maxOutputTokens, reasoningTokens: 0 };
  return costOf(figures, usage, lane);
}

function factors({ longContext }: Prices, inputTokens: number): { input: number; output: number } {
  if (!longContext || inputTokens <= longContext.aboveTokens) return { input: 1, output: 1 };
  return { input: longContext.inputFactor, output: longContext.outputFactor };
}

function laneFactor({ batchFactor, priorityFactor }: Prices, lane: Lane): number {
  if (lane === 'priority') return priorityFactor ?? PRIORITY_FACTOR;
  return lane === 'default' ? 1 : (batchFactor ?? 1);
}

/** Prices have at most five decimals; what lies beyond is floating-point noise. */
const roundUp = (amount: number): number => Math.ceil(Number(amount.toFixed(5)));
