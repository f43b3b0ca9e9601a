/** What a call costs, in whole micro-dollars. Read by activities alone, so a new price never changes a replay. */
import type { Usage } from './contracts/model.ts';
import { figuresOf, type ModelFigures } from './catalogue.ts';

/** A price of 1 US dollar per million tokens is 1 micro-dollar per token. Rounded up, so that books are never short. */
export function costMicros(model: string, usage: Usage): number {
  const figures = priced(model);
  const { input, output } = factors(figures, usage.inputTokens);
  const fresh = usage.inputTokens - usage.cachedInputTokens;
  const inputMicros = (fresh * figures.inputUsd + usage.cachedInputTokens * figures.cachedInputUsd) * input;
  return roundUp(inputMicros + usage.outputTokens * figures.outputUsd * output);
}

/** The most that a request can cost: nothing cached, every output token used. A UTF-8 byte is at most one token. */
export function worstCaseMicros(model: string, requestBytes: number, maxOutputTokens: number): number {
  const inputTokens = Math.min(requestBytes, priced(model).contextTokens);
  return costMicros(model, { inputTokens, cachedInputTokens: 0, outputTokens: maxOutputTokens, reasoningTokens: 0 });
}

function factors({ longContext }: ModelFigures, inputTokens: number): { input: number; output: number } {
  if (!longContext || inputTokens <= longContext.aboveTokens) return { input: 1, output: 1 };
  return { input: longContext.inputFactor, output: longContext.outputFactor };
}

function priced(model: string): ModelFigures {
  const figures = figuresOf(model);
  if (figures) return figures;
  throw new Error(`No price is known for the model "${model}". Known are those of src/catalogue.ts.`);
}

/** Prices have at most five decimals; what lies beyond is floating-point noise. */
const roundUp = (micros: number): number => Math.ceil(Number(micros.toFixed(5)));
