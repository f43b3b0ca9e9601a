/** The older protocol, by the provider's own client: the same mind, rules and log, in its own words. */
import { describe, expect, test } from '@jest/globals';
import { zodResponseFormat } from 'openai/helpers/zod';
import type { ChatCompletionChunk, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { z } from 'zod';
import { STAND_IN_NAME } from '../../src/standin/protocol/response-object.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { callsTool, says } from '../support/says.ts';
import { apiErrorOf, standInSetup } from '../support/stand-in.ts';

const model = 'gpt-5.4-mini';
const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'What is this?' }];
const question = { model, messages };

const parameters = {
  ...{ type: 'object', additionalProperties: false, required: ['path'] },
  properties: { path: { type: 'string' } },
};
const tools = [{ type: 'function' as const, function: { name: 'look', strict: true, parameters } }];

const setupWith = (reaction: Reaction) => standInSetup({ script: () => reaction });

async function chunksOf(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe('a completion', () => {
  test('is whole, names the stand-in, and bills its tokens in detail', async () => {
    const { client } = await standInSetup();
    const completion = await client.chat.completions.create({ ...question, reasoning_effort: 'high' });
    expect(completion).toMatchObject({
      ...{ object: 'chat.completion', model: `${model}-2026-03-17`, system_fingerprint: STAND_IN_NAME },
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', refusal: null } }],
    });
    expect(completion.choices[0]?.message.content).toMatch(/^\[stand-in\]/);
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens, ...details } = completion.usage ?? {};
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
    expect(details).toMatchObject({
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: expect.any(Number) },
    });
  });

  test('in a shape that was asked for has that shape', async () => {
    const { client } = await standInSetup();
    const response_format = zodResponseFormat(z.object({ count: z.int().min(2) }), 'shape');
    const completion = await client.chat.completions.parse({ ...question, response_format });
    expect(completion.choices[0]?.message.parsed).toEqual({ count: 2 });
  });

  test('in any JSON is some', async () => {
    const { client } = await standInSetup();
    const asked = { ...question, messages: [{ role: 'user' as const, content: 'Some JSON.' }] };
    const completion = await client.chat.completions.create({ ...asked, response_format: { type: 'json_object' } });
    expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toBeInstanceOf(Object);
  });

  test('calls tools, and goes on with what they returned', async () => {
    const seen: Incoming['request'][] = [];
    const { client } = await standInSetup({
      script: ({ request }) => (seen.push(request), seen.length === 1 ? callsTool('look', { path: 'a' }) : null),
    });
    const [first] = (await client.chat.completions.create({ ...question, tools })).choices;
    expect(first).toMatchObject({
      ...{ finish_reason: 'tool_calls', message: { content: null } },
      message: { tool_calls: [{ type: 'function', function: { name: 'look', arguments: '{"path":"a"}' } }] },
    });
    const [call] = first?.message.tool_calls ?? [];
    const answered: ChatCompletionMessageParam[] = [
      { role: 'system', content: 'Be brief.' },
      ...messages,
      ...(first ? [first.message] : []),
      { role: 'tool', tool_call_id: call?.id ?? '', content: 'found' },
    ];
    const second = await client.chat.completions.create({ model, messages: answered, tools });
    expect(second.choices[0]?.finish_reason).toBe('stop');
    expect(seen[1]?.input).toMatchObject([
      { role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
      { role: 'user', content: [{ type: 'input_text', text: 'What is this?' }] },
      { type: 'function_call', call_id: call?.id, name: 'look', arguments: '{"path":"a"}' },
      { type: 'function_call_output', call_id: call?.id, output: 'found' },
    ]);
    expect(seen[1]?.tools).toMatchObject([{ type: 'function', name: 'look', strict: true, parameters }]);
  });

  test.each<[Reaction, object]>([
    [{ kind: 'incomplete', reason: 'max_output_tokens' }, { finish_reason: 'length' }],
    [
      { kind: 'incomplete', reason: 'content_filter' },
      { finish_reason: 'content_filter', message: { content: null } },
    ],
    [{ kind: 'refusal' }, { finish_reason: 'stop', message: { content: null, refusal: expect.any(String) } }],
  ])('of %j says how it ended', async (reaction, choice) => {
    const { client } = await setupWith(reaction);
    expect((await client.chat.completions.create(question)).choices).toMatchObject([choice]);
  });

  test('that failed is an error', async () => {
    const { client } = await setupWith({ kind: 'failed', code: 'rate_limit_exceeded' });
    const error = await apiErrorOf(client.chat.completions.create(question));
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  });

  test('shares its cache by prefix and key', async () => {
    const { client } = await standInSetup();
    const long = { role: 'system' as const, content: ' word'.repeat(2_000) };
    const ask = async () =>
      (await client.chat.completions.create({ model, messages: [long, ...messages], prompt_cache_key: 'k' })).usage;
    await ask();
    expect((await ask())?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(1_900);
  });

  test('is logged by its call key', async () => {
    const { client, standIn } = await standInSetup();
    await client.chat.completions.create({ ...question, metadata: { call_key: 'a' } });
    await client.chat.completions.create(question, { headers: { 'x-client-request-id': 'b' } });
    expect(standIn.log.creates).toMatchObject([
      { callKey: 'a', model, isServed: true },
      { callKey: 'b', model, isServed: true },
    ]);
  });
});

describe('a stream', () => {
  test('has the text in its parts, how it ended, and its bill where that was asked for', async () => {
    const text = 'one two three '.repeat(20);
    const { client } = await setupWith(says(text));
    const stream_options = { include_usage: true };
    const chunks = await chunksOf(await client.chat.completions.create({ ...question, stream: true, stream_options }));
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant', content: '' });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(text);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks[0]).toMatchObject({ system_fingerprint: STAND_IN_NAME });
  });

  test('has no bill otherwise', async () => {
    const { client } = await standInSetup();
    const chunks = await chunksOf(await client.chat.completions.create({ ...question, stream: true }));
    expect(chunks.every(({ usage }) => usage == null)).toBe(true);
  });

  test('of tool calls is put together by the client’s own helper', async () => {
    const calls = ['a', 'b'].map((path) => ({ name: 'look', args: { path, more: 'x'.repeat(50) } }));
    const { client } = await setupWith({ kind: 'answer', utterance: { calls } });
    const completion = await client.chat.completions.stream({ ...question, tools }).finalChatCompletion();
    const called = completion.choices[0]?.message.tool_calls ?? [];
    expect(called).toMatchObject(calls.map(({ args }) => ({ function: { arguments: JSON.stringify(args) } })));
  });

  test('that fails says so', async () => {
    const { client } = await setupWith({ kind: 'failed', code: 'server_error' });
    const reading = client.chat.completions.create({ ...question, stream: true }).then(chunksOf);
    expect(await apiErrorOf(reading)).toMatchObject({ code: 'server_error' });
  });
});

describe('a request is turned away', () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };

  test.each<[string, object, string | null, string | null]>([
    ['with a field that there is not', { input: 'x' }, 'unknown_parameter', 'input'],
    ['without messages', { messages: undefined }, 'missing_required_parameter', 'messages'],
    [
      'with a role that there is not',
      { messages: [{ role: 'boss', content: 'x' }] },
      'invalid_value',
      'messages[0].role',
    ],
    ['with several choices', { n: 2 }, 'unsupported_value', 'n'],
    ['with an effort that the model has not', { reasoning_effort: 'max' }, 'unsupported_value', 'reasoning_effort'],
    [
      'with a temperature where it reasons',
      { temperature: 1, reasoning_effort: 'low' },
      'unsupported_parameter',
      'temperature',
    ],
    [
      'with a call that was not answered',
      { messages: [{ role: 'assistant', content: null, tool_calls: [call] }] },
      null,
      'messages',
    ],
    [
      'with a schema that is not strict',
      {
        response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } },
      },
      'invalid_json_schema',
      'response_format',
    ],
    [
      'with a tool that is not strict',
      { tools: [{ type: 'function', function: { name: 'a', strict: true, parameters: { type: 'object' } } }] },
      'invalid_function_parameters',
      'tools[0].function.parameters',
    ],
    [
      'with too much for the context',
      { messages: [{ role: 'user', content: ' word'.repeat(272_001) }] },
      'context_length_exceeded',
      'messages',
    ],
  ])('%s', async (_, change, code, param) => {
    const { client, standIn } = await standInSetup();
    const error = await apiErrorOf(client.chat.completions.create({ ...question, ...change } as never));
    expect(error).toMatchObject({ status: 400, code, param });
    expect(standIn.log.creates).toEqual([]);
  });
});
