/** Every way a provider can fail, over real HTTP: its name, whether it is repeated, and what the books say afterwards. */
import { describe, expect, test } from '@jest/globals';
import { FAILURES, type FailureType } from '../../src/contracts/failures.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { head } from '../support/journal.ts';
import { modelSetup } from '../support/model.ts';

/** What a provider may say, as far as it is concerned. */
const LONG = 'so it goes, '.repeat(10_000);

type Bill = 'nothing' | 'in doubt' | 'settled';

const error = (status: number, code: string): Reaction => ({ kind: 'error', status, code });

const CASES: [Reaction, FailureType, Bill][] = [
  [error(400, 'invalid_prompt'), 'ModelRequestRejected', 'nothing'],
  [error(400, 'context_length_exceeded'), 'ModelContextOverflow', 'nothing'],
  [error(401, 'invalid_api_key'), 'ModelAccessDenied', 'nothing'],
  [error(403, 'region'), 'ModelAccessDenied', 'nothing'],
  [error(404, 'model_not_found'), 'ModelAccessDenied', 'nothing'],
  [error(409, 'conflict'), 'ModelUnavailable', 'nothing'],
  [error(429, 'rate_limit_exceeded'), 'ModelRateLimited', 'nothing'],
  [error(429, 'slow_down'), 'ModelRateLimited', 'nothing'],
  [error(429, 'insufficient_quota'), 'ModelBillingStopped', 'nothing'],
  [error(429, 'credit_balance_exhausted'), 'ModelBillingStopped', 'nothing'],
  [error(429, 'project_spend_limit_exceeded'), 'ModelBillingStopped', 'nothing'],
  [error(500, 'server_error'), 'ModelUnavailable', 'nothing'],
  [error(502, 'bad_gateway'), 'ModelUnavailable', 'in doubt'],
  [error(503, 'server_is_overloaded'), 'ModelUnavailable', 'nothing'],
  [error(529, 'overloaded'), 'ModelUnavailable', 'nothing'],
  [{ kind: 'failed', code: 'server_error' }, 'ModelUnavailable', 'nothing'],
  [{ kind: 'failed', code: 'rate_limit_exceeded' }, 'ModelRateLimited', 'nothing'],
  [{ kind: 'failed', code: 'invalid_prompt' }, 'ModelRequestRejected', 'nothing'],
  [{ kind: 'incomplete', reason: 'max_output_tokens' }, 'ModelOutputTruncated', 'settled'],
  [{ kind: 'incomplete', reason: 'content_filter' }, 'ModelContentFiltered', 'settled'],
  [{ kind: 'refusal' }, 'ModelRefused', 'settled'],
  [{ kind: 'answer', model: 'gpt-5.4' }, 'ModelMismatch', 'settled'],
  [{ kind: 'garbage', body: '<html>Welcome</html>', contentType: 'text/html' }, 'ModelUnavailable', 'in doubt'],
  [{ kind: 'garbage', body: '{"id": "resp', contentType: 'application/json' }, 'ModelUnavailable', 'in doubt'],
  [{ kind: 'garbage', body: '[1, 2]', contentType: 'application/json' }, 'ModelUnavailable', 'in doubt'],
  [{ kind: 'garbage', body: '', contentType: 'application/json' }, 'ModelUnavailable', 'in doubt'],
  [{ kind: 'cut', at: 'start' }, 'ModelUnavailable', 'in doubt'],
];

const named = (reaction: Reaction): string => Object.values(reaction).join(' ').slice(0, 60);

describe.each([false, true])('with background %s', (background) => {
  test.each(CASES.map(([reaction, type, bill]) => [named(reaction), reaction, type, bill] as const))(
    '%s',
    async (_, reaction, type, bill) => {
      const { ask, paidCall, books } = await modelSetup({ script: () => reaction });
      await expect(ask(paidCall('hello', { head: head({ background }) }))).rejects.toMatchObject({ type });
      const { settled = 0, reserved, inDoubt = 0 } = await books();
      expect(reserved).toBe(0);
      expect([settled > 0, inDoubt > 0]).toEqual([bill === 'settled', bill === 'in doubt']);
    },
  );
});

test('a provider that can’t be reached was never paid', async () => {
  const { ask, paidCall, books, standIn } = await modelSetup();
  await standIn.close();
  await expect(ask(paidCall('hello'))).rejects.toMatchObject({ type: 'ModelUnavailable' });
  expect(await books()).toEqual({ settled: 0, reserved: 0, inDoubt: 0 });
});

test('a provider’s retry-after is passed on, also when it is longer than a minute', async () => {
  const { ask, paidCall } = await modelSetup({
    script: () => ({ kind: 'error', status: 429, code: 'rate_limit_exceeded', headers: { 'retry-after': '90' } }),
  });
  await expect(ask(paidCall('hello'))).rejects.toMatchObject({ retryAfterMs: 90_000 });
});

test('both names stand in the message when another model answers', async () => {
  const { ask, paidCall } = await modelSetup({ script: () => ({ kind: 'answer', model: 'gpt-5.4' }) });
  await expect(ask(paidCall('hello'))).rejects.toThrow('"gpt-5.4-mini" was asked for, "gpt-5.4" answered.');
});

test('a dated snapshot of the model that was asked for is that model', async () => {
  const { ask, paidCall } = await modelSetup({ script: () => ({ kind: 'answer', model: 'gpt-5.4-mini-2026-03-17' }) });
  expect((await ask(paidCall('hello'))).reply.model).toBe('gpt-5.4-mini-2026-03-17');
});

test.each<[string, unknown]>([
  ['missing', null],
  ['negative', { input_tokens: -5, output_tokens: 3 }],
  ['fractional', { input_tokens: 1.5, output_tokens: 3 }],
  [
    'with more cached than there is input',
    { input_tokens: 1, input_tokens_details: { cached_tokens: 9 }, output_tokens: 3 },
  ],
])('a usage that is %s is booked at the worst case', async (_, usage) => {
  const { ask, paidCall, books } = await modelSetup({ script: () => ({ kind: 'answer', usage }) });
  await ask(paidCall('hello'));
  // 1000 output tokens at 4.50, and every byte of the request a token at 0.75.
  expect((await books()).settled).toBeGreaterThan(4500);
});

test('no message of a failure holds what was asked', async () => {
  for (const [reaction] of CASES) {
    const { ask, paidCall } = await modelSetup({ script: () => reaction });
    const message = await ask(paidCall('the secret of the prompt')).then(String, String);
    expect(message).not.toContain('secret of the prompt');
  }
});

test.each<[string, Reaction]>([
  ['an error’s message', { kind: 'error', status: 400, code: 'invalid_prompt', message: LONG }],
  ['an error’s code', error(400, LONG)],
  ['the name of another model', { kind: 'answer', model: LONG }],
  ['the code of a response that failed', { kind: 'failed', code: LONG }],
])('%s is cut: failures are stored', async (_, reaction) => {
  const { ask, paidCall } = await modelSetup({ script: () => reaction });
  const failure: unknown = await ask(paidCall('hello')).catch((thrown: unknown) => thrown);
  expect((failure as Error).message).toMatch(/^.{100,500}$/);
});

test('every failure says what a person can do', () => {
  for (const rule of Object.values(FAILURES)) expect(rule.help.length).toBeGreaterThan(10);
});
