/** What an answer is billed: tokens by o200k, cached prefixes in steps, reasoning by effort, the tier that was used. */
import { describe, expect, test } from '@jest/globals';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { ResponseUsage } from 'openai/resources/responses/responses';
import { says } from '../support/says.ts';
import { standInSetup } from '../support/stand-in.ts';

const shared = standInSetup();
const model = 'gpt-5.4-mini';

let texts = 0;
/** About so many tokens, unlike any other text of this file. */
const text = (tokens: number): string => `${(texts += 1)}${' word'.repeat(tokens)}`;

async function usage(change: object, setup = shared): Promise<ResponseUsage> {
  const { client } = await setup;
  const { usage: billed } = await client.responses.create({ model, input: 'x', ...change, stream: false } as never);
  return billed as ResponseUsage;
}

const cached = async (change: object, setup = shared): Promise<number> =>
  (await usage(change, setup)).input_tokens_details.cached_tokens;

describe('input', () => {
  test('of one endless word is counted all the same', async () => {
    const { input_tokens } = await usage({ input: 'A1'.repeat(100_000) });
    expect(input_tokens).toBeGreaterThan(20_000);
  });

  test('is counted by o200k, with a few tokens around each item', async () => {
    const question = 'Wie heißt das 日本語 word for “ship”? <|endoftext|>';
    const counted = countTokens(question, { disallowedSpecial: new Set() });
    const { input_tokens } = await usage({ input: question });
    expect(input_tokens - counted).toBeGreaterThanOrEqual(0);
    expect(input_tokens - counted).toBeLessThan(10);
  });

  test('has tools, instructions and the format in it', async () => {
    const bare = await usage({});
    const parameters = { type: 'object', properties: {}, required: [], additionalProperties: false };
    const format = { type: 'json_schema', name: 'shape', strict: true, schema: parameters };
    for (const more of [
      { instructions: 'Be brief.' },
      { tools: [{ type: 'function', name: 'look', parameters }] },
      { text: { format } },
    ]) {
      expect((await usage(more)).input_tokens).toBeGreaterThan(bare.input_tokens);
    }
  });

  test('is told before anything is asked, and the same', async () => {
    const { client } = await shared;
    const input = text(300);
    const told = await client.responses.inputTokens.count({ model, input });
    expect(told).toEqual({ object: 'response.input_tokens', input_tokens: (await usage({ input })).input_tokens });
  });

  test('of a predecessor is billed again', async () => {
    const { client } = await shared;
    const first = await client.responses.create({ model, input: text(200) });
    const second = await usage({ input: 'and?', previous_response_id: first.id });
    expect(second.input_tokens).toBeGreaterThan((first.usage?.input_tokens ?? 0) + 3);
  });
});

describe('the cache', () => {
  const ask = (prefix: string, rest: string, more = {}) => ({
    ...{ prompt_cache_key: 'key', ...more },
    input: [
      { role: 'developer', content: prefix },
      { role: 'user', content: rest },
    ],
  });

  test('has a prefix of 1,024 tokens or more from its second time on, in steps of 128', async () => {
    const prefix = text(1_500);
    expect(await cached(ask(prefix, 'one'))).toBe(0);
    const found = await cached(ask(prefix, 'two'));
    expect(found % 128).toBe(0);
    expect(found).toBeGreaterThan(1_500 - 128);
    expect(found).toBeLessThanOrEqual(1_510);
  });

  test('has no shorter prefix', async () => {
    const prefix = text(900);
    await cached(ask(prefix, 'one'));
    expect(await cached(ask(prefix, 'two'))).toBe(0);
  });

  test.each<[string, object]>([
    ['another key', { prompt_cache_key: 'another' }],
    ['another model', { model: 'gpt-5.4' }],
  ])('of %s is another', async (_, more) => {
    const prefix = text(1_500);
    await cached(ask(prefix, 'one'));
    expect(await cached(ask(prefix, 'two', more))).toBe(0);
  });

  test('is not warmed by asking how long an input is', async () => {
    const { client } = await shared;
    const { prompt_cache_key: _key, ...asked } = ask(text(1_500), 'one');
    await client.responses.inputTokens.count({ model, ...asked } as never);
    expect(await cached(asked)).toBe(0);
  });

  test.each<[string, object, number]>([
    ['usually', {}, 11],
    ['where a day was asked for', { prompt_cache_retention: '24h' }, 24 * 60 + 1],
  ])('forgets what was not asked for in a while: %s', async (_, more, minutes) => {
    const setup = standInSetup();
    const prefix = text(1_500);
    await cached(ask(prefix, 'one', more), setup);
    (await setup).clock.advance((minutes - 2) * 60_000);
    expect(await cached(ask(prefix, 'two', more), setup)).toBeGreaterThan(0);
    (await setup).clock.advance(minutes * 60_000);
    expect(await cached(ask(prefix, 'three', more), setup)).toBe(0);
  });
});

describe('output', () => {
  const spoken = standInSetup({ script: () => says('one two three four five') });

  test('is what was said, and what was thought by effort', async () => {
    const efforts = ['none', 'low', 'medium', 'high', 'xhigh'];
    const billed = await Promise.all(efforts.map((effort) => usage({ reasoning: { effort } }, spoken)));
    const reasoning = billed.map(({ output_tokens_details: { reasoning_tokens } }) => reasoning_tokens);
    expect(reasoning[0]).toBe(0);
    expect(reasoning).toEqual(reasoning.toSorted((a, b) => a - b));
    expect(new Set(reasoning).size).toBe(efforts.length);
    for (const { input_tokens, output_tokens, output_tokens_details, total_tokens } of billed) {
      expect(output_tokens - output_tokens_details.reasoning_tokens).toBe(5);
      expect(total_tokens).toBe(input_tokens + output_tokens);
    }
  });

  test('stays within its limit', async () => {
    const billed = await usage({ max_output_tokens: 100, reasoning: { effort: 'xhigh' } }, spoken);
    expect(billed.output_tokens).toBe(100);
  });

  test('of the rules that is longer than its limit is incomplete', async () => {
    const { client } = await shared;
    const response = await client.responses.create({ model, input: 'x', max_output_tokens: 16 });
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  });
});

test.each([
  [undefined, 'default'],
  ['auto', 'default'],
  ['flex', 'flex'],
  ['fast', 'priority'],
  ['priority', 'priority'],
] as const)('a service tier of %s was %s', async (service_tier, used) => {
  const { client } = await shared;
  const response = await client.responses.create({ model, input: 'x', ...(service_tier && { service_tier }) });
  expect(response.service_tier).toBe(used);
});
