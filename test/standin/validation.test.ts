/** What the provider turns away is turned away here, with its status, code and parameter; nothing of it is billed. */
import { describe, expect, test } from '@jest/globals';
import { BadRequestError, AuthenticationError, NotFoundError, OpenAI } from 'openai';
import { z } from 'zod';
import { strictSchema } from '../../src/model/strict-schema.ts';
import { strictProblem } from '../../src/standin/validation/strict-rules.ts';
import { apiErrorOf, standInSetup } from '../support/stand-in.ts';

const shared = standInSetup();

const question = { model: 'gpt-5.4', input: 'What is this?' };
const object = (properties: Record<string, unknown>, more = {}) => ({
  ...{ type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
  ...more,
});
const formatted = (schema: unknown, more = {}) => ({
  text: { format: { type: 'json_schema', name: 'shape', strict: true, schema, ...more } },
});
const tool = (change: object) => ({ type: 'function', name: 'look', strict: true, parameters: object({}), ...change });
const call = { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'call_1', output: 'nothing' };

async function refusal(change: object) {
  const { client, standIn } = await shared;
  const before = standIn.log.creates.length;
  const error = await apiErrorOf(client.responses.create({ ...question, ...change } as never));
  expect(error.message).toContain('[stand-in]');
  expect(standIn.log.creates.length).toBe(before);
  return error;
}

describe('a request is turned away', () => {
  test.each<[string, object, string | null, string | null]>([
    ['with a field that there is not', { tempperature: 1 }, 'unknown_parameter', 'tempperature'],
    ['without a model', { model: undefined }, 'missing_required_parameter', 'model'],
    ['with a model that is no name', { model: 5 }, 'invalid_type', 'model'],
    ['with an input of another kind', { input: 5 }, 'invalid_type', 'input'],
    ['with metadata of another kind', { metadata: { a: 1 } }, 'invalid_type', 'metadata.a'],
    ['with a conversation, which waits', { conversation: 'conv_1' }, 'unsupported_parameter', 'conversation'],
    ['with an effort that there is not', { reasoning: { effort: 'huge' } }, 'invalid_value', 'reasoning.effort'],
    [
      'with an effort that the model has not',
      { reasoning: { effort: 'minimal' } },
      'unsupported_value',
      'reasoning.effort',
    ],
    [
      'with a temperature where it reasons',
      { temperature: 0.5, reasoning: { effort: 'low' } },
      'unsupported_parameter',
      'temperature',
    ],
    ['with top_p where it reasons', { top_p: 0.5, reasoning: { effort: 'high' } }, 'unsupported_parameter', 'top_p'],
    ['with too few output tokens', { max_output_tokens: 15 }, 'integer_below_min_value', 'max_output_tokens'],
    ['with too many output tokens', { max_output_tokens: 128_001 }, 'integer_above_max_value', 'max_output_tokens'],
    [
      'with 17 pairs of metadata',
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v'])) },
      'object_above_max_properties',
      'metadata',
    ],
    ['with a long key', { metadata: { ['k'.repeat(65)]: 'v' } }, 'string_above_max_length', 'metadata'],
    ['with a long value', { metadata: { k: 'v'.repeat(513) } }, 'string_above_max_length', 'metadata.k'],
    ['with an unknown service tier', { service_tier: 'gold' }, 'invalid_value', 'service_tier'],
    [
      'with an unknown predecessor',
      { previous_response_id: 'resp_1' },
      'previous_response_not_found',
      'previous_response_id',
    ],
    ['with a call that was not answered', { input: [call] }, null, 'input'],
    ['with an output without a call', { input: [output] }, null, 'input'],
    ['with an output before its call', { input: [output, call] }, null, 'input'],
    ['with an item that there is not', { input: [{ type: 'thought' }] }, 'invalid_value', 'input[0].type'],
    ['with a role that there is not', { input: [{ role: 'boss', content: 'x' }] }, 'invalid_value', 'input[0].role'],
    [
      'with a content of the other protocol',
      { input: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
      'invalid_value',
      'input[0].content[0].type',
    ],
    ['with an unknown format', { text: { format: { type: 'yaml' } } }, 'invalid_value', 'text.format.type'],
    ['with a format without a schema', formatted(undefined), 'missing_required_parameter', 'text.format.schema'],
    ['with a format of a bad name', formatted(object({}), { name: 'a b' }), 'invalid_value', 'text.format.name'],
    ['that asks for JSON without saying so', { text: { format: { type: 'json_object' } } }, null, 'input'],
    ['with a schema that is not strict', formatted({ type: 'object' }), 'invalid_json_schema', 'text.format.schema'],
    [
      'with a tool that is not strict',
      { tools: [tool({}), tool({ parameters: object({ a: { type: 'string', minLength: 1 } }) })] },
      'invalid_function_parameters',
      'tools[1].parameters',
    ],
    [
      'with a tool without a name',
      { tools: [tool({ name: undefined })] },
      'missing_required_parameter',
      'tools[0].name',
    ],
    ['with a choice that is no tool', { tool_choice: { type: 'function', name: 'fly' } }, null, 'tool_choice'],
    [
      'without an effort on a model that always reasons',
      { model: 'gpt-6-astra', reasoning: { effort: 'none' } },
      'unsupported_value',
      'reasoning.effort',
    ],
    ['with a computer on nano', { model: 'gpt-5.4-nano', tools: [{ type: 'computer' }] }, 'unsupported_value', 'tools'],
    [
      'with a search of tools on nano',
      { model: 'gpt-5.4-nano', tools: [{ type: 'tool_search' }] },
      'unsupported_value',
      'tools',
    ],
  ])('%s', async (_, change, code, param) => {
    const error = await refusal(change);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code, param, type: 'invalid_request_error' });
  });

  test('with a model that does not exist', async () => {
    const error = await refusal({ model: 'gpt-17' });
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });

  test('with more than the context holds, by the count of o200k', async () => {
    const words = (n: number) => ({ model: 'gpt-5.4-mini', input: ' hello'.repeat(n) });
    expect(await refusal(words(272_001))).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param: 'input',
    });
    const { client } = await shared;
    expect((await client.responses.create(words(271_000))).usage?.input_tokens).toBeLessThan(272_000);
  });

  test('with a body that is not JSON', async () => {
    const { standIn } = await shared;
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
    const answer = await fetch(`${standIn.baseUrl}/responses`, { method: 'POST', headers, body: '{"model":' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error', code: null, param: null } });
  });

  test.each([
    ['without a key', null],
    ['with another key', 'Bearer wrong'],
  ])('%s', async (_, authorization) => {
    const { standIn } = await standInSetup({ apiKey: 'right' });
    const client = new OpenAI({
      ...{ apiKey: 'any', baseURL: standIn.baseUrl, maxRetries: 0, logLevel: 'off' },
      defaultHeaders: { authorization },
    });
    const error = await apiErrorOf(client.responses.create(question));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  test('to a path that there is not', async () => {
    const { client } = await shared;
    expect(await apiErrorOf(client.get('/nothing'))).toMatchObject({ status: 404 });
  });
});

describe('a request is taken', () => {
  test.each<[string, object]>([
    ['with calls and their outputs', { input: [call, output] }],
    ['with a temperature where it does not reason', { temperature: 0.5, reasoning: { effort: 'none' } }],
    ['with no effort asked for, on a model that always reasons', { model: 'gpt-6-astra' }],
    ['with more effort than earlier models have', { model: 'gpt-6-sol', reasoning: { effort: 'max' } }],
    ['with a computer on the flagship', { tools: [{ type: 'computer' }] }],
    ['with a strict tool', { tools: [tool({})] }],
    ['with a loose schema that does not claim to be strict', formatted({ type: 'object' }, { strict: false })],
    ['that asks for JSON in words', { input: 'As JSON, please.', text: { format: { type: 'json_object' } } }],
    ['with a field that only the provider reads', { user: 'somebody', top_logprobs: 0 }],
  ])('%s', async (_, change) => {
    const { client } = await shared;
    expect(await client.responses.create({ ...question, ...change } as never)).toMatchObject({ status: 'completed' });
  });

  test('by a lean stand-in, whatever is wrong with it', async () => {
    const { client } = await standInSetup({ lean: true });
    const asked = { ...question, tempperature: 1, input: [call] } as never;
    expect(await client.responses.create(asked)).toMatchObject({ status: 'completed' });
  });
});

describe('a strict schema', () => {
  const text = { type: 'string' };
  const nested = (levels: number): object => (levels === 1 ? text : object({ a: nested(levels - 1) }));

  test.each<[string, unknown, RegExp | null]>([
    ['of an object', object({ a: text, b: { type: ['integer', 'null'] } }), null],
    [
      'with definitions that contain themselves',
      object(
        { a: { $ref: '#/$defs/n' } },
        { $defs: { n: object({ a: { anyOf: [{ $ref: '#/$defs/n' }, { type: 'null' }] } }) } },
      ),
      null,
    ],
    ['of ten levels', nested(10), null],
    ['of eleven levels', nested(11), /deeper than 10/],
    ['of an array', { type: 'array', items: text }, /'type: "object"'/],
    ['of alternatives', { anyOf: [object({})] }, /anyOf/],
    ['with an optional property', { ...object({ a: text }), required: [] }, /Missing 'a'/],
    ['open to more properties', { ...object({}), additionalProperties: true }, /additionalProperties/],
    ['open within', object({ a: { type: 'object', properties: {} } }), /\('properties', 'a'\).*additionalProperties/],
    ['with allOf', object({ a: { allOf: [text] } }), /'allOf' is not permitted/],
    ['with oneOf', object({ a: { oneOf: [text] } }), /'oneOf' is not permitted/],
    ['with a length', object({ a: { ...text, maxLength: 5 } }), /'maxLength' is not permitted/],
    ['with an address as format', object({ a: { ...text, format: 'uri' } }), /'uri' is not a valid format/],
    ['without a type', object({ a: {} }), /must have a 'type'/],
    [
      'of too many properties',
      object(Object.fromEntries(Array.from({ length: 5_001 }, (_, n) => [`p${n}`, text]))),
      /5001 properties/,
    ],
    [
      'with too many values',
      object({ a: { ...text, enum: Array.from({ length: 1_001 }, (_, n) => `v${n}`) } }),
      /1001 enum values/,
    ],
    [
      'with values too long',
      object({ a: { ...text, enum: Array.from({ length: 251 }, (_, n) => `${n}`.padStart(70)) } }),
      /15000 characters/,
    ],
    ['with names too long', object({ ['n'.repeat(120_001)]: text }), /at most 120000/],
  ])('%s', (_, schema, problem) => {
    if (problem === null) expect(strictProblem(schema)).toBeNull();
    else expect(strictProblem(schema)).toMatch(problem);
  });

  test('that the product makes is one', () => {
    const schema = z.strictObject({
      kind: z.enum(['a', 'b']),
      note: z.string().min(1).nullable(),
      parts: z.array(z.strictObject({ n: z.int() })),
      either: z.union([z.strictObject({ x: z.string() }), z.null()]),
    });
    expect(strictProblem(strictSchema(schema))).toBeNull();
  });
});
