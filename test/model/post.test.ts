import type { ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { APIConnectionTimeoutError, OpenAI } from 'openai';
import { leanFetch } from '../../src/model/lean-fetch.ts';
import { postTo } from '../../src/model/openai/post.ts';
import { serverOf } from '../support/servers.ts';

test.each<[string, (response: ServerResponse) => void]>([
  ['no answer', () => undefined],
  ['headers and no body', (response) => response.flushHeaders()],
  [
    'a body without an end',
    (response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(drip));
    },
  ],
])('%s is given up in time, with its connection', async (_, answer) => {
  const closed = Promise.withResolvers<null>();
  const baseURL = await serverOf((_request, response) => {
    response.once('close', () => closed.resolve(null)).setHeader('content-type', 'application/json');
    answer(response);
  });
  const client = new OpenAI({ apiKey: 'test', baseURL });
  const post = postTo('/responses', { client, fetch: leanFetch(), totalMs: 500 });
  const { signal } = new AbortController();
  await expect(post('{}', { signal })).rejects.toBeInstanceOf(APIConnectionTimeoutError);
  await closed.promise;
});
