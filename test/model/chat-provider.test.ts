/** The compatible provider over real HTTP: every end that a call can have, and what is known of its bill. */
import { describe, expect, test } from '@jest/globals';
import { chatProvider } from '../../src/model/chat/provider.ts';
import type { RateLimits } from '../../src/model/port.ts';
import { type ChatAnswer, chatServer, completion, saysText, toolCall } from '../support/chat-server.ts';
import { request } from '../support/provider.ts';
import { until } from '../support/until.ts';

const asked = request({ provider: 'vllm', model: 'local-model', background: false, strictSchema: false });

async function setup(answer: ChatAnswer, models?: ChatAnswer) {
  const server = await chatServer([answer], models);
  const provider = chatProvider({ apiKey: 'the-key', baseUrl: server.baseUrl });
  const seen: RateLimits[] = [];
  const create = (signal = new AbortController().signal, body = provider.encode(asked)) =>
    provider.create(
      { request: asked, body },
      { onIdentified: async () => undefined, onLimits: (limits) => void seen.push(limits), signal },
    );
  return { ...server, provider, create, seen };
}

const failed = (
  status: number,
  error: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): ChatAnswer => ({
  status,
  headers,
  body: { error: { message: 'no', ...error } },
});
const usage = { inputTokens: 100, outputTokens: 20 };
const USED = { model: 'local-model', usage };

describe('an answer', () => {
  test('that can be used is the reply, asked for with key and call key', async () => {
    const { create, asked: bodies, headers } = await setup(saysText('Hi.'));
    expect(await create()).toMatchObject({ text: 'Hi.', usage });
    expect(bodies).toEqual([expect.objectContaining({ model: 'local-model', max_tokens: 1000 })]);
    expect(headers[0]).toMatchObject({ authorization: 'Bearer the-key', 'x-client-request-id': asked.callKey });
  });

  test('is asked for with the stored bytes, whatever a deploy would make of the request now', async () => {
    const { create, asked: bodies } = await setup(saysText('Hi.'));
    const stored = { model: 'local-model', messages: [{ role: 'user', content: 'as it was' }], max_tokens: 7 };
    await create(undefined, JSON.stringify(stored));
    expect(bodies).toEqual([stored]);
  });

  test('tells what is left of the limits; so does a refusal', async () => {
    const headers = {
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '6s',
    };
    const requests = { limit: 100, remaining: 0, resetMs: 6000 };
    for (const answer of [{ ...saysText('Hi.'), headers }, failed(429, {}, headers)]) {
      const { create, seen } = await setup(answer);
      await create().catch(() => undefined);
      expect(seen).toEqual([{ requests, tokens: null }]);
    }
  });
});

