/** Files and batches by the provider's own client, by the stand-in's clock. */
import { describe, expect, test } from '@jest/globals';
import { toFile } from 'openai';
import pLimit from 'p-limit';
import type { StandInOptions } from '../../src/standin/server.ts';
import { apiErrorOf, standInSetup } from '../support/stand-in.ts';

const HOUR_MS = 3_600_000;
const TIMES = { validatingMs: 60_000, takesMs: HOUR_MS, finalizingMs: 60_000 };
const endpoint = '/v1/responses';

interface ShownLine {
  custom_id: string;
  response: { status_code: number; body: { status?: string; error?: { code: string } } } | null;
  error: { code: string } | null;
}

const line = (n: number, body: object = {}, more: object = {}): object => ({
  ...{ custom_id: `item-${n}`, method: 'POST', url: endpoint },
  body: { model: 'gpt-5.4-nano', input: `Is ${n} odd?`, ...body },
  ...more,
});
const lines = (n: number): object[] => Array.from({ length: n }, (_, index) => line(index));

async function setup(options: StandInOptions = {}) {
  const { client, clock, standIn } = await standInSetup({ batches: TIMES, ...options });
  const upload = async (content: string) =>
    client.files.create({ file: await toFile(Buffer.from(content), 'in.jsonl'), purpose: 'batch' });
  const submit = async (asked: object[], more: object = {}) => {
    const { id } = await upload(asked.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return client.batches.create({ input_file_id: id, endpoint, completion_window: '24h', ...more });
  };
  const read = async (id: string | undefined): Promise<ShownLine[]> => {
    if (!id) return [];
    const text = await (await client.files.content(id)).text();
    return text
      .split('\n')
      .filter((one) => one !== '')
      .map((one) => JSON.parse(one) as ShownLine);
  };
  return { client, clock, standIn, upload, submit, read };
}

describe('a file', () => {
  test('is uploaded, listed, read and deleted', async () => {
    const { client, upload } = await setup();
    const file = await upload('hello 👋');
    expect(file).toMatchObject({
      object: 'file',
      bytes: 10,
      filename: 'in.jsonl',
      purpose: 'batch',
      status: 'processed',
    });
    expect(await client.files.retrieve(file.id)).toEqual(file);
    expect((await client.files.list({ purpose: 'batch' })).data).toEqual([file]);
    expect(await (await client.files.content(file.id)).text()).toBe('hello 👋');
    expect(await client.files.delete(file.id)).toMatchObject({ id: file.id, deleted: true });
    expect(await apiErrorOf(client.files.retrieve(file.id))).toMatchObject({ status: 404 });
  });

  test('without a purpose that there is is turned away', async () => {
    const { client } = await setup();
    const file = await toFile(Buffer.from('x'), 'x');
    const error = await apiErrorOf(client.files.create({ file, purpose: 'fun' as never }));
    expect(error).toMatchObject({ status: 400, param: 'purpose' });
  });
});

describe('a batch', () => {
  test('is validated, worked on, finalized and completed, by the clock', async () => {
    const { client, clock, submit } = await setup();
    const { id, status } = await submit(lines(4), { metadata: { run: '1' } });
    const steps = [status];
    const seen: number[] = [];
    for (const skipMs of [TIMES.validatingMs, TIMES.takesMs / 2, TIMES.takesMs / 2, TIMES.finalizingMs]) {
      clock.advance(skipMs);
      const batch = await client.batches.retrieve(id);
      steps.push(batch.status);
      seen.push(batch.request_counts?.completed ?? -1);
    }
    expect(steps).toEqual(['validating', 'in_progress', 'in_progress', 'finalizing', 'completed']);
    expect(seen).toEqual([0, 2, 4, 4]);
    const ended = await client.batches.retrieve(id);
    expect(ended).toMatchObject({
      ...{ object: 'batch', endpoint, completion_window: '24h', errors: null, metadata: { run: '1' } },
      request_counts: { total: 4, completed: 4, failed: 0 },
    });
    const times = [ended.created_at, ended.in_progress_at, ended.finalizing_at, ended.completed_at];
    expect(times).toEqual(times.toSorted());
  });

  test('delivers each line by its custom_id, in any order, and says what all of it used', async () => {
    const { client, clock, submit, read, standIn } = await setup();
    const { id } = await submit(lines(30));
    clock.advance(2 * HOUR_MS);
    const ended = await client.batches.retrieve(id);
    const output = await read(ended.output_file_id);
    const ids = output.map(({ custom_id }) => custom_id);
    const asked = lines(30).map((one) => (one as ShownLine).custom_id);
    expect(ids.toSorted()).toEqual(asked.toSorted());
    expect(ids).not.toEqual(asked);
    expect(output[0]).toMatchObject({ response: { status_code: 200, body: { status: 'completed' } }, error: null });
    expect(ended.error_file_id).toBeNull();
    expect(ended.usage?.total_tokens).toBeGreaterThan(30 * 10);
    expect(standIn.log.creates.filter(({ isServed }) => isServed)).toHaveLength(30);
    expect(standIn.log.servedTwice).toEqual([]);
  });

  test('puts lines that were turned away into the error file', async () => {
    const { client, clock, submit, read } = await setup({
      script: ({ callKey }) => (callKey === 'item-2' ? { kind: 'error', status: 500, code: 'server_error' } : null),
    });
    const { id } = await submit([line(0), line(1, { tempperature: 1 }), line(2)]);
    clock.advance(2 * HOUR_MS);
    const ended = await client.batches.retrieve(id);
    expect(ended).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 1, failed: 2 } });
    const errors = (await read(ended.error_file_id)).toSorted((a, b) => a.custom_id.localeCompare(b.custom_id));
    expect(errors).toMatchObject([
      { custom_id: 'item-1', response: { status_code: 400, body: { error: { code: 'unknown_parameter' } } } },
      { custom_id: 'item-2', response: { status_code: 500, body: { error: { code: 'server_error' } } } },
    ]);
  });

  test('says nothing of a line that was lost on its way, not even a status', async () => {
    const { client, clock, submit, read, standIn } = await setup({
      script: ({ callKey }) => ({ kind: 'cut', at: callKey === 'item-0' ? 'start' : 'body' }),
    });
    const { id } = await submit(lines(2));
    clock.advance(2 * HOUR_MS);
    const errors = await read((await client.batches.retrieve(id)).error_file_id);
    expect(errors).toMatchObject([{ response: { status_code: 0, body: {} }, error: null }, { error: null }]);
    expect(standIn.log.creates.map(({ isServed }) => isServed)).toEqual([false, true]);
  });

  test('that is cancelled delivers what was done', async () => {
    const { client, clock, submit, read, standIn } = await setup();
    const { id } = await submit(lines(4));
    clock.advance(TIMES.validatingMs + TIMES.takesMs / 2);
    expect((await client.batches.cancel(id)).status).toBe('cancelling');
    clock.advance(2 * HOUR_MS);
    expect((await client.batches.cancel(id)).status).toBe('cancelled');
    const ended = await client.batches.retrieve(id);
    expect((await read(ended.output_file_id)).map(({ custom_id }) => custom_id).toSorted()).toEqual([
      'item-0',
      'item-1',
    ]);
    expect((await read(ended.error_file_id)).map(({ error }) => error?.code)).toEqual([
      'batch_cancelled',
      'batch_cancelled',
    ]);
    expect(standIn.log.creates).toHaveLength(2);
  });

  test('that takes longer than its window expires, and delivers what was done', async () => {
    const { client, clock, submit, read } = await setup({ batches: { ...TIMES, takesMs: 48 * HOUR_MS } });
    const { id } = await submit(lines(4));
    clock.advance(25 * HOUR_MS);
    const ended = await client.batches.retrieve(id);
    expect(ended).toMatchObject({ status: 'expired', completed_at: null, request_counts: { completed: 1 } });
    expect(await read(ended.output_file_id)).toHaveLength(1);
    expect(await read(ended.error_file_id)).toMatchObject(
      Array.from({ length: 3 }, () => ({ response: null, error: { code: 'batch_expired' } })),
    );
  });

  test('of chat completions answers with them', async () => {
    const { client, clock, submit, read } = await setup();
    const body = { model: 'gpt-5.4-nano', messages: [{ role: 'user', content: 'x' }], input: undefined };
    const { id } = await submit([line(0, body, { url: '/v1/chat/completions' })], { endpoint: '/v1/chat/completions' });
    clock.advance(2 * HOUR_MS);
    const [answer] = await read((await client.batches.retrieve(id)).output_file_id);
    expect(answer).toMatchObject({ response: { body: { object: 'chat.completion' } } });
  });

  test('is listed, newest first, in pages', async () => {
    const { client, submit } = await setup();
    const ids = [(await submit(lines(1))).id, (await submit(lines(1))).id, (await submit(lines(1))).id];
    const listed: string[] = [];
    for await (const { id } of client.batches.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(ids.reverse());
  });
});

