/** The batch lane from its submit to its last result, by the stand-in's clock, and what becomes of it when it is cut off. */
import type { RequestListener } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type { FailureType } from '../../src/contracts/failures.ts';
import type { ModelRequest } from '../../src/contracts/model.ts';
import { outcomeOf, resultLines } from '../../src/model/openai/batch-results.ts';
import type { BatchLane, Billed, CallOutcome, WireCall } from '../../src/model/port.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { HOUR_MS, TIMES } from '../support/batches.ts';
import { asked, callOf, callsOf, keyOf, laneOf, laneSetup, never, resultsOf } from '../support/lane.ts';
import { failureOf } from '../support/provider.ts';
import { type Mishap, relayTo } from '../support/relay.ts';
import { says } from '../support/says.ts';
import { serverOf, silentServer } from '../support/servers.ts';

const KEY = 'objective/map/1/7/batch';
const DONE_MS = 2 * HOUR_MS;

describe('a batch', () => {
  test('works by the clock, ends, and answers each call by its key, with its usage, by its model', async () => {
    const { lane, after, standIn } = await laneSetup({ script: ({ callKey }) => says(`to ${callKey}`) });
    const calls = callsOf(30);
    const id = await lane.submit(KEY, calls, never());
    expect(await lane.state(id, never())).toMatchObject({ id, status: 'working', says: 'validating', files: [] });
    expect(await after(TIMES.validatingMs + TIMES.takesMs / 2, id)).toMatchObject({
      ...{ status: 'working', says: 'in_progress', counts: { total: 30, completed: 15, failed: 0 } },
    });
    const ended = await after(DONE_MS, id);
    expect(ended).toMatchObject({ status: 'ended', says: 'completed', counts: { completed: 30 }, rejected: null });
    expect(await resultsOf(lane, ended, calls)).toMatchObject(
      calls.map((_, n) => ({
        ...{ text: `to ${keyOf(n)}`, model: 'gpt-5.4-nano-2026-03-17' },
        usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
        serviceTier: 'batch',
      })),
    );
    expect(standIn.log.servedTwice).toEqual([]);
  });

  test('sends the bytes that were written down', async () => {
    const { lane, client, after } = await laneSetup();
    const body = '{ "model":"gpt-5.4-nano",  "input":"as it stands, with \\u2028 and 👋" }';
    const id = await lane.submit(KEY, [{ ...callOf(1), body }], never());
    const { input_file_id } = await client.batches.retrieve(id);
    expect(await (await client.files.content(input_file_id)).text()).toContain(`"body":${body}}\n`);
    expect(await after(DONE_MS, id)).toMatchObject({ counts: { completed: 1, failed: 0 } });
  });

  test('answers what is asked for, and again for whoever asks again', async () => {
    const { lane, after } = await laneSetup();
    const calls = callsOf(5);
    const ended = await after(DONE_MS, await lane.submit(KEY, calls, never()));
    const [first, ...rest] = await resultsOf(lane, ended, calls);
    expect(await resultsOf(lane, ended, calls.slice(1))).toEqual(rest);
    expect(await resultsOf(lane, ended, calls.slice(0, 1))).toEqual([first]);
  });

  test('that has not ended has no results', async () => {
    const { lane, after } = await laneSetup();
    const working = await after(TIMES.validatingMs, await lane.submit(KEY, callsOf(1), never()));
    await expect(resultsOf(lane, working, callsOf(1))).rejects.toThrow('has not ended');
  });

  test('that is cancelled delivers what was done; the rest was never billed', async () => {
    const { lane, after } = await laneSetup();
    const calls = callsOf(4);
    const id = await lane.submit(KEY, calls, never());
    await after(TIMES.validatingMs + TIMES.takesMs / 2, id);
    await lane.cancel(id, never());
    expect(await lane.state(id, never())).toMatchObject({ status: 'working', says: 'cancelling' });
    const ended = await after(TIMES.finalizingMs, id);
    expect(ended).toMatchObject({ status: 'ended', says: 'cancelled', counts: { total: 4, completed: 2 } });
    const unreached = { type: 'ModelUnavailable', billed: 'no', message: expect.stringContaining('batch_cancelled') };
    expect(await resultsOf(lane, ended, calls)).toMatchObject([{ usage: {} }, { usage: {} }, unreached, unreached]);
  });

  test('that expires delivers what was done; the rest was never billed', async () => {
    const { lane, after } = await laneSetup({ batches: { ...TIMES, takesMs: 48 * HOUR_MS } });
    const calls = callsOf(4);
    const ended = await after(25 * HOUR_MS, await lane.submit(KEY, calls, never()));
    expect(ended).toMatchObject({ status: 'ended', says: 'expired' });
    const unreached = { type: 'ModelUnavailable', billed: 'no', message: expect.stringContaining('batch_expired') };
    expect(await resultsOf(lane, ended, calls)).toMatchObject([{ usage: {} }, unreached, unreached, unreached]);
  });

  test('that has ended is left as it is by a cancel that comes too late', async () => {
    const { lane, after } = await laneSetup();
    const ended = await after(DONE_MS, await lane.submit(KEY, callsOf(1), never()));
    await lane.cancel(ended.id, never());
    expect(await lane.state(ended.id, never())).toEqual(ended);
  });

  test('that the provider no longer knows is in doubt', async () => {
    const { lane } = await laneSetup();
    const gone = { type: 'ModelCallInDoubt', billed: 'unknown' };
    expect(await failureOf(lane.state('batch_gone', never()))).toMatchObject(gone);
    expect(await failureOf(lane.cancel('batch_gone', never()))).toMatchObject(gone);
  });
});