describe('an end', () => {
  const html: ChatAnswer = { headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' };
  const whole = saysText('Hi.');

  test.each<[string, ChatAnswer, string, unknown]>([
    [
      'an answer that is cut off at its limit',
      completion({ content: 'Hi' }, { finish_reason: 'length' }),
      'ModelOutputTruncated',
      USED,
    ],
    [
      'a tool call that is cut off',
      completion({ tool_calls: [toolCall('c', '{"pat')] }, { finish_reason: 'length' }),
      'ModelOutputTruncated',
      USED,
    ],
    ['an answer that is filtered', completion({}, { finish_reason: 'content_filter' }), 'ModelContentFiltered', USED],
    ['a refusal', completion({ refusal: 'I can’t.' }), 'ModelRefused', USED],
    ['another model', completion({ content: 'Hi.' }, { model: 'other' }), 'ModelMismatch', { model: 'other', usage }],
    [
      'a longer name that is no snapshot',
      completion({ content: 'Hi.' }, { model: 'local-model-mini' }),
      'ModelMismatch',
      { model: 'local-model-mini', usage },
    ],
    ['a page', html, 'ModelNotUnderstood', 'unknown'],
    ['an answer of another protocol', { body: { id: 'resp_1', output: [] } }, 'ModelNotUnderstood', 'unknown'],
    [
      'an answer without a choice',
      { body: { id: 'c', model: 'local-model', choices: [] } },
      'ModelNotUnderstood',
      'unknown',
    ],
    ['an error with 200', { body: { error: { message: 'no' } } }, 'ModelNotUnderstood', 'unknown'],
    ['truncated JSON', { body: JSON.stringify(whole.body).slice(0, 40) }, 'ModelNotUnderstood', 'unknown'],
    ['nothing at all', {}, 'ModelNotUnderstood', 'unknown'],
    ['a connection that is cut', { ...whole, end: 'cut' }, 'ModelUnavailable', 'unknown'],
    ['400', failed(400, { param: 'tools' }), 'ModelRequestRejected', 'no'],
    [
      '400 with a code for too much context',
      failed(400, { code: 'context_length_exceeded' }),
      'ModelContextOverflow',
      'no',
    ],
    ['401', failed(401), 'ModelAccessDenied', 'no'],
    ['404', failed(404), 'ModelAccessDenied', 'no'],
    ['429', failed(429), 'ModelRateLimited', 'no'],
    ['429 for want of credit', failed(429, { code: 'insufficient_quota' }), 'ModelBillingStopped', 'no'],
    ['500', failed(500), 'ModelUnavailable', 'no'],
    ['502 of a gateway', failed(502), 'ModelUnavailable', 'unknown'],
    ['529', failed(529, { type: 'overloaded_error' }), 'ModelUnavailable', 'no'],
  ])('by %s has its name and its bill', async (_, answer, type, billed) => {
    const { create } = await setup(answer);
    await expect(create()).rejects.toMatchObject({ name: type, type, billed });
  });

  test('by another model has both names in its message', async () => {
    const { create } = await setup(completion({ content: 'Hi.' }, { model: 'other' }));
    await expect(create()).rejects.toThrow('"local-model" was asked for, "other" answered.');
  });

  test.each([
    [{ 'retry-after': '90' }, 90_000],
    [{ 'retry-after-ms': '250', 'retry-after': '90' }, 250],
    [{}, undefined],
  ])('by 429 with %j is told when to come back', async (headers, retryAfterMs) => {
    const { create } = await setup(failed(429, {}, headers));
    await expect(create()).rejects.toMatchObject({ type: 'ModelRateLimited', retryAfterMs });
  });

  test('by a server that is not there was never paid', async () => {
    const { create, close } = await setup(saysText('Hi.'));
    await close();
    await expect(create()).rejects.toMatchObject({ type: 'ModelUnavailable', billed: 'no' });
  });

  test('by a cancellation is the reason of the cancellation', async () => {
    const { create, asked: bodies } = await setup({ end: 'never' });
    const controller = new AbortController();
    const creating = create(controller.signal);
    const reason = new Error('nobody wants it');
    const aborted = expect(creating).rejects.toBe(reason);
    await until(() => bodies.length === 1);
    controller.abort(reason);
    await aborted;
  });

  test('holds nothing of what was asked, and not the key', async () => {
    for (const answer of [html, failed(500), failed(400), saysText('Hi.'), { ...whole, end: 'cut' as const }]) {
      const { create } = await setup(answer);
      const message = await create().then(
        () => '',
        (error: unknown) => (error as Error).message,
      );
      expect(message).not.toMatch(/hello|the-key/);
    }
  });
});

describe('a server without state', () => {
  test('can’t be asked about an answer that was lost: the call is in doubt', async () => {
    const { provider, asked: bodies } = await setup(saysText('Hi.'));
    const lost = provider.retrieve('chatcmpl-1', asked, new AbortController().signal);
    await expect(lost).rejects.toMatchObject({ type: 'ModelCallInDoubt', billed: 'unknown' });
    expect(bodies).toEqual([]);
  });

  test('counts no tokens, has no batches, and nothing to cancel', async () => {
    const { provider } = await setup(saysText('Hi.'));
    const { signal } = new AbortController();
    expect(await provider.count({ request: asked, body: provider.encode(asked) }, signal)).toBeNull();
    expect(provider.batches).toBeNull();
    await expect(provider.cancel('chatcmpl-1', signal)).resolves.toBeUndefined();
  });
});

describe('the list of models', () => {
  const listed = async (models: ChatAnswer) =>
    (await setup(saysText(''), models)).provider.models(new AbortController().signal);

  test('has their names, and the day of their end where it is told', async () => {
    const data = [
      { id: 'models/gemini-x', object: 'model' },
      { id: 'a', shutdown_date: '2027-04-01' },
      { id: 'b', shutdown_date: null },
      { id: 'c', shutdown_date: 'soon' },
    ];
    expect(await listed({ body: { object: 'list', data } })).toEqual([
      { id: 'gemini-x' },
      { id: 'a', shutdown: '2027-04-01' },
      { id: 'b', shutdown: null },
      { id: 'c' },
    ]);
  });

  test.each<[string, ChatAnswer]>([
    ['is not there', { status: 404 }],
    ['has more pages', { body: { data: [{ id: 'a' }], has_more: true } }],
  ])('that %s is none', async (_, answer) => {
    expect(await listed(answer)).toBeNull();
  });

  test.each<[string, ChatAnswer, string]>([
    ['a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'ModelNotUnderstood'],
    ['something else', { body: { models: [] } }, 'ModelNotUnderstood'],
    ['401', failed(401), 'ModelAccessDenied'],
    ['503', failed(503), 'ModelUnavailable'],
  ])('that is %s fails by name', async (_, answer, type) => {
    await expect(listed(answer)).rejects.toMatchObject({ type });
  });
});