describe('a batch fails', () => {
  test.each<[string, object[], object]>([
    ['with two lines of one name', [line(1), line(1)], { code: 'duplicate_custom_id', line: 2, param: 'custom_id' }],
    ['with a line of another endpoint', [line(1, {}, { url: '/v1/embeddings' })], { code: 'invalid_url', line: 1 }],
    [
      'with a line without a name',
      [line(1, {}, { custom_id: undefined })],
      { code: 'invalid_request', param: 'custom_id' },
    ],
    ['with two models', [line(1), line(2, { model: 'gpt-5.4' })], { code: 'mismatched_model' }],
    ['with an unknown model', [line(1, { model: 'gpt-17' })], { code: 'model_not_found' }],
    ['with nothing in it', [], { code: 'empty_file' }],
    ['with too many lines', lines(50_001), { code: 'too_many_tasks' }],
  ])('%s, and nothing of it is done', async (_, asked, problem) => {
    const { client, clock, submit, standIn } = await setup();
    const { id } = await submit(asked);
    clock.advance(TIMES.validatingMs);
    const failed = await client.batches.retrieve(id);
    expect(failed).toMatchObject({ status: 'failed', errors: { data: [problem] } });
    expect(standIn.log.creates).toEqual([]);
  });

  test('with more tokens than may wait', async () => {
    const { client, clock, submit } = await setup({ batches: { ...TIMES, queueTokens: { 'gpt-5.4-nano': 50 } } });
    const first = await submit(lines(1));
    clock.advance(TIMES.validatingMs);
    expect((await client.batches.retrieve(first.id)).status).toBe('in_progress');
    const second = await submit(lines(1));
    clock.advance(TIMES.validatingMs);
    const failed = await client.batches.retrieve(second.id);
    expect(failed).toMatchObject({ status: 'failed', errors: { data: [{ code: 'token_limit_exceeded' }] } });
  });
});

