/**
 * What is assumed of a model's work where there is no past to go by. The figures were chosen by hand, not measured on a provider; prices come
 * from the catalogue. What a turn sent before is read from the cache at the cache's price, as providers bill a growing conversation.
 */
import type { Range } from '../contracts/estimate.ts';
import type { Limits } from '../contracts/limits.ts';
import type { TierProfile } from '../contracts/model.ts';
import { costMicros, type Prices } from '../pricing.ts';
import { each, most, NOTHING } from './range.ts';

/** What one attempt, or one call, costs and takes. */
export interface Effort {
  costMicros: Range;
  seconds: Range;
}

const BYTES_PER_TOKEN = 3;
export const tokensOf = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

/** Instructions, tools and schemas of a request, before anything of the objective. */
const REQUEST_TOKENS = 2000;
const TURNS: Range = { low: 3, likely: 8, high: 20 };
/** What tools bring between two turns; together no more than the files in scope, read so many times over. */
const READ_TOKENS: Range = { low: 400, likely: 2000, high: 6000 };
const READ_OVER: Range = { low: 1, likely: 1, high: 3 };
/** An answer with its reasoning, at effort `medium`. */
const OUTPUT_TOKENS: Range = { low: 150, likely: 600, high: 2000 };
const EFFORT_FACTOR: Record<TierProfile['effort'], number> = {
  ...{ none: 0.5, minimal: 0.6, low: 0.7, medium: 1, high: 2, xhigh: 3, max: 4 },
};
const FIRST_TOKEN_SECONDS: Range = { low: 0.5, likely: 3, high: 15 };
const TOKENS_PER_SECOND: Range = { low: 200, likely: 80, high: 30 };
const TOOL_SECONDS: Range = { low: 0, likely: 1, high: 5 };

/** What of a tier an estimate depends on. */
export type Worker = Pick<TierProfile, 'model' | 'effort' | 'maxOutputTokens'> &
  Partial<Pick<TierProfile, 'capabilities'>>;

export interface Model {
  profile: Worker;
  figures: Prices;
}

const outputOf = ({ effort, maxOutputTokens }: Worker, tokens: Range, visible: Range): Range =>
  each((which) => Math.min(maxOutputTokens, tokens[which] * EFFORT_FACTOR[effort] + visible[which]));

const callSeconds = (output: Range): Range =>
  each((which) => FIRST_TOKEN_SECONDS[which] + output[which] / TOKENS_PER_SECOND[which]);

/** One attempt of a subagent: turns over a conversation that grows by what is read and said. */
export function assumedAgent(
  { profile, figures }: Model,
  limits: Limits,
  { assignmentTokens, scopeBytes }: { assignmentTokens: number; scopeBytes: number },
): Effort {
  const turns = most(TURNS, limits.maxTurns);
  const output = outputOf(profile, OUTPUT_TOKENS, NOTHING);
  const call = callSeconds(output);
  const cost = each((which) => {
    const readAtMost = (tokensOf(scopeBytes) * READ_OVER[which]) / turns[which];
    const grows = Math.min(READ_TOKENS[which], tokensOf(limits.maxToolOutputBytes), readAtMost) + output[which];
    let sum = 0;
    let cached = 0;
    for (let turn = 0; turn < turns[which]; turn += 1) {
      const input = Math.min(figures.contextTokens, REQUEST_TOKENS + assignmentTokens + turn * grows);
      sum += tokenCost(figures, input, Math.min(cached, input), output[which]);
      cached = input;
    }
    return sum;
  });
  const seconds = each((which) => turns[which] * (call[which] + TOOL_SECONDS[which]));
  return { costMicros: cost, seconds: most(seconds, limits.maxSubtaskSeconds) };
}

/** One call with an answer in a schema; the high end repairs it once. */
export function assumedCall({ profile, figures }: Model, inputTokens: Range, visibleTokens: Range): Effort {
  const output = outputOf(profile, OUTPUT_TOKENS, visibleTokens);
  const seconds = callSeconds(output);
  const calls: Range = { low: 1, likely: 1, high: 2 };
  const cost = each((which) => {
    const input = Math.min(figures.contextTokens, REQUEST_TOKENS + inputTokens[which]);
    return tokenCost(figures, input, 0, output[which]) * calls[which];
  });
  return { costMicros: cost, seconds: each((which) => seconds[which] * calls[which]) };
}

/** Questions one after another: each call reads what was said before. */
export function assumedConversation(
  { profile, figures }: Model,
  { givenTokens, questionTokens }: { givenTokens: number; questionTokens: number[] },
): Effort {
  const output = outputOf(profile, OUTPUT_TOKENS, NOTHING);
  const seconds = callSeconds(output);
  const cost = each((which) => {
    let [sum, said, cached] = [0, REQUEST_TOKENS + givenTokens, 0];
    for (const asked of questionTokens) {
      const input = Math.min(figures.contextTokens, said + asked);
      sum += tokenCost(figures, input, Math.min(cached, input), output[which]);
      [said, cached] = [input + output[which], input];
    }
    return sum;
  });
  return { costMicros: cost, seconds: each((which) => seconds[which] * questionTokens.length) };
}

const tokenCost = (figures: Prices, input: number, cached: number, output: number): number =>
  costMicros(figures, {
    inputTokens: Math.round(input),
    cachedInputTokens: Math.round(cached),
    outputTokens: Math.round(output),
    reasoningTokens: 0,
  });
