/** Rate-limit headers (developers.openai.com/api/docs/guides/rate-limits). Resets are durations such as `6m0s` or `20ms`. */
import type { RateLimits } from '../port.ts';

export function limitsOf(headers: Headers | undefined): RateLimits {
  return { requests: budgetOf(headers, 'requests'), tokens: budgetOf(headers, 'tokens') };
}

function budgetOf(headers: Headers | undefined, what: 'requests' | 'tokens'): RateLimits['requests'] {
  const limit = number(headers?.get(`x-ratelimit-limit-${what}`));
  const remaining = number(headers?.get(`x-ratelimit-remaining-${what}`));
  if (limit === null || remaining === null) return null;
  return { limit, remaining, resetMs: durationMs(headers?.get(`x-ratelimit-reset-${what}`) ?? '') };
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function durationMs(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
    (sum, [, amount, unit = 's']) => sum + Number(amount) * (UNITS[unit] ?? 0),
    0,
  );
}

function number(text: string | null | undefined): number | null {
  const value = text == null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}
