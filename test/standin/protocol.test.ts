/** The stand-in speaks the Responses API well enough for the provider's own client, and says in every answer what it is. */
import { describe, expect, test } from '@jest/globals';
import { zodTextFormat } from 'openai/helpers/zod';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { z } from 'zod';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { STAND_IN_KEY } from '../../src/model/openai/response.ts';
import { STAND_IN_NAME } from '../../src/standin/protocol/response-object.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { says } from '../support/says.ts';
import { apiErrorOf, standInSetup } from '../support/stand-in.ts';
import { until } from '../support/until.ts';

const question = { model: 'gpt-5.4-nano', input: 'What is this?' };
const LATENCY_MS = 60_000;

const namesItself = ({ metadata }: Pick<Response, 'metadata'>): boolean => metadata?.[STAND_IN_KEY] === STAND_IN_NAME;

async function eventsOf(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** Types of events, with those that follow each other counted once. */
const typesOf = (events: ResponseStreamEvent[]): string[] =>
  events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);

describe('a response', () => {
  test('in the foreground is whole, keeps what was sent along, and names the dated model', async () => {
    const { client } = await standInSetup();
    const response = await client.responses.create({ ...question, metadata: { call_key: 'k' } });
    expect(response).toMatchObject({
      ...{ object: 'response', status: 'completed', error: null },
      ...{ model: 'gpt-5.4-nano-2026-03-17', metadata: { call_key: 'k' } },
    });
    expect(response.output_text).toMatch(/^\[stand-in\] I follow rules/);
    expect(namesItself(response)).toBe(true);
  });

  test('in the foreground is kept unless it is told not to be', async () => {
    const { client } = await standInSetup();
    const kept = await client.responses.create(question);
    expect(await client.responses.retrieve(kept.id)).toMatchObject({ id: kept.id, output: kept.output });
    const { id } = await client.responses.create({ ...question, store: false });
    expect(await apiErrorOf(client.responses.retrieve(id))).toMatchObject({ status: 404 });
  });

  test('in a shape that was asked for has that shape, and the least in it', async () => {
    const { client } = await standInSetup();
    const Shape = z.object({
      title: z.string(),
      kind: z.enum(['small', 'large']),
      count: z.int().min(3),
      note: z.string().nullable(),
      parts: z.array(z.object({ isReady: z.boolean() })).min(2),
    });
    const response = await client.responses.parse({ ...question, text: { format: zodTextFormat(Shape, 'shape') } });
    expect(response.output_parsed).toMatchObject({ kind: 'small', count: 3, parts: [{ isReady: false }, {}] });
  });

  test('of a tool that has to be called calls it by its schema', async () => {
    const { client } = await standInSetup();
    const parameters = {
      ...{ type: 'object', additionalProperties: false, required: ['path'] },
      properties: { path: { type: 'string' } },
    };
    const tools = [{ type: 'function' as const, name: 'look', strict: true, parameters }];
    const { output } = await client.responses.create({ ...question, tools, tool_choice: 'required' });
    expect(output).toMatchObject([{ type: 'function_call', name: 'look', arguments: '{"path":"[stand-in]"}' }]);
  });

  test('goes on from its predecessor by its id, with all that was said', async () => {
    const asked: unknown[] = [];
    const { client } = await standInSetup({ script: ({ request }) => (asked.push(request.input), null) });
    const first = await client.responses.create(question);
    const second = await client.responses.create({ ...question, input: 'And that?', previous_response_id: first.id });
    expect(asked[1]).toMatchObject([
      { role: 'user', content: question.input },
      { role: 'assistant', content: [{ text: first.output_text }] },
      { role: 'user', content: 'And that?' },
    ]);
    expect(second.previous_response_id).toBe(first.id);
  });

  test('lists its input, newest first, in pages', async () => {
    const { client } = await standInSetup();
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user' as const, content }));
    const { id } = await client.responses.create({ ...question, input });
    const listed: unknown[] = [];
    for await (const item of client.responses.inputItems.list(id, { limit: 2 })) listed.push(item);
    expect(listed).toMatchObject(
      ['three', 'two', 'one'].map((text) => ({ type: 'message', content: [{ type: 'input_text', text }] })),
    );
    const { data } = await client.responses.inputItems.list(id, { order: 'asc', limit: 1 });
    expect(data).toMatchObject([{ content: [{ text: 'one' }] }]);
  });

  test('that is deleted is gone', async () => {
    const { client } = await standInSetup();
    const { id } = await client.responses.create(question);
    await client.responses.delete(id);
    expect(await apiErrorOf(client.responses.retrieve(id))).toMatchObject({ status: 404 });
  });
});

