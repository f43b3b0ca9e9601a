/** The stand-in speaks the Responses API well enough for the provider's own client, and says in every answer what it is. */
import { describe, expect, test } from '@jest/globals';
import { APIConnectionError, APIError, OpenAI } from 'openai';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { CATALOGUE } from '../../src/catalogue.ts';
import { STAND_IN_KEY } from '../../src/model/openai/response.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { STAND_IN_NAME } from '../../src/standin/response-object.ts';
import { standInSetup } from '../support/stand-in.ts';
import { until } from '../support/until.ts';

const question = { model: 'gpt-5.4-nano', input: 'What is this?' };

const namesItself = ({ metadata }: Pick<Response, 'metadata'>): boolean => metadata?.[STAND_IN_KEY] === STAND_IN_NAME;

const errorOf = (call: Promise<unknown>): Promise<APIError> =>
  call.then(
    () => Promise.reject(new Error('The call did not fail.')),
    (error: unknown) => (error instanceof APIError ? (error as APIError) : Promise.reject(error as Error)),
  );

describe('a response', () => {
  test('in the foreground is whole, counts its tokens, and keeps what was sent along', async () => {
    const { client } = await standInSetup();
    const response = await client.responses.create({ ...question, metadata: { call_key: 'k' } });
    expect(response).toMatchObject({ object: 'response', status: 'completed', model: question.model, error: null });
    expect(response.metadata).toMatchObject({ call_key: 'k' });
    expect(response.output_text).toMatch(/^\[stand-in\] I follow rules/);
    const { input_tokens = 0, output_tokens = 0, total_tokens } = response.usage ?? {};
    expect([input_tokens > 0, output_tokens > 0, total_tokens]).toEqual([true, true, input_tokens + output_tokens]);
    expect(namesItself(response)).toBe(true);
  });

  test('as a stream begins with its name and ends with its result, each event in its place', async () => {
    const { client } = await standInSetup();
    const events: ResponseStreamEvent[] = [];
    for await (const event of await client.responses.create({ ...question, stream: true })) events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([0, 1, 2, 3]);
    const responses = events.flatMap((event) => ('response' in event ? [event.response] : []));
    expect(new Set(responses.map(({ id }) => id)).size).toBe(1);
    expect(responses.every(namesItself)).toBe(true);
  });

  test('in the background is named at once, and found by its id until it has ended', async () => {
    const { client } = await standInSetup({ latencyMs: 100 });
    const created = await client.responses.create({ ...question, background: true });
    expect([created.status, created.output, namesItself(created)]).toEqual(['queued', [], true]);
    let found = created;
    await until(async () => (found = await client.responses.retrieve(created.id)).status !== 'queued');
    expect(found).toMatchObject({ id: created.id, status: 'completed' });
    expect(namesItself(found)).toBe(true);
  });

  test('that is cancelled stays cancelled, however often it is asked for', async () => {
    const { client } = await standInSetup({ latencyMs: 60_000 });
    const { id } = await client.responses.create({ ...question, background: true });
    const statuses = [
      await client.responses.cancel(id),
      await client.responses.cancel(id),
      await client.responses.retrieve(id),
    ];
    expect(statuses.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  test('that is cancelled while it is streamed ends as cancelled, without an answer', async () => {
    const { client } = await standInSetup({ latencyMs: 1500 });
    const responses: Response[] = [];
    for await (const event of await client.responses.create({ ...question, background: true, stream: true })) {
      if (!('response' in event)) continue;
      if (event.type === 'response.created') await client.responses.cancel(event.response.id);
      responses.push(event.response);
    }
    expect(responses.at(-1)).toMatchObject({ status: 'cancelled', output: [] });
  });

  test('that has ended is not cancelled any more', async () => {
    const { client } = await standInSetup();
    const { id } = await client.responses.create({ ...question, background: true });
    await until(async () => (await client.responses.retrieve(id)).status === 'completed');
    expect((await client.responses.cancel(id)).status).toBe('completed');
  });

  test('in the foreground is not kept', async () => {
    const { client } = await standInSetup();
    const { id } = await client.responses.create(question);
    expect(await errorOf(client.responses.retrieve(id))).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('an error', () => {
  test.each([
    ['a model that does not exist', { ...question, model: 'gpt-17' }, 404, 'model_not_found'],
    ['a request that is none', { model: 5 } as unknown as typeof question, 400, 'invalid_request'],
  ])('names %s', async (_, asked, status, code) => {
    const { client, standIn } = await standInSetup();
    const error = await errorOf(client.responses.create(asked));
    expect(error).toMatchObject({ status, code });
    expect(error.message).toContain('[stand-in]');
    expect(standIn.log.creates).toEqual([]);
  });

  test('names a key that is missing', async () => {
    const { standIn } = await standInSetup();
    const anonymous = new OpenAI({
      apiKey: 'any',
      baseURL: standIn.baseUrl,
      maxRetries: 0,
      defaultHeaders: { authorization: null },
    });
    const error = await errorOf(anonymous.responses.create(question));
    expect([error.status, error.code]).toEqual([401, 'invalid_api_key']);
  });

  test.each([
    [429, 'insufficient_quota'],
    [503, 'server_is_overloaded'],
  ])('that a script asks for has its status %i and its code %s', async (status, code) => {
    const { client, standIn } = await standInSetup({
      script: () => ({ kind: 'error', status, code, headers: { 'retry-after': '3' } }),
    });
    const error = await errorOf(client.responses.create(question));
    expect([error.status, error.code, error.headers?.get('retry-after')]).toEqual([status, code, '3']);
    expect(standIn.log.creates.map(({ isServed }) => isServed)).toEqual([false]);
  });
});

describe('misbehaviour', () => {
  const answerOf = async (reaction: Reaction) =>
    (await standInSetup({ script: () => reaction })).client.responses.create(question);

  test.each<[Reaction, object]>([
    [
      { kind: 'failed', code: 'server_error' },
      { status: 'failed', error: { code: 'server_error' } },
    ],
    [
      { kind: 'incomplete', reason: 'content_filter' },
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
    ],
    [{ kind: 'refusal' }, { status: 'completed', output: [{ content: [{ type: 'refusal' }] }] }],
    [
      { kind: 'answer', model: 'gpt-5.4' },
      { status: 'completed', model: 'gpt-5.4' },
    ],
  ])('%j comes with status 200, and named as everything else', async (reaction, shape) => {
    const response = await answerOf(reaction);
    expect(response).toMatchObject(shape);
    expect(namesItself(response)).toBe(true);
  });

  test('a cut connection is one for the client, too', async () => {
    await expect(answerOf({ kind: 'cut', at: 'start' })).rejects.toBeInstanceOf(APIConnectionError);
  });
});

test('the models are those of the catalogue, owned by the stand-in', async () => {
  const { client } = await standInSetup();
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toEqual(CATALOGUE.map(({ id }) => id));
  expect(new Set(data.map(({ owned_by }) => owned_by))).toEqual(new Set([STAND_IN_NAME]));
});

test('the log holds every create by its call key, and can be read over HTTP', async () => {
  const { client, standIn } = await standInSetup();
  for (const call_key of ['a', 'b', 'a']) await client.responses.create({ ...question, metadata: { call_key } });
  const log = await fetch(new URL('/stand-in/log', standIn.baseUrl));
  expect(((await log.json()) as { callKey: string }[]).map(({ callKey }) => callKey)).toEqual(['a', 'b', 'a']);
  expect([standIn.log.count('a'), standIn.log.servedTwice]).toEqual([2, ['a']]);
});