describe('a batch that is turned away as a whole', () => {
  test.each<[string, Partial<ModelRequest>, object, FailureType]>([
    ['because too much waits already', {}, { queueTokens: { 'gpt-5.4-nano': 1 } }, 'ModelRateLimited'],
    ['because its model is gone', { model: 'gpt-17' }, {}, 'ModelAccessDenied'],
  ])('%s names that for each call, and none was billed', async (_, change, batches, type) => {
    const { lane, after, standIn } = await laneSetup({ batches: { ...TIMES, ...batches } });
    const calls = callsOf(2, change);
    const ended = await after(DONE_MS, await lane.submit(KEY, calls, never()));
    expect(ended).toMatchObject({
      status: 'ended',
      says: expect.stringMatching(/^failed \[stand-in\] /),
      rejected: { type },
    });
    expect(await resultsOf(lane, ended, calls)).toMatchObject([
      { type, billed: 'no' },
      { type, billed: 'no' },
    ]);
    expect(standIn.log.creates).toEqual([]);
  });
});

describe('a call of a batch', () => {
  const error = (status: number, code: string): Reaction => ({ kind: 'error', status, code });
  const REACTIONS: Reaction[] = [
    ...[error(400, 'invalid_prompt'), error(400, 'context_length_exceeded'), error(401, 'invalid_api_key')],
    ...[error(403, 'region'), error(404, 'model_not_found'), error(409, 'conflict'), error(408, 'timeout')],
    ...[error(429, 'rate_limit_exceeded'), error(429, 'slow_down'), error(429, 'insufficient_quota')],
    ...[error(500, 'server_error'), error(502, 'bad_gateway'), error(503, 'server_is_overloaded'), error(504, 'gone')],
    ...[error(529, 'overloaded_error')],
    ...([
      { kind: 'failed', code: 'server_error' },
      { kind: 'failed', code: 'invalid_prompt' },
    ] as const),
    ...([
      { kind: 'incomplete', reason: 'max_output_tokens' },
      { kind: 'incomplete', reason: 'content_filter' },
    ] as const),
    ...([{ kind: 'refusal' }, { kind: 'stream-error', code: 'server_error' }] as const),
    { kind: 'answer', model: 'gpt-5.4-mini' },
    ...([{ kind: 'answer', model: 'gpt-4o-2024-08-06' }, { kind: 'garbage' }] as const),
    ...([{ kind: 'garbage', body: '{"a":1}', contentType: 'application/json' }] as const),
    ...([
      { kind: 'cut', at: 'start' },
      { kind: 'cut', at: 'body' },
    ] as const),
  ];

  test('fails under the name, and with the bill, that it would have had live', async () => {
    const { lane, after, create } = await laneSetup({
      script: ({ callKey }) => REACTIONS[Number(callKey.split('/')[3])] ?? null,
    });
    const calls = REACTIONS.map((_, n) => callOf(n));
    const ended = await after(DONE_MS, await lane.submit(KEY, calls, never()));
    expect(ended.counts.total).toBe(calls.length);
    const inBatch = await resultsOf(lane, ended, calls);
    const live = await Promise.all(calls.map(({ request }) => failureOf(create(request))));
    const shown = (failure: unknown, n: number) => {
      const { type, billed } = failure as { type: FailureType; billed: Billed };
      // At the price of its lane.
      return [REACTIONS[n], type, typeof billed === 'object' ? { ...billed, serviceTier: null } : billed];
    };
    expect(inBatch.map(shown)).toEqual(live.map(shown));
    const mismatch = inBatch[REACTIONS.findIndex(({ kind }) => kind === 'answer')];
    expect(mismatch).toMatchObject({ type: 'ModelMismatch', billed: { serviceTier: 'batch' } });
    expect(live.map(({ type }) => type)).toContain('ModelMismatch');
  });

  test('that was lost on its way may have been billed', async () => {
    const { lane, after } = await laneSetup({ script: () => ({ kind: 'cut', at: 'body' }) });
    const ended = await after(DONE_MS, await lane.submit(KEY, callsOf(1), never()));
    const [failure] = await resultsOf(lane, ended, callsOf(1));
    expect(failure).toMatchObject({ type: 'ModelUnavailable', billed: 'unknown' });
    expect(failure).toHaveProperty('message', expect.stringContaining('gave no answer in the batch'));
  });

  test('that the provider says nothing of is in doubt', async () => {
    const { lane, after, client } = await laneSetup();
    const calls = callsOf(2);
    const ended = await after(DONE_MS, await lane.submit(KEY, calls, never()));
    const inDoubt = { type: 'ModelCallInDoubt', billed: 'unknown' };
    expect(await resultsOf(lane, ended, [...calls, callOf(3)])).toMatchObject([{ usage: {} }, { usage: {} }, inDoubt]);
    await client.files.delete(ended.files[0] ?? '');
    expect(await resultsOf(lane, ended, calls)).toMatchObject([inDoubt, inDoubt]);
  });
});

