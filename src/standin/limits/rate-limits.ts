/**
 * Requests and tokens a minute, by model, with the headers in which a provider tells how they stand. A request is charged for the larger of
 * its input and its `max_output_tokens`; one that is turned away is not charged.
 */
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { ApiError, retryAfter } from '../http/api-error.ts';
import { Bucket } from './bucket.ts';
import { Ramp } from './ramp.ts';

export const ModelLimitsSchema = z.strictObject({
  requestsPerMinute: z.int().min(1).optional(),
  tokensPerMinute: z.int().min(1).optional(),
  rampAboveTokensPerMinute: z
    .int()
    .min(1)
    .optional()
    .describe('above it, growth by more than half in 15 minutes is a `slow_down`'),
});
export type ModelLimits = z.infer<typeof ModelLimitsSchema>;

interface Limited {
  requests: Bucket | null;
  tokens: Bucket | null;
  ramp: Ramp | null;
}

const SLOW_DOWN_WAIT_MS = 15_000;

export class RateLimits {
  readonly #clock: Clock;
  readonly #byModel: Map<string, Limited>;

  constructor(limits: Record<string, ModelLimits>, clock: Clock) {
    this.#clock = clock;
    this.#byModel = new Map(Object.entries(limits).map(([model, one]) => [model, this.#limited(one)]));
  }

  /** Throws what a provider says over a limit; adds the headers of the limits to `headers` in any case. */
  admit(model: string, tokens: number, headers: Record<string, string>): void {
    const limited = this.#byModel.get(model);
    if (!limited) return;
    const refusal = this.#refusal(limited, model, tokens);
    if (!refusal) {
      limited.requests?.take(1);
      limited.tokens?.take(tokens);
      limited.ramp?.add(tokens);
    }
    Object.assign(headers, headersOf('requests', limited.requests), headersOf('tokens', limited.tokens));
    if (refusal) throw refusal;
  }

  #refusal({ requests, tokens: bucket, ramp }: Limited, model: string, tokens: number): ApiError | null {
    if (requests && requests.waitMsFor(1) > 0) return overLimit(model, 'requests', requests, 1);
    if (bucket && bucket.waitMsFor(tokens) > 0) return overLimit(model, 'tokens', bucket, tokens);
    if (!ramp || ramp.allows(tokens)) return null;
    const message = 'Slow down: the traffic grows faster than by half in 15 minutes.';
    return new ApiError({ status: 429, code: 'slow_down', message, headers: retryAfter(SLOW_DOWN_WAIT_MS) });
  }

  #limited({ requestsPerMinute, tokensPerMinute, rampAboveTokensPerMinute }: ModelLimits): Limited {
    return {
      requests: requestsPerMinute === undefined ? null : new Bucket(requestsPerMinute, this.#clock),
      tokens: tokensPerMinute === undefined ? null : new Bucket(tokensPerMinute, this.#clock),
      ramp: rampAboveTokensPerMinute === undefined ? null : new Ramp(rampAboveTokensPerMinute, this.#clock),
    };
  }
}

function overLimit(model: string, type: 'requests' | 'tokens', bucket: Bucket, wanted: number): ApiError {
  const waitMs = bucket.waitMsFor(wanted);
  const what = type === 'requests' ? 'requests per min (RPM)' : 'tokens per min (TPM)';
  const used = Math.ceil(bucket.limit - bucket.level);
  const help = Number.isFinite(waitMs)
    ? `Please try again in ${duration(waitMs)}.`
    : 'It is more than a minute allows; make it smaller.';
  return new ApiError({
    ...{ status: 429, code: 'rate_limit_exceeded', type },
    message: `Rate limit reached for ${model} on ${what}: Limit ${bucket.limit}, Used ${used}, Requested ${wanted}. ${help}`,
    headers: Number.isFinite(waitMs) ? retryAfter(waitMs) : {},
  });
}

function headersOf(what: 'requests' | 'tokens', bucket: Bucket | null): Record<string, string> {
  if (!bucket) return {};
  return {
    [`x-ratelimit-limit-${what}`]: String(bucket.limit),
    [`x-ratelimit-remaining-${what}`]: String(Math.max(0, Math.floor(bucket.level))),
    [`x-ratelimit-reset-${what}`]: duration(bucket.resetMs),
  };
}

/** `6m0s`, `1.5s`, `20ms` */
function duration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${Number(((ms % 60_000) / 1000).toFixed(3))}s`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
