/** The lean fetch against a bare server: every wait has a deadline, every body a bound, and an abort reaches the socket. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { OpenAI } from 'openai';
import { type Deadlines, leanFetch } from '../../src/model/lean-fetch.ts';
import { toModelFailure } from '../../src/model/openai/failures.ts';

/** Longer than any test: what these are not about does not end by them. */
const PATIENT: Deadlines = { connectMs: 600_000, firstByteMs: 600_000, stallMs: 600_000 };
const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const clientOf = (baseURL: string, deadlines: Partial<Deadlines> = {}): OpenAI => {
  const fetch = leanFetch({ ...PATIENT, ...deadlines });
  return new OpenAI({ apiKey: 'test', baseURL, maxRetries: 0, fetch, logLevel: 'off' });
};

/** The failure that a plain call of the client ends with. */
async function failureOf(listener: RequestListener, deadlines: Partial<Deadlines> = {}) {
  const client = clientOf(await served(listener), deadlines);
  const error: unknown = await client.models.retrieve('m').then(
    () => new Error('It was answered.'),
    (thrown: unknown) => thrown,
  );
  return toModelFailure(error, 'm');
}

describe('the lean fetch', () => {
  test('sends what the client sends and gives back what the server says', async () => {
    const seen: unknown[] = [];
    const url = await served((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization]);
      response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_1' });
      response.write('{"id": ');
      response.end('"ü"}');
    });
    const { data, request_id: id } = await clientOf(url).models.retrieve('ü').withResponse();
    expect([data.id, id]).toEqual(['ü', 'req_1']);
    expect(seen).toEqual([['GET', '/v1/models/%C3%BC', 'Bearer test']]);
  });

  test.each<[string, RequestListener, Partial<Deadlines>]>([
    ['no answer', () => undefined, { firstByteMs: 300 }],
    [
      'headers and no body',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders(),
      { stallMs: 300 },
    ],
    [
      'half of a body',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":'),
      { stallMs: 300 },
    ],
    ['a cut before the headers', (_, response) => void response.destroy(), {}],
    [
      'a cut in the body',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"id":');
        setImmediate(() => response.destroy());
      },
      {},
    ],
  ])('gives up on %s, which may have been billed', async (_, listener, deadlines) => {
    expect(await failureOf(listener, deadlines)).toMatchObject({ type: 'ModelUnavailable', billed: 'unknown' });
  });

  test('says that nothing was sent where nobody listens', async () => {
    const client = clientOf('http://127.0.0.1:1/v1');
    const error: unknown = await client.models.retrieve('m').catch((thrown: unknown) => thrown);
    expect(toModelFailure(error, 'm')).toMatchObject({ type: 'ModelUnavailable', billed: 'no' });
  });

  test('reads no more of an answer than it has room for', async () => {
    let sent = 0;
    const piece = Buffer.alloc(1_000_000, 'x');
    const failure = await failureOf((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        if (response.destroyed) return;
        sent += piece.length;
        if (response.write(piece)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    expect(failure).toMatchObject({ type: 'ModelNotUnderstood', billed: 'unknown' });
    expect(sent).toBeLessThan(100_000_000);
  });

  test('lets go of the connection when it is told to', async () => {
    let isClosed: Promise<unknown> = Promise.resolve();
    const controller = new AbortController();
    const url = await served((_, response) => {
      isClosed = once(response, 'close');
      controller.abort(new Error('enough'));
    });
    await expect(clientOf(url).models.retrieve('m', { signal: controller.signal })).rejects.toThrow();
    await isClosed;
  });
});