describe('results', () => {
  const batch = (...files: string[]) => ({
    ...({ id: 'batch_1', status: 'ended', says: 'completed', rejected: null, files } as const),
    counts: { total: 0, completed: 0, failed: 0 },
  });
  const lineOf = (n: number, text: string): string => {
    const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }];
    const body = { id: `resp_${n}`, model: 'gpt-5.4-nano', status: 'completed', output };
    return `${JSON.stringify({ custom_id: keyOf(n), response: { status_code: 200, body } })}\n`;
  };

  test('are told as they come, and may be more than memory should hold', async () => {
    const told = Promise.withResolvers<null>();
    const text = 'x'.repeat(1_000_000);
    const baseUrl = await serverOf((_, response) => {
      void (async () => {
        response.write(lineOf(0, text));
        await told.promise;
        for (let n = 1; n < 60; n += 1) {
          if (!response.write(lineOf(n, text))) await new Promise((resolve) => response.once('drain', resolve));
        }
        response.end();
      })();
    });
    let count = 0;
    for await (const result of laneOf(baseUrl).lane.results(batch('file-1'), asked(callsOf(60)), never())) {
      if (count === 0) told.resolve(null);
      expect(result).toMatchObject({ callKey: keyOf(count), reply: { responseId: `resp_${count}` } });
      count += 1;
    }
    expect(count).toBe(60);
  });

  test('are read whole, wherever their bytes are parted, and whatever they say', async () => {
    const text = 'Über 👋\u2028and\u0085on\r\nand \\n "quoted"';
    const noLines = 'not a line\n{"custom_id":5}\n\n';
    const file = Buffer.from(`${lineOf(0, text)}\n${noLines}${lineOf(1, text)}${lineOf(2, text).trim()}`);
    async function* byteByByte() {
      for (const byte of file) yield Uint8Array.of(byte);
    }
    const outcomes: CallOutcome[] = [];
    for await (const line of resultLines(byteByByte(), 'they')) outcomes.push(outcomeOf(line, callOf(0).request));
    expect(outcomes).toMatchObject([{ reply: { text } }, { reply: { text } }, { reply: { text } }]);
  });

  test.each<[string, RequestListener]>([
    ['a page', (_, response) => response.end('<html>\nWelcome\n</html>')],
    ['a line without an end', (_, response) => void response.write('x'.repeat(33_000_000))],
  ])('that are %s stay to be asked for', async (_, listener) => {
    const reading = resultsOf(laneOf(await serverOf(listener)).lane, batch('file-1'), callsOf(1));
    expect(await failureOf(reading)).toMatchObject({ type: 'ModelNotUnderstood', billed: 'pending' });
  });

  test('that are cut in the middle stay to be asked for', async () => {
    const baseUrl = await serverOf((_, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write(lineOf(0, 'hello'), () => response.destroy());
    });
    const reading = laneOf(baseUrl).lane.results(batch('file-1'), asked(callsOf(2)), never());
    const results = reading[Symbol.asyncIterator]();
    expect((await results.next()).value).toMatchObject({ callKey: keyOf(0), reply: { text: 'hello' } });
    expect(await failureOf(results.next())).toMatchObject({ type: 'ModelUnavailable', billed: 'pending' });
  });
});

