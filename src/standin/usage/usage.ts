/** The bill of an answer, as the provider writes it. */
import { effortOf, type StandInRequest } from '../request.ts';

export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

/** How long a rule "thinks": enough to be seen in the books, little beside a real model. */
const REASONING_TOKENS: Record<string, number> = {
  minimal: 8,
  low: 16,
  medium: 64,
  high: 256,
  xhigh: 1_024,
  max: 2_048,
};

export function usageOf(
  request: StandInRequest,
  { inputTokens, cachedTokens }: { inputTokens: number; cachedTokens: number },
  visibleTokens: number,
): ResponseUsage {
  const room = Math.max(0, (request.max_output_tokens ?? Number.POSITIVE_INFINITY) - visibleTokens);
  const reasoningTokens = Math.min(room, REASONING_TOKENS[effortOf(request)] ?? 0);
  const outputTokens = visibleTokens + reasoningTokens;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}

/** More cached than there is input, more reasoning than output, and a sum that is none. */
const CONTRADICTORY: ResponseUsage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 1_000 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 500 },
  total_tokens: 7,
};

/** What a script put in place of the bill. */
export function scriptedUsage(usage: unknown): unknown {
  if (usage === 'missing') return undefined;
  return usage === 'contradictory' ? CONTRADICTORY : usage;
}

/** Of nothing. */
export const NO_USAGE: ResponseUsage = {
  ...{ input_tokens: 0, input_tokens_details: { cached_tokens: 0 } },
  ...{ output_tokens: 0, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 0 },
};

/** Of two. */
export const added = (sum: ResponseUsage, usage: ResponseUsage | null): ResponseUsage =>
  usage === null
    ? sum
    : {
        input_tokens: sum.input_tokens + usage.input_tokens,
        input_tokens_details: {
          cached_tokens: sum.input_tokens_details.cached_tokens + usage.input_tokens_details.cached_tokens,
        },
        output_tokens: sum.output_tokens + usage.output_tokens,
        output_tokens_details: {
          reasoning_tokens: sum.output_tokens_details.reasoning_tokens + usage.output_tokens_details.reasoning_tokens,
        },
        total_tokens: sum.total_tokens + usage.total_tokens,
      };
