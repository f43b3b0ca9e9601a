/** A conversation in the words of chat/completions, and an answer of it in ours. */
import { describe, expect, test } from '@jest/globals';
import type { ConversationItem } from '../../src/contracts/model.ts';
import { toChatReply } from '../../src/model/chat/completion.ts';
import { toChatBody, toMessages } from '../../src/model/chat/translate.ts';
import { completion, toolCall } from '../support/chat-server.ts';
import { request } from '../support/provider.ts';

const asked = (change: Parameters<typeof request>[0] = {}) =>
  request({ provider: 'vllm', model: 'local-model', background: false, strictSchema: false, ...change });
const call = (call_id: string, args = '{}', more: Record<string, unknown> = {}): ConversationItem => ({
  type: 'function_call',
  call_id,
  name: 'search',
  arguments: args,
  ...more,
});
const output = (call_id: string, text: string): ConversationItem => ({
  type: 'function_call_output',
  call_id,
  output: text,
});
const said = (...texts: string[]): ConversationItem => ({
  type: 'message',
  role: 'assistant',
  content: texts.map((text) => ({ type: 'output_text', text })),
});

describe('a conversation', () => {
  test('begins with its instructions, as the one system message that templates take', () => {
    const items: ConversationItem[] = [
      { role: 'developer', content: 'Rules.' },
      { role: 'user', content: 'Question?' },
      said('Answer.'),
      { role: 'developer', content: 'More rules.' },
      { role: 'user', content: 'Again?' },
    ];
    expect(toMessages(items)).toEqual([
      { role: 'system', content: 'Rules.\n\nMore rules.' },
      { role: 'user', content: 'Question?' },
      { role: 'assistant', content: 'Answer.' },
      { role: 'user', content: 'Again?' },
    ]);
  });

  test('without instructions has no system message', () => {
    expect(toMessages([{ role: 'user', content: 'hi' }])).toEqual([{ role: 'user', content: 'hi' }]);
  });

  test('has the calls of a turn and the texts beside them in one message, each output in its own', () => {
    const turn = [said('I look', ' twice.'), call('c1', '{"a":1}'), call('c2'), said('Wait.')];
    expect(toMessages([...turn, output('c1', 'one'), output('c2', 'two'), call('c3')])).toEqual([
      {
        role: 'assistant',
        content: 'I look twice.\nWait.',
        tool_calls: [toolCall('c1', '{"a":1}'), toolCall('c2', '{}')],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'assistant', content: null, tool_calls: [toolCall('c3', '{}')] },
    ]);
  });

  test('leaves reasoning behind, and with it no empty turn', () => {
    const reasoning: ConversationItem = { type: 'reasoning', encrypted_content: 'xyz' };
    expect(toMessages([reasoning, said('Hi.'), reasoning])).toEqual([{ role: 'assistant', content: 'Hi.' }]);
    expect(toMessages([reasoning])).toEqual([]);
  });

  test('gives back what a server said beside a call, and nothing else of it', () => {
    const extra_content = { google: { thought_signature: 'sig' } };
    expect(toMessages([call('c1', '{}', { extra_content, status: 'completed' })])).toEqual([
      { role: 'assistant', content: null, tool_calls: [toolCall('c1', '{}', { extra_content })] },
    ]);
  });
});

describe('a request', () => {
  const tools = [{ name: 'search', description: 'Looks.', parameters: { type: 'object' } }];
  const format = { name: 'plan', schema: { type: 'object', required: ['answer'] } };

  test('has its limit under the name that compatible servers know, and an effort only where there is one', () => {
    expect(toChatBody(asked({ effort: 'none' }))).toEqual({
      model: 'local-model',
      messages: [{ role: 'user', content: 'hello' }],
      max_tokens: 1000,
    });
    expect(toChatBody(asked({ effort: 'high' }))).toMatchObject({ reasoning_effort: 'high' });
  });

  test.each([true, false])('has its tools as functions; strict: %s', (strictSchema) => {
    const [tool] = toChatBody(asked({ tools, strictSchema }))['tools'] as { type: string; function: object }[];
    expect(tool?.type).toBe('function');
    expect(tool?.function).toEqual({ ...tools[0], ...(strictSchema && { strict: true }) });
  });

  test('carries its schema where the server holds answers to it', () => {
    const body = toChatBody(asked({ format, strictSchema: true }));
    expect(body['response_format']).toEqual({ type: 'json_schema', json_schema: { ...format, strict: true } });
    expect(JSON.stringify(body['messages'])).not.toContain('required');
  });

  test('has its schema in the instructions where the server does not', () => {
    const input: ConversationItem[] = [
      { role: 'developer', content: 'Rules.' },
      { role: 'user', content: 'hello' },
    ];
    const body = toChatBody(asked({ format, input }));
    expect(body).not.toHaveProperty('response_format');
    const [system, user, ...rest] = body['messages'] as { role: string; content: string }[];
    expect(system?.content).toMatch(
      /^Rules\.\n\nAnswer with one JSON object[^]*\{"type":"object","required":\["answer"\]\}$/,
    );
    expect([system?.role, user?.role, rest]).toEqual(['system', 'user', []]);
  });
});

