/** Limits by model, by the clock: what they let through, what they say, and in which headers. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { RateLimitError } from 'openai';
import type { ModelLimits } from '../../src/standin/limits/rate-limits.ts';
import { apiErrorOf, standInSetup } from '../support/stand-in.ts';

const model = 'gpt-5.4-nano';

// Time stands still, but for what a test skips.
beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(Date.now()));
afterEach(() => void jest.restoreAllMocks());

async function limited(limits: ModelLimits) {
  const setup = await standInSetup({ limits: { [model]: limits } });
  const ask = (change: object = {}) => setup.client.responses.create({ model, input: 'x', ...change }).withResponse();
  const headers = async (change: object = {}): Promise<Headers> => (await ask(change)).response.headers;
  return { ...setup, ask, headers, refusal: (change: object = {}) => apiErrorOf(ask(change)) };
}

describe('requests', () => {
  test('are let through up to the limit, and again as time passes', async () => {
    const { ask, refusal, clock } = await limited({ requestsPerMinute: 2 });
    await ask();
    await ask();
    const error = await refusal();
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'requests' });
    const waitMs = Number(error.headers?.get('retry-after-ms'));
    expect([waitMs, error.headers?.get('retry-after')]).toEqual([30_000, '30']);
    clock.advance(waitMs);
    await ask();
    await refusal();
  });

  test('that are turned away cost nothing', async () => {
    const { ask, refusal, standIn } = await limited({ requestsPerMinute: 1 });
    await ask();
    await refusal();
    expect(standIn.log.creates).toHaveLength(1);
  });
});

describe('tokens', () => {
  test('are charged by what may come out', async () => {
    const { ask, refusal } = await limited({ tokensPerMinute: 10_000 });
    await ask({ max_output_tokens: 6_000 });
    expect(await refusal({ max_output_tokens: 6_000 })).toMatchObject({ code: 'rate_limit_exceeded', type: 'tokens' });
    await ask({ max_output_tokens: 3_000 });
  });

  test('are charged by what goes in, where that is more', async () => {
    const { refusal } = await limited({ tokensPerMinute: 1_000 });
    const error = await refusal({ input: ' word'.repeat(1_001), max_output_tokens: 16 });
    expect(error.type).toBe('tokens');
    // No minute will ever be enough.
    expect(error.headers?.get('retry-after')).toBeNull();
  });

  test('that grow too fast are slowed down', async () => {
    const { ask, refusal, clock } = await limited({ rampAboveTokensPerMinute: 1_000 });
    await ask({ max_output_tokens: 1_000 });
    expect(await refusal({ max_output_tokens: 100 })).toMatchObject({
      status: 429,
      code: 'slow_down',
      type: 'rate_limit_error',
    });
    clock.advance(60_000);
    await ask({ max_output_tokens: 1_500 });
    expect(await refusal({ max_output_tokens: 16 })).toMatchObject({ code: 'slow_down' });
  });
});

describe('headers', () => {
  test('say how the limits stand, on answers and on refusals', async () => {
    const { headers, refusal } = await limited({ requestsPerMinute: 3, tokensPerMinute: 60_000 });
    const found = await headers({ max_output_tokens: 30_000 });
    const read = (name: string) => Number(found.get(`x-ratelimit-${name}`));
    expect([read('limit-requests'), read('limit-tokens')]).toEqual([3, 60_000]);
    expect(read('remaining-requests')).toBe(2);
    expect(read('remaining-tokens')).toBe(30_000);
    expect(found.get('x-ratelimit-reset-tokens')).toBe('30s');
    const refused = await refusal({ max_output_tokens: 50_000 });
    expect(refused.headers?.get('x-ratelimit-limit-tokens')).toBe('60000');
  });

  test('of every answer name the request and its time', async () => {
    const { standIn, post } = await standInSetup();
    const answers = [
      await post({ model, input: 'x' }),
      await post({ model: 'none' }),
      await fetch(`${standIn.baseUrl}/models`),
    ];
    for (const { headers } of answers) {
      expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
      expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/);
    }
    expect(answers[0]?.headers.get('x-ratelimit-limit-requests')).toBeNull();
  });

  test('are those of the model that was asked, by any of its names', async () => {
    const { client, refusal, ask } = await limited({ requestsPerMinute: 1 });
    await ask({ model: `${model}-2026-03-17` });
    await refusal();
    expect(await client.responses.create({ model: 'gpt-5.4', input: 'x' })).toMatchObject({ status: 'completed' });
  });
});
