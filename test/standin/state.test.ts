/** What the stand-in keeps: what was acknowledged before a `kill -9` is there for the next process on the same folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { toFile } from 'openai';
import { openState } from '../../src/standin/state/state.ts';
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

const summaryOf = async ({ url }: Running) =>
  (await (await fetch(new URL('/stand-in/summary', url))).json()) as Record<string, unknown>;

/** Enough of them that a kill finds the stand-in at work on one: they make 24 MB. */
const LINES = 2_000;

/** What stands in a folder so far: the stand-in is too busy with a batch to say how far it is. */
const bytesOf = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + (statSync(join(folder, name), NONE_IS_FINE)?.size ?? 0), 0);
const NONE_IS_FINE = { throwIfNoEntry: false } as const;

const scriptFile = (text: string): string => join(folderWith({ 's.yaml': text }), 's.yaml');

/** Submits a batch of so many questions, named `i0`, `i1`… */
async function submit({ client }: Running, lines: number) {
  const line = (n: number) => ({ custom_id: `i${n}`, method: 'POST', url: '/v1/responses', body: question });
  const content = Array.from({ length: lines }, (_, n) => JSON.stringify(line(n))).join('\n');
  const file = await toFile(Buffer.from(content), 'in.jsonl');
  const { id: input_file_id } = await client.files.create({ file, purpose: 'batch' });
  return client.batches.create({ input_file_id, endpoint: '/v1/responses', completion_window: '24h' });
}

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
    expect(await summaryOf(after)).toMatchObject({ creates: 4, served: 4, paidTwice: expect.arrayContaining(['k']) });
    await after.killed();
  });

  test('a batch goes on where it was, and no line is done twice', async () => {
    const state = temporaryFolder('stand-in-state');
    const times = 'batches: { validatingMs: 1000, takesMs: 3600000 }\n';
    const before = await run('--state', state, '--script', scriptFile(times));
    const { id } = await submit(before, 10);
    await advance(before, 1_801_000);
    expect((await before.client.batches.retrieve(id)).request_counts?.completed).toBe(5);
    await before.killed();

    const after = await run('--state', state, '--script', scriptFile(times));
    await advance(after, 3_600_000);
    expect(await after.client.batches.retrieve(id)).toMatchObject({
      status: 'completed',
      request_counts: { completed: 10 },
    });
    expect(await summaryOf(after)).toMatchObject({ creates: 10, served: 10, paidTwice: [] });
    await after.killed();
  });

  test('a line of a batch that was being answered is billed once', async () => {
    const state = temporaryFolder('stand-in-state');
    const slowly = 'rules:\n  - when: { callKey: i1 }\n    react: { kind: answer, latencyMs: 600000 }\n';
    const before = await run('--state', state, '--script', scriptFile(slowly));
    const { id } = await submit(before, 3);
    await advance(before, 60_000);
    const asking = before.client.batches.retrieve(id).catch(() => null);
    await until(async () => (await summaryOf(before))['served'] === 2);
    await before.killed();
    await asking;

    const after = await run('--state', state);
    expect(await after.client.batches.retrieve(id)).toMatchObject({ status: 'completed' });
    expect(await summaryOf(after)).toMatchObject({ creates: 3, served: 3, paidTwice: [] });
    await after.killed();
  });

  // By then it is at its first lines, in the middle of them, and at its output file.
  test.each([5e5, 6e6, 16e6])(
    'each line of a batch is billed and delivered once: killed at %i bytes',
    async (bytes) => {
      const state = temporaryFolder('stand-in-state');
      const before = await run('--state', state);
      const { id } = await submit(before, LINES);
      await advance(before, 3_600_000);
      const asking = before.client.batches.retrieve(id).catch(() => null);
      await until(() => bytesOf(state) >= bytes);
      await before.killed();
      await asking;

      const after = await run('--state', state);
      const ended = await after.client.batches.retrieve(id);
      expect(ended).toMatchObject({ status: 'completed', request_counts: { completed: LINES } });
      const output = await (await after.client.files.content(ended.output_file_id ?? '')).text();
      const names = output.matchAll(/"custom_id":"(i\d+)"/g).map(([, name]) => name);
      expect(new Set(names).size).toBe(LINES);
      // What came in, and what went out: no second output is left of the first attempt.
      expect((await after.client.files.list()).data).toHaveLength(2);
      expect(await summaryOf(after)).toMatchObject({ creates: LINES, served: LINES, paidTwice: [] });
      await after.killed();
    },
  );
});

test('what belongs together is on disk as a whole, or not at all', () => {
  const folder = temporaryFolder('stand-in-state');
  const before = openState(folder);
  const change = (): void => {
    before.clock.delete('skippedMs');
    before.items.put('a', { previous: '', item: {} });
    throw new Error('killed');
  };
  before.clock.put('skippedMs', 1);
  expect(() => before.together(change)).toThrow('killed');
  before.close();
  const after = openState(folder);
  expect([after.clock.get('skippedMs'), after.items.has('a')]).toEqual([1, false]);
  after.close();
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