describe('before anything is sent', () => {
  const BIG = 'x'.repeat(70_000_000);
  test.each<[string, () => WireCall[], RegExp]>([
    ['no calls', () => [], /it has no calls/],
    ['more than 50,000 calls', () => callsOf(50_001), /it has 50001 calls, of 50000 at most/],
    [
      'more than 200 MB',
      () => [1, 2, 3].map((n) => ({ ...callOf(n), body: `"${BIG}"` })),
      /have 210000\d{3} bytes, of 200000000 at most/,
    ],
    ['two models', () => [callOf(1), callOf(2, { model: 'gpt-5.4' })], /not for both "gpt-5.4-nano" and "gpt-5.4"/],
    ['two calls of one key', () => [callOf(1), callOf(1)], /two of its calls have one key/],
    ['a call in the background', () => [callOf(1, { background: true })], /a call in the background/],
  ])('a batch of %s is refused', async (_, calls, message) => {
    const { lane, standIn } = await laneSetup();
    const failure = await failureOf(lane.submit(KEY, calls(), never()));
    expect(failure).toMatchObject({
      type: 'ModelRequestRejected',
      billed: 'no',
      message: expect.stringMatching(message),
    });
    expect(standIn.log.requests).toEqual([]);
  });
});

describe('a submit that is cut off', () => {
  async function cutOff(at: string, how: Mishap) {
    const setup = await laneSetup();
    let isOver = false;
    const relayed = await relayTo(setup.baseUrl, (_, path) => {
      if (isOver || path !== at) return null;
      isOver = true;
      return how;
    });
    const { lane } = laneOf(relayed);
    return { ...setup, lane, failure: await failureOf(lane.submit(KEY, callsOf(2), never())) };
  }
  const sinceMs = Date.now();

  test('during the upload leaves nothing', async () => {
    const { failure, client, lane } = await cutOff('/v1/files', 'cut');
    expect(failure).toMatchObject({ type: 'ModelUnavailable', billed: 'no' });
    expect((await client.files.list()).data).toEqual([]);
    expect(await lane.find(KEY, sinceMs, never())).toEqual([]);
  });

  test('between the upload and the batch leaves a file that goes by itself, and is made good by another submit', async () => {
    const { failure, client, lane, clock, standIn } = await cutOff('/v1/batches', 'cut');
    expect(failure).toMatchObject({ type: 'ModelUnavailable', billed: 'unknown' });
    expect(await lane.find(KEY, sinceMs, never())).toEqual([]);
    const id = await lane.submit(KEY, callsOf(2), never());
    expect(await lane.find(KEY, sinceMs, never())).toEqual([id]);
    expect((await client.files.list()).data).toHaveLength(2);
    clock.advance(31 * 24 * HOUR_MS);
    expect((await client.files.list({ purpose: 'batch' })).data).toEqual([]);
    expect(standIn.log.servedTwice).toEqual([]);
  });

  test('before its answer came leaves the batch, which is found by its key', async () => {
    const { failure, client, lane } = await cutOff('/v1/batches', 'deaf');
    expect(failure).toMatchObject({ type: 'ModelUnavailable', billed: 'unknown' });
    const { data } = await client.batches.list();
    expect(await lane.find(KEY, sinceMs, never())).toEqual(data.map(({ id }) => id));
    expect(data).toHaveLength(1);
  });

  test('by a refusal takes its file back', async () => {
    const { lane, client } = await laneSetup();
    const failure = await failureOf(lane.submit('x'.repeat(513), callsOf(2), never()));
    expect(failure).toMatchObject({ type: 'ModelRequestRejected', billed: 'no' });
    expect((await client.files.list()).data).toEqual([]);
  });
});