describe('a batch is not created', () => {
  test.each<[string, object, number, string | null]>([
    ['of a file that is not there', { input_file_id: 'file-none' }, 404, 'id'],
    ['for an unknown endpoint', { endpoint: '/v1/images' }, 400, 'endpoint'],
    ['for another window', { completion_window: '1h' }, 400, 'completion_window'],
    ['with an unknown field', { window: '24h' }, 400, 'window'],
    ['with too long a value beside it', { metadata: { run: 'x'.repeat(513) } }, 400, 'metadata.run'],
  ])('%s', async (_, change, status, param) => {
    const { submit } = await setup();
    expect(await apiErrorOf(submit(lines(1), change))).toMatchObject({ status, param });
  });

  test('when there were 2,000 in an hour', async () => {
    const { client, clock, upload } = await setup();
    const { id: input_file_id } = await upload(JSON.stringify(line(1)));
    const create = () => client.batches.create({ input_file_id, endpoint, completion_window: '24h' } as never);
    // More at once than a socket's queue holds would be another test.
    await pLimit(100).map(Array.from({ length: 2_000 }), create);
    expect(await apiErrorOf(create())).toMatchObject({ status: 429 });
    clock.advance(HOUR_MS);
    expect(await create()).toMatchObject({ status: 'validating' });
  });
});
