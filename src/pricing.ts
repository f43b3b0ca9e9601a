/** What a call costs, in whole micro-dollars. Read by activities alone, so a new price never changes a replay. */
import type { ModelFigures } from './catalogue/catalogue.ts';
import type { Usage } from './contracts/model.ts';

export type Prices = Pick<ModelFigures, 'prices' | 'longContext' | 'contextTokens'>;

/** A price of 1 US dollar per million tokens is 1 micro-dollar per token. Rounded up, so that books are never short. */
export function costMicros(figures: Prices, usage: Usage): number {
  const { prices } = figures;
  const { input, output } = factors(figures, usage.inputTokens);
  const fresh = usage.inputTokens - usage.cachedInputTokens;
  // Where writing the cache is charged, what was not read from it was written to it.
  const inputMicros =
    fresh * Math.max(prices.input, prices.cacheWrite ?? 0) + usage.cachedInputTokens * prices.cachedInput;
  return roundUp(inputMicros * input + usage.outputTokens * prices.output * output);
}

/** The most that a request can cost: nothing cached, every output token used. A UTF-8 byte is at most one token. */
export function worstCaseMicros(figures: Prices, requestBytes: number, maxOutputTokens: number): number {
  const inputTokens = Math.min(requestBytes, figures.contextTokens);
  return costMicros(figures, { inputTokens, cachedInputTokens: 0, outputTokens: maxOutputTokens, reasoningTokens: 0 });
}

function factors({ longContext }: Prices, inputTokens: number): { input: number; output: number } {
  if (!longContext || inputTokens <= longContext.aboveTokens) return { input: 1, output: 1 };
  return { input: longContext.inputFactor, output: longContext.outputFactor };
}

/** Prices have at most five decimals; what lies beyond is floating-point noise. */
const roundUp = (micros: number): number => Math.ceil(Number(micros.toFixed(5)));