describe('a stream', () => {
  test('of a text has each event in its place, in sequence, and the text in its parts', async () => {
    const { client } = await standInSetup({ script: () => says('Grüße 👋 '.repeat(40)) });
    const events = await eventsOf(await client.responses.create({ ...question, stream: true }));
    expect(typesOf(events)).toEqual([
      ...['response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added'],
      ...['response.output_text.delta', 'response.output_text.done', 'response.content_part.done'],
      ...['response.output_item.done', 'response.completed'],
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const deltas = events.flatMap((event) => (event.type === 'response.output_text.delta' ? [event.delta] : []));
    expect(deltas.length).toBeGreaterThan(5);
    expect(deltas.join('')).toBe('Grüße 👋 '.repeat(40));
    const responses = events.flatMap((event) => ('response' in event ? [event.response] : []));
    expect(new Set(responses.map(({ id }) => id)).size).toBe(1);
    expect(responses.every(namesItself)).toBe(true);
  });

  test('of tool calls has the arguments in their parts', async () => {
    const calls = [1, 2].map((line) => ({ name: 'read', args: { path: 'a-path-of-some-length.txt', line } }));
    const { client } = await standInSetup({ script: () => ({ kind: 'answer', utterance: { calls } }) });
    const events = await eventsOf(await client.responses.create({ ...question, stream: true }));
    const oneCall = [
      ...['response.output_item.added', 'response.function_call_arguments.delta'],
      ...['response.function_call_arguments.done', 'response.output_item.done'],
    ];
    expect(typesOf(events).slice(2, -1)).toEqual([...oneCall, ...oneCall]);
  });

  test.each<[string, Reaction, string]>([
    ['that fails', { kind: 'failed', code: 'server_error' }, 'response.failed'],
    ['that is cut short', { kind: 'incomplete', reason: 'max_output_tokens' }, 'response.incomplete'],
    ['that refuses', { kind: 'refusal' }, 'response.completed'],
  ])('%s ends with what it is', async (_, reaction, last) => {
    const { client } = await standInSetup({ script: () => reaction });
    const events = await eventsOf(await client.responses.create({ ...question, stream: true }));
    expect(events.at(-1)?.type).toBe(last);
    if (reaction.kind === 'refusal') expect(typesOf(events)).toContain('response.refusal.delta');
  });

  test('is read by the client’s own helper', async () => {
    const { client } = await standInSetup();
    const final = await client.responses.stream(question).finalResponse();
    expect(final.output_text).toMatch(/^\[stand-in\]/);
  });

  test.each([
    [undefined, true],
    [{ include_obfuscation: false }, false],
  ])('with options %j has padded deltas: %s', async (stream_options, isPadded) => {
    const { client } = await standInSetup();
    const asked = { ...question, stream: true as const, ...(stream_options && { stream_options }) };
    const deltas = (await eventsOf(await client.responses.create(asked))).filter(({ type }) => type.endsWith('.delta'));
    expect(deltas.map((delta) => 'obfuscation' in delta)).toEqual(deltas.map(() => isPadded));
  });

  test('from a lean stand-in has whole items alone', async () => {
    const { client } = await standInSetup({ lean: true });
    const events = await eventsOf(await client.responses.create({ ...question, stream: true }));
    expect(typesOf(events)).toEqual([
      ...['response.created', 'response.in_progress', 'response.output_item.done', 'response.completed'],
    ]);
  });
});

describe('in the background', () => {
  test('a response is named at once, waits, works, and ends, by the clock', async () => {
    const { client, clock } = await standInSetup({ latencyMs: LATENCY_MS });
    const created = await client.responses.create({ ...question, background: true });
    expect([created.status, created.output, namesItself(created)]).toEqual(['queued', [], true]);
    const reaches = (status: string) =>
      until(async () => (await client.responses.retrieve(created.id)).status === status);
    await reaches('queued');
    clock.advance(LATENCY_MS / 2);
    await reaches('in_progress');
    clock.advance(LATENCY_MS / 2);
    await reaches('completed');
    expect(namesItself(await client.responses.retrieve(created.id))).toBe(true);
  });

  test('a stream is queued first, and its response can be asked for by its id', async () => {
    const { client } = await standInSetup();
    const events = await eventsOf(await client.responses.create({ ...question, background: true, stream: true }));
    expect(typesOf(events).slice(0, 3)).toEqual(['response.created', 'response.queued', 'response.in_progress']);
    const [first] = events;
    const id = first && 'response' in first ? first.response.id : '';
    expect(await client.responses.retrieve(id)).toMatchObject({ status: 'completed' });
  });

  test('a response that is cancelled stays cancelled, however often it is asked for', async () => {
    const { client } = await standInSetup({ latencyMs: LATENCY_MS });
    const { id } = await client.responses.create({ ...question, background: true });
    const found = [
      await client.responses.cancel(id),
      await client.responses.cancel(id),
      await client.responses.retrieve(id),
    ];
    expect(found.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  test('a response that is cancelled while it is streamed ends as cancelled, without an answer', async () => {
    const { client } = await standInSetup({ latencyMs: LATENCY_MS });
    const responses: Response[] = [];
    for await (const event of await client.responses.create({ ...question, background: true, stream: true })) {
      if (!('response' in event)) continue;
      if (event.type === 'response.created') await client.responses.cancel(event.response.id);
      responses.push(event.response);
    }
    expect(responses.at(-1)).toMatchObject({ status: 'cancelled', output: [] });
  });

  test('a response that has ended is not cancelled any more, and one of the foreground never is', async () => {
    const { client } = await standInSetup();
    const { id } = await client.responses.create({ ...question, background: true });
    await until(async () => (await client.responses.retrieve(id)).status === 'completed');
    expect((await client.responses.cancel(id)).status).toBe('completed');
    const foreground = await client.responses.create(question);
    expect(await apiErrorOf(client.responses.cancel(foreground.id))).toMatchObject({ status: 400 });
  });

  test('a response that is not stored can be asked for during ten minutes', async () => {
    const { client, clock } = await standInSetup();
    const { id } = await client.responses.create({ ...question, background: true, store: false });
    clock.advance(9 * 60_000);
    expect((await client.responses.retrieve(id)).id).toBe(id);
    clock.advance(2 * 60_000);
    expect(await apiErrorOf(client.responses.retrieve(id))).toMatchObject({ status: 404 });
  });
});

describe('the models', () => {
  test('are those of the catalogue, owned by the stand-in, with the day of their end', async () => {
    const { client } = await standInSetup();
    const { data } = await client.models.list();
    expect(data.map(({ id, shutdown_date }) => [id, shutdown_date])).toEqual(
      loadCatalogue().models.map(({ id, shutdown = null }) => [id, shutdown]),
    );
    expect(new Set(data.map(({ owned_by }) => owned_by))).toEqual(new Set([STAND_IN_NAME]));
    expect(await client.models.retrieve('gpt-5.4-mini-2026-03-17')).toMatchObject({ id: 'gpt-5.4-mini-2026-03-17' });
  });

  test('are gone from that day on', async () => {
    const { client, clock } = await standInSetup();
    clock.advance(Date.parse('2027-04-01') - clock.now());
    expect((await client.models.list()).data.map(({ id }) => id)).not.toContain('gpt-5.4-nano');
    expect(await apiErrorOf(client.responses.create(question))).toMatchObject({ status: 404, code: 'model_not_found' });
    expect(await client.responses.create({ ...question, model: 'gpt-5.4-mini' })).toMatchObject({
      status: 'completed',
    });
  });
});

describe('the log', () => {
  test('holds every create by its call key, and can be read over HTTP', async () => {
    const { client, standIn } = await standInSetup();
    for (const call_key of ['a', 'b', 'a']) await client.responses.create({ ...question, metadata: { call_key } });
    const read = async (path: string) => (await fetch(new URL(path, standIn.baseUrl))).json();
    const creates = (await read('/stand-in/log')) as { callKey: string; digest: string }[];
    expect(creates.map(({ callKey }) => callKey)).toEqual(['a', 'b', 'a']);
    expect(new Set(creates.map(({ digest }) => digest)).size).toBe(2);
    expect([standIn.log.count('a'), standIn.log.servedTwice]).toEqual([2, ['a']]);
    expect(await read('/stand-in/summary')).toMatchObject({ creates: 3, served: 3, paidTwice: ['a'] });
  });

  test('holds what was turned away, too, with its status', async () => {
    const { client, standIn } = await standInSetup();
    await apiErrorOf(client.responses.create({ ...question, model: 'gpt-17' }));
    await until(() => standIn.log.requests.length === 1);
    expect(standIn.log.requests).toMatchObject([{ method: 'POST', path: '/v1/responses', status: 404 }]);
    expect(standIn.log.requests[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(standIn.log.creates).toEqual([]);
  });

  test('knows a call without metadata by the id that its client gave it', async () => {
    const { client, standIn } = await standInSetup();
    await client.responses.create(question, { headers: { 'x-client-request-id': 'mine' } });
    expect(standIn.log.creates.map(({ callKey }) => callKey)).toEqual(['mine']);
  });
});
