/** The provider's own count of a request's input, before it is sent. */
import type { RequestListener } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { chatProvider } from '../../src/model/chat/provider.ts';
import { responsesProvider } from '../../src/model/openai/provider.ts';
import type { ModelRequest } from '../../src/contracts/model.ts';
import type { ModelProvider } from '../../src/model/port.ts';
import { failureOf, providerSetup, request } from '../support/provider.ts';
import { serverOf, silentServer } from '../support/servers.ts';

const count = (provider: ModelProvider, asked: ModelRequest, signal = new AbortController().signal) =>
  provider.count({ request: asked, body: provider.encode(asked) }, signal);

const schema = {
  type: 'object',
  properties: { path: { type: 'string' } },
  required: ['path'],
  additionalProperties: false,
};

describe('a request’s input', () => {
  test.each<[string, Partial<ModelRequest>]>([
    ['a question', {}],
    ['other writing than Latin', { input: [{ role: 'user', content: '船队 🚢 और जहाज़ '.repeat(50) }] }],
    ['tools', { tools: [{ name: 'read_file', description: 'Reads a file.', parameters: schema }] }],
    ['a format', { format: { name: 'answer', schema } }],
    [
      'calls and their outputs',
      {
        input: [
          { role: 'developer', content: 'Be brief.' },
          { role: 'user', content: 'What is in a.ts?' },
          { type: 'function_call', call_id: 'call_1', name: 'read_file', arguments: '{"path":"a.ts"}' },
          { type: 'function_call_output', call_id: 'call_1', output: 'export {};\n'.repeat(100) },
        ],
      },
    ],
  ])('with %s is counted as it is billed, and a byte is at least a token', async (_, change) => {
    const { provider, create, standIn } = await providerSetup();
    const asked = request(change);
    const counted = await count(provider, asked);
    expect(standIn.log.creates).toEqual([]);
    expect(counted).toBe((await create(asked)).usage?.inputTokens);
    expect(counted).toBeLessThanOrEqual(Buffer.byteLength(provider.encode(asked)));
  });
});

describe('where it can’t be counted', () => {
  test('because the model is unknown, it says so, and nothing was billed', async () => {
    const { provider } = await providerSetup();
    const failure = await failureOf(count(provider, request({ model: 'gpt-17' })));
    expect(failure).toMatchObject({ type: 'ModelAccessDenied', billed: 'no' });
  });

  test.each<[string, RequestListener]>([
    ['there is no such address', (_, response) => response.writeHead(404).end('{"detail":"Not Found"}')],
    ['the address takes no such method', (_, response) => response.writeHead(405).end()],
  ])('because %s, there is no count', async (_, listener) => {
    const provider = responsesProvider({ apiKey: 'x', baseUrl: await serverOf(listener) });
    expect(await count(provider, request())).toBeNull();
  });

  test('because the provider speaks chat/completions, there is no count', async () => {
    expect(await count(chatProvider({ apiKey: 'x', baseUrl: 'http://127.0.0.1:1/v1' }), request())).toBeNull();
  });

  test.each(['{"error":"Unexpected endpoint or method."}', '{"input_tokens":-1}', '[]', 'null', '<html>'])(
    'because %j comes in its place, that is no count',
    async (body) => {
      const type = body === '<html>' ? 'text/html' : 'application/json';
      const baseUrl = await serverOf((_, response) => response.setHeader('content-type', type).end(body));
      const failure = await failureOf(count(responsesProvider({ apiKey: 'x', baseUrl }), request()));
      expect(failure).toMatchObject({ type: 'ModelNotUnderstood', billed: 'no' });
    },
  );

  test('because the connection is cut, nothing was billed all the same', async () => {
    const baseUrl = await serverOf(({ socket }) => socket.destroy());
    const failure = await failureOf(count(responsesProvider({ apiKey: 'x', baseUrl }), request()));
    expect(failure).toMatchObject({ type: 'ModelUnavailable', billed: 'no' });
  });
});

test('an abort closes the connection, and is thrown as the reason that was given', async () => {
  const { baseUrl, asked, closed } = await silentServer();
  const controller = new AbortController();
  const counting = count(responsesProvider({ apiKey: 'x', baseUrl }), request(), controller.signal);
  const reason = new Error('nobody wants it');
  await Promise.all([asked.then(() => controller.abort(reason)), expect(counting).rejects.toBe(reason), closed]);
});
