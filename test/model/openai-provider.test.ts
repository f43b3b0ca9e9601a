/** The port to the provider over real HTTP: how a call ends, what is known of its bill, and what reaches the other side. */
import { describe, expect, jest, test } from '@jest/globals';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { responsesProvider } from '../../src/model/openai/provider.ts';
import { parseResponse, toReply } from '../../src/model/openai/response.ts';
import { failureOf, providerSetup, request } from '../support/provider.ts';
import { silentServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const hello: Reaction = { kind: 'answer', utterance: { text: 'hello' } };
const foreground = request({ background: false });

describe('a background call', () => {
  test('is created as a stored stream, with the question as it stands', async () => {
    const asked: Incoming['request'][] = [];
    const { create } = await providerSetup({ script: (incoming) => (asked.push(incoming.request), hello) });
    await create(request({ effort: 'high', maxOutputTokens: 77, cacheKey: 'key' }));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      ...{ background: true, stream: true, store: true, input: request().input, max_output_tokens: 77 },
      ...{ reasoning: { effort: 'high' }, prompt_cache_key: 'key', metadata: { call_key: request().callKey } },
    });
  });

  test('names its response once, and answers only when that is written down', async () => {
    const { create } = await providerSetup({ script: () => hello });
    const order: string[] = [];
    let written: () => void = () => undefined;
    const writing = new Promise<void>((resolve) => (written = resolve));
    const creating = create(request(), undefined, (id) => (order.push(`writing ${id}`), writing)).then((reply) => {
      order.push('answered');
      return reply;
    });
    await until(() => order.length > 0);
    written();
    order.push('written');
    const { responseId, text } = await creating;
    expect(order).toEqual([`writing ${responseId}`, 'written', 'answered']);
    expect(text).toBe('hello');
  });

  test('whose id can’t be written down fails with that, not with the answer', async () => {
    const { create } = await providerSetup({ script: () => hello });
    const full = new Error('the disk is full');
    await expect(create(request(), undefined, () => Promise.reject(full))).rejects.toBe(full);
  });

  test('whose stream is cut is asked for by id until it has ended', async () => {
    const { create, identified, standIn } = await providerSetup({
      latencyMs: 400,
      script: () => ({ kind: 'cut', at: 'named' }),
    });
    const { responseId, text } = await create(request());
    expect([identified, standIn.log.creates.length]).toEqual([[responseId], 1]);
    expect(text).toContain('[stand-in]');
  });

  test('that is cut before it was named may have been billed', async () => {
    const { create, identified } = await providerSetup({ script: () => ({ kind: 'cut', at: 'start' }) });
    expect(await failureOf(create(request()))).toMatchObject({ type: 'ModelUnavailable', billed: 'unknown' });
    expect(identified).toEqual([]);
  });

  test('can be picked up by its id alone', async () => {
    const { create, provider } = await providerSetup({ script: () => hello });
    const { responseId, usage } = await create(request());
    const found = await provider.retrieve(responseId, request(), new AbortController().signal);
    expect(found).toMatchObject({ responseId, text: 'hello', usage });
  });

  test('that the provider no longer knows is in doubt', async () => {
    const { provider } = await providerSetup();
    const call = provider.retrieve('resp_gone', request(), new AbortController().signal);
    expect(await failureOf(call)).toMatchObject({ type: 'ModelCallInDoubt', billed: 'unknown' });
  });

  test('stays to be asked for when asking fails for a while', async () => {
    const { create, provider, standIn } = await providerSetup({ script: () => hello });
    const { responseId } = await create(request());
    await standIn.close();
    const call = provider.retrieve(responseId, request(), new AbortController().signal);
    expect(await failureOf(call)).toMatchObject({ type: 'ModelUnavailable', billed: 'pending' });
  });
});

test('a foreground call is neither streamed nor stored, and names no response', async () => {
  const asked: Incoming['request'][] = [];
  const { create, identified } = await providerSetup({ script: (incoming) => (asked.push(incoming.request), hello) });
  expect(await create(foreground)).toMatchObject({ text: 'hello', standIn: expect.stringContaining('stand-in') });
  expect(asked[0]).toMatchObject({ background: false, store: false });
  expect(asked[0]?.stream).toBeUndefined();
  expect(identified).toEqual([]);
});

