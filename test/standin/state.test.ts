/** What the stand-in keeps: what was acknowledged before a `kill -9` is there for the next process on the same folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { toFile } from 'openai';
import { CLI } from '../support/product.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { apiErrorOf, clientOf } from '../support/stand-in.ts';
import { until } from '../support/until.ts';

const question = { model: 'gpt-5.4-mini', input: 'What is this?' };
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

interface Running {
  child: ChildProcess;
  client: ReturnType<typeof clientOf>;
  url: string;
  output: () => string;
  killed: () => Promise<void>;
}

/** `flotilla stand-in` as a process of its own. */
async function run(...flags: string[]): Promise<Running> {
  const child = spawn(process.execPath, [CLI, 'stand-in', ...flags], {
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  await until(() => /Ctrl-C/.test(output) || child.exitCode !== null);
  const url = /http:\S+\/v1/.exec(output)?.[0] ?? '';
  const killed = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  return { child, client: clientOf(url), url, output: () => output, killed };
}

/** Skips time of a process. */
const advance = ({ url }: Running, advanceMs: number) =>
  fetch(new URL('/stand-in/clock', url), { method: 'POST', body: JSON.stringify({ advanceMs }) });

describe('after a kill', () => {
  test('a response under way goes on, and one that ended is there', async () => {
    const state = temporaryFolder('stand-in-state');
    const before = await run('--state', state, '--latency', '600000');
    const ended = await before.client.responses.create({ ...question, background: true, metadata: { call_key: 'a' } });
    await advance(before, 600_000);
    await until(async () => (await before.client.responses.retrieve(ended.id)).status === 'completed');
    const pending = await before.client.responses.create({
      ...question,
      background: true,
      metadata: { call_key: 'b' },
    });
    await before.killed();

    const after = await run('--state', state, '--latency', '600000');
    expect(await after.client.responses.retrieve(ended.id)).toMatchObject({
      status: 'completed',
      metadata: { call_key: 'a' },
    });
    expect((await after.client.responses.retrieve(pending.id)).status).toMatch(/queued|in_progress/);
    await advance(after, 600_000);
    await until(async () => (await after.client.responses.retrieve(pending.id)).status === 'completed');
    const { output_text } = await after.client.responses.retrieve(pending.id);
    expect(output_text).toMatch(/request of 13 characters/);
    await after.killed();
  });

  test.each([1, 2, 3, 4, 5])('no create that was acknowledged is lost, also under load: round %i', async (round) => {
    const state = temporaryFolder('stand-in-state');
    const before = await run('--state', state);
    const acknowledged: string[] = [];
    const ask = async (): Promise<void> => {
      for (;;) acknowledged.push((await before.client.responses.create({ ...question, background: true })).id);
    };
    const asking = Promise.allSettled(Array.from({ length: 8 }, ask));
    await until(() => acknowledged.length >= 20 * round);
    await before.killed();
    await asking;
    const after = await run('--state', state);
    for (const id of acknowledged) {
      await until(async () => (await after.client.responses.retrieve(id)).status === 'completed');
    }
    await after.killed();
  });

  test('what a cancel, a delete, a predecessor and the log said still holds', async () => {
    const state = temporaryFolder('stand-in-state');
    const before = await run('--state', state, '--latency', '600000');
    const asked = { ...question, background: true, metadata: { call_key: 'k' } };
    const [cancelled, deleted] = [
      await before.client.responses.create(asked),
      await before.client.responses.create(asked),
    ];
    await before.client.responses.cancel(cancelled.id);
    await before.client.responses.delete(deleted.id);
    const first = await before.client.responses.create({ ...question, background: true });
    await advance(before, 600_000);
    await until(async () => (await before.client.responses.retrieve(first.id)).status === 'completed');
    await before.killed();

    const after = await run('--state', state);
    expect((await after.client.responses.retrieve(cancelled.id)).status).toBe('cancelled');
    expect(await apiErrorOf(after.client.responses.retrieve(deleted.id))).toMatchObject({ status: 404 });
    const next = await after.client.responses.create({ ...question, previous_response_id: first.id });
    const items = (await after.client.responses.inputItems.list(next.id)).data;
    expect(items.map((item) => ('role' in item ? item.role : item.type))).toEqual(['user', 'assistant', 'user']);
    const summary = await (await fetch(new URL('/stand-in/summary', after.url))).json();
    expect(summary).toMatchObject({ creates: 4, served: 4, paidTwice: expect.arrayContaining(['k']) });
    await after.killed();
  });

  test('a batch goes on where it was, and no line is done twice', async () => {
    const state = temporaryFolder('stand-in-state');
    const script = join(folderWith({ 's.yaml': 'batches: { validatingMs: 1000, takesMs: 3600000 }\n' }), 's.yaml');
    const before = await run('--state', state, '--script', script);
    const body = (n: number) => ({ custom_id: `i${n}`, method: 'POST', url: '/v1/responses', body: question });
    const content = Array.from({ length: 10 }, (_, n) => JSON.stringify(body(n))).join('\n');
    const file = await toFile(Buffer.from(content), 'in.jsonl');
    const { id: input_file_id } = await before.client.files.create({ file, purpose: 'batch' });
    const asked = { input_file_id, endpoint: '/v1/responses', completion_window: '24h' } as const;
    const { id } = await before.client.batches.create(asked);
    await advance(before, 1_801_000);
    expect((await before.client.batches.retrieve(id)).request_counts?.completed).toBe(5);
    await before.killed();

    const after = await run('--state', state, '--script', script);
    await advance(after, 3_600_000);
    expect(await after.client.batches.retrieve(id)).toMatchObject({
      status: 'completed',
      request_counts: { completed: 10 },
    });
    expect(await (await fetch(new URL('/stand-in/summary', after.url))).json()).toMatchObject({
      served: 10,
      paidTwice: [],
    });
    await after.killed();
  });
});

describe('flotilla stand-in', () => {
  test('says where it is, what it is and how to use it, and ends with Ctrl-C', async () => {
    const { child, client, output } = await run();
    expect(output()).toMatch(/OPENAI_BASE_URL=http:\/\/127\.0\.0\.1:\d+\/v1/);
    expect(output()).toContain('is not a language model');
    expect((await client.responses.create(question)).output_text).toContain('[stand-in]');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  test('does what its script says', async () => {
    const text = `
seed: 3
rules:
  - when: { model: gpt-5.4-mini, nth: 1 }
    react: { kind: error, status: 429, code: slow_down, retryAfterMs: 2000 }
  - when: { model: gpt-5.4-mini }
    react: { kind: answer, utterance: { json: { hello: world } } }
limits:
  gpt-5.4-nano: { requestsPerMinute: 1 }
`;
    const { client } = await run('--script', join(folderWith({ 's.yaml': text }), 's.yaml'));
    expect(await apiErrorOf(client.responses.create(question))).toMatchObject({ status: 429, code: 'slow_down' });
    expect((await client.responses.create(question)).output_text).toBe('{"hello":"world"}');
    const nano = { ...question, model: 'gpt-5.4-nano' };
    await client.responses.create(nano);
    expect(await apiErrorOf(client.responses.create(nano))).toMatchObject({ code: 'rate_limit_exceeded' });
  });

  test('refuses a script with the lines of its problems', async () => {
    const text =
      'rules:\n  - react: { kind: refusal }\n  - when: { nht: 1 }\n    react: { kind: error, status: 200, code: x }\n';
    const { child, output } = await run('--script', join(folderWith({ 's.yaml': text }), 's.yaml'));
    expect(child.exitCode).toBe(2);
    expect(output()).toMatch(/The script file .* is not valid:\n {2}line 3: .*nht.*\n {2}line 4: .*status/);
  });

  test.each([
    [['--lean', '--state', 'x'], /--lean does not go with --state/],
    [['--script', '/nowhere.yaml'], /\/nowhere\.yaml can't be read/],
  ])('%j is refused', async (flags, said) => {
    const { child, output } = await run(...flags);
    expect(child.exitCode).toBe(2);
    expect(output()).toMatch(said);
  });

  test('leaves a state folder to whoever has it', async () => {
    const state = temporaryFolder('stand-in-state');
    await run('--state', state);
    const { child, output } = await run('--state', state);
    expect(child.exitCode).toBe(1);
    expect(output()).toContain('is in use by another stand-in');
  });
});