describe('an answer', () => {
  const reply = (message: Record<string, unknown>, change: Record<string, unknown> = {}, ask = asked()) =>
    toChatReply(JSON.parse(JSON.stringify(completion(message, change).body)), ask);
  const formatted = asked({ format: { name: 'plan', schema: {} } });

  test('is text, items, model and tokens', () => {
    const usage = { ...{ prompt_tokens: 9, completion_tokens: 5 }, prompt_tokens_details: { cached_tokens: 4 } };
    expect(reply({ content: 'Hi.' }, { usage })).toEqual({
      responseId: 'chatcmpl-1',
      model: 'local-model',
      standIn: null,
      text: 'Hi.',
      items: [said('Hi.')],
      usage: { inputTokens: 9, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 0 },
    });
  });

  test('goes back as it came: text, calls and what stands beside them', () => {
    const message = {
      content: 'I look.',
      tool_calls: [
        toolCall('c1', '{"a":1}', { extra_content: { google: { thought_signature: 'sig' } } }),
        toolCall('c2', '{}'),
      ],
    };
    const { items } = reply(message, { finish_reason: 'tool_calls' });
    expect(toMessages(items)).toEqual([{ role: 'assistant', ...message }]);
  });

  test.each([
    ['```json\n{"a": 1}\n```', '{"a": 1}'],
    ['```\n{"a":\n1}\n```\n', '{"a":\n1}'],
    ['{"a": "```"}', '{"a": "```"}'],
    ['Here it is:\n```json\n{}\n```', 'Here it is:\n```json\n{}\n```'],
  ])('%j that was asked for as JSON is read as %j', (content, text) => {
    const { text: read, items } = reply({ content }, {}, formatted);
    expect(read).toBe(text);
    expect(items).toEqual([said(text)]);
  });

  test('keeps its fence where it was not asked for as JSON, or the server held it to the schema', () => {
    const content = '```json\n{}\n```';
    expect(reply({ content }).text).toBe(content);
    expect(reply({ content }, {}, { ...formatted, strictSchema: true }).text).toBe(content);
  });

  test('of a dated snapshot is one of the model that was asked for, however its date is written', () => {
    for (const model of ['local-model-2026-03-17', 'local-model-20260317']) {
      expect(reply({ content: 'Hi.' }, { model }).model).toBe(model);
    }
  });

  test('of a stand-in is known as one', () => {
    expect(reply({ content: 'Hi.' }, { system_fingerprint: 'stand-in rules' }).standIn).toBe('stand-in rules');
    expect(reply({ content: 'Hi.' }, { system_fingerprint: 'fp_1' }).standIn).toBeNull();
  });

  test('whose reasoning is in the total alone is billed with it', () => {
    const usage = {
      prompt_tokens: 21,
      completion_tokens: 0,
      completion_tokens_details: { reasoning_tokens: 60 },
      total_tokens: 81,
    };
    expect(reply({ content: 'Hi.' }, { usage }).usage).toMatchObject({
      inputTokens: 21,
      outputTokens: 60,
      reasoningTokens: 60,
    });
  });

  test.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['negative', { prompt_tokens: -1, completion_tokens: 5 }],
    ['fractional', { prompt_tokens: 1.5, completion_tokens: 5 }],
    ['half there', { prompt_tokens: 1 }],
    [
      'more cached than there was',
      { prompt_tokens: 1, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 2 } },
    ],
    [
      'more thought than was said',
      { prompt_tokens: 1, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 6 } },
    ],
    ['a total below its parts', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 14 }],
  ])('with a usage that is %s tells none', (_, usage) => {
    expect(reply({ content: 'Hi.' }, { usage }).usage).toBeNull();
  });
});