describe.each([
  ['in the background', request()],
  ['in the foreground', foreground],
])('%s', (_, asked) => {
  test('an error says what it is, that nothing was billed, and how long to wait', async () => {
    const headers = { 'retry-after': '7' };
    const { create } = await providerSetup({
      script: () => ({ kind: 'error', status: 429, code: 'slow_down', headers }),
    });
    const failure = await failureOf(create(asked));
    expect(failure).toMatchObject({ type: 'ModelRateLimited', billed: 'no', retryAfterMs: 7000 });
    expect(failure.message).toContain('slow_down');
  });

  test('milliseconds are obeyed before seconds, and a date is no wait', async () => {
    const waits = [
      { 'retry-after-ms': '1500', 'retry-after': '9' },
      { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' },
    ];
    const script = ({ before }: Incoming): Reaction => ({
      ...{ kind: 'error', status: 503, code: 'server_is_overloaded' },
      headers: waits[before] ?? {},
    });
    const { create } = await providerSetup({ script });
    expect((await failureOf(create(asked))).retryAfterMs).toBe(1500);
    expect((await failureOf(create(asked))).retryAfterMs).toBeUndefined();
  });

  test.each<[Reaction, string]>([
    [{ kind: 'incomplete', reason: 'max_output_tokens' }, 'ModelOutputTruncated'],
    [{ kind: 'incomplete', reason: 'content_filter' }, 'ModelContentFiltered'],
    [{ kind: 'refusal' }, 'ModelRefused'],
    [{ kind: 'answer', model: 'gpt-5.4' }, 'ModelMismatch'],
  ])('an answer that can’t be used is billed by its usage: %j', async (reaction, type) => {
    const { create } = await providerSetup({ script: () => reaction });
    const { billed, ...failure } = await failureOf(create(asked));
    const model = 'model' in reaction ? reaction.model : expect.stringMatching(`^${asked.model}-`);
    expect(failure).toMatchObject({ type });
    expect(billed).toMatchObject({ model, usage: { inputTokens: expect.any(Number) } });
  });

  test('a response that failed is its code, and costs nothing', async () => {
    const { create } = await providerSetup({ script: () => ({ kind: 'failed', code: 'insufficient_quota' }) });
    expect(await failureOf(create(asked))).toMatchObject({ type: 'ModelBillingStopped', billed: 'no' });
  });

  test.each<[string, string]>([
    ['<html>Welcome</html>', 'text/html'],
    ['{"id": "resp_1", "status": "comple', 'application/json'],
    ['{"hello": "world"}', 'application/json'],
    ['data: {"type": "response.created", "resp', 'text/event-stream'],
    ['', 'application/json'],
  ])('a body of %j with status 200 is no answer, and may have been billed', async (body, contentType) => {
    const { create } = await providerSetup({ script: () => ({ kind: 'garbage', body, contentType }) });
    expect(await failureOf(create(asked))).toMatchObject({ type: 'ModelNotUnderstood', billed: 'unknown' });
  });

  test('an abort closes the connection, and is thrown as the reason that was given', async () => {
    const { baseUrl, asked: arrived, closed } = await silentServer();
    const controller = new AbortController();
    const provider = responsesProvider({ apiKey: 'test', baseUrl });
    const creating = provider.create(
      { request: asked, body: provider.encode(asked) },
      { signal: controller.signal, onIdentified: async () => undefined },
    );
    const reason = new Error('nobody wants it');
    await Promise.all([arrived.then(() => controller.abort(reason)), expect(creating).rejects.toBe(reason), closed]);
  });
});

test('an abort of a cancel closes the connection, and is thrown as the reason that was given', async () => {
  const { baseUrl, asked: arrived, closed } = await silentServer('/cancel');
  const controller = new AbortController();
  const cancelling = responsesProvider({ apiKey: 'test', baseUrl }).cancel('resp_1', controller.signal);
  const reason = new Error('long enough');
  await Promise.all([arrived.then(() => controller.abort(reason)), expect(cancelling).rejects.toBe(reason), closed]);
});

test('a cancel reaches the provider, and a cancelled response is told from one that failed', async () => {
  const { create, provider, identified, stored } = await providerSetup({ latencyMs: 600_000 });
  const creating = create(request());
  creating.catch(() => undefined);
  await until(() => identified.length === 1);
  const [id = ''] = identified;
  await provider.cancel(id, new AbortController().signal);
  expect((await stored(id))['status']).toBe('cancelled');
  const call = provider.retrieve(id, request(), new AbortController().signal);
  expect(await failureOf(call)).toMatchObject({ type: 'ModelUnavailable', billed: 'unknown' });
});

test('what a model said is never printed, also where it can’t be read', async () => {
  const printed = (['log', 'warn', 'error'] as const).map((name) => jest.spyOn(console, name));
  const body = 'data: {"type": "the secret of the ans\n\n';
  const { create } = await providerSetup({
    script: () => ({ kind: 'garbage', body, contentType: 'text/event-stream' }),
  });
  const { message } = await failureOf(create(request()));
  expect(printed.flatMap(({ mock }) => mock.calls)).toEqual([]);
  expect(message).not.toContain('secret of the ans');
  jest.restoreAllMocks();
});

test('an answer that tells no usage at all is an answer', () => {
  const response = { id: 'resp_1', model: 'gpt-5.4-mini', status: 'completed', output: [] };
  expect(toReply(parseResponse(response, 'gpt-5.4-mini'), request())).toMatchObject({ text: '', usage: null });
});

test('the account’s models are listed, with the day that each is shut down', async () => {
  const { provider } = await providerSetup();
  const models = await provider.models(new AbortController().signal);
  expect(models).toContainEqual(expect.objectContaining({ id: 'gpt-5.4' }));
  expect(models).toContainEqual({ id: 'gpt-5.4-nano', shutdown: '2027-04-01' });
});