describe('a batch is found', () => {
  test('by its key among all others, with any other of that key, oldest first', async () => {
    const { lane, clock } = await laneSetup();
    const sinceMs = clock.now();
    const mine: string[] = [];
    for (let n = 0; n < 210; n += 1) {
      const key = n % 70 === 30 ? KEY : `${KEY}/${n}`;
      const id = await lane.submit(key, callsOf(1), never());
      if (key === KEY) mine.push(id);
    }
    expect(mine).toHaveLength(3);
    expect(await lane.find(KEY, sinceMs, never())).toEqual(mine);
  });

  test('without going back further than to the time when it can have begun', async () => {
    const { lane, clock, standIn } = await laneSetup();
    for (let n = 0; n < 101; n += 1) await lane.submit(`old/${n}`, callsOf(1), never());
    clock.advance(3 * HOUR_MS);
    const id = await lane.submit(KEY, callsOf(1), never());
    const before = standIn.log.requests.length;
    expect(await lane.find(KEY, clock.now(), never())).toEqual([id]);
    expect(standIn.log.requests.length - before).toBe(1);
  });

  test('by a list alone: where something else is answered, nobody knows', async () => {
    const baseUrl = await serverOf((_, response) => response.setHeader('content-type', 'application/json').end('{}'));
    const failure = await failureOf(laneOf(baseUrl).lane.find(KEY, 0, never()));
    expect(failure).toMatchObject({ type: 'ModelNotUnderstood', billed: 'pending' });
  });
});

describe('an abort closes the connection, and is thrown as the reason that was given', () => {
  const file = {
    id: 'b',
    status: 'ended',
    says: '',
    counts: { total: 0, completed: 0, failed: 0 },
    files: ['f'],
  } as const;
  test.each<[string, string, (lane: BatchLane, signal: AbortSignal) => Promise<unknown>]>([
    ['during the upload', '/files', (lane, signal) => lane.submit(KEY, callsOf(1), signal)],
    ['during the create', '/batches', (lane, signal) => lane.submit(KEY, callsOf(1), signal)],
    ['during a look for it', '/batches', (lane, signal) => lane.find(KEY, 0, signal)],
    ['during a look at it', '/b', (lane, signal) => lane.state('b', signal)],
    ['during its cancel', '/cancel', (lane, signal) => lane.cancel('b', signal)],
    [
      'before its results come',
      '/content',
      (lane, signal) =>
        lane
          .results({ ...file, files: ['f'], rejected: null }, new Map(), signal)
          [Symbol.asyncIterator]()
          .next(),
    ],
  ])('%s', async (_, path, work) => {
    const { baseUrl, asked: arrived, closed } = await silentServer(path);
    const controller = new AbortController();
    const working = work(laneOf(baseUrl).lane, controller.signal);
    const reason = new Error('nobody wants it');
    await Promise.all([arrived.then(() => controller.abort(reason)), expect(working).rejects.toBe(reason), closed]);
  });

  test('in the middle of its results, or when nobody reads on', async () => {
    const closed = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
    let n = 0;
    const baseUrl = await serverOf((_, response) => {
      const { resolve } = closed[n++] ?? {};
      response.once('close', () => resolve?.(null));
      response.write('{"custom_id":"a","response":{"status_code":500,"body":{}}}\n');
    });
    const { lane } = laneOf(baseUrl);
    const controller = new AbortController();
    const read = () =>
      lane
        .results({ ...file, files: ['f'], rejected: null }, new Map([['a', callOf(1).request]]), controller.signal)
        [Symbol.asyncIterator]();
    const left = read();
    expect((await left.next()).value).toMatchObject({ callKey: 'a' });
    await left.return?.();
    await closed[0]?.promise;
    const aborted = read();
    await aborted.next();
    const reason = new Error('nobody wants it');
    controller.abort(reason);
    await expect(aborted.next()).rejects.toBe(reason);
    await closed[1]?.promise;
  });
});
