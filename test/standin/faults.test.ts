/** Every fault as a plain client sees it, by either protocol and as a stream; and scripts that say when one comes. */
import { request as httpRequest } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { type ScriptFile, ScriptFileSchema, scriptOf } from '../../src/standin/faults/script-file.ts';
import { type Incoming, type Reaction, ReactionSchema } from '../../src/standin/reaction.ts';
import { standInSetup } from '../support/stand-in.ts';
import { until } from '../support/until.ts';

const RESPONSES = { path: '/responses', body: { model: 'gpt-5.4-nano', input: 'What is this?' } };
const CHAT = { path: '/chat/completions', body: { model: 'gpt-5.4-nano', messages: [{ role: 'user', content: 'x' }] } };
const PROTOCOLS = [
  ['responses', RESPONSES],
  ['chat/completions', CHAT],
] as const;

interface Seen {
  status: number | null;
  body: string;
  /** Code of the error that ended it; null for a whole answer. */
  broken: string | null;
}

/** One request over a connection of its own, with all that came until it ended. `isEnough` lets go of it. */
function observe(url: string, body: object, isEnough: (seen: Seen) => boolean = () => false): Promise<Seen> {
  const seen: Seen = { status: null, body: '', broken: null };
  return new Promise((resolve) => {
    const breakOff = (error: NodeJS.ErrnoException): void => {
      seen.broken ??= error.code ?? error.message;
      resolve(seen);
    };
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
    const request = httpRequest(url, { method: 'POST', headers, agent: false }, (response) => {
      const check = (): void => {
        if (isEnough(seen)) request.destroy(new Error('enough'));
      };
      seen.status = response.statusCode ?? null;
      check();
      response.on('data', (chunk: Buffer) => {
        seen.body += chunk.toString();
        check();
      });
      response.once('error', breakOff);
      response.once('end', () => resolve(seen));
    });
    request.once('error', breakOff).end(JSON.stringify(body));
  });
}

async function observed(reaction: Reaction, { path, body }: { path: string; body: object }, more: object = {}) {
  const { standIn } = await standInSetup({ script: () => reaction });
  const seen = await observe(`${standIn.baseUrl}${path}`, { ...body, ...more });
  return { ...seen, isServed: standIn.log.creates[0]?.isServed ?? false };
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe.each(PROTOCOLS)('by %s', (_, protocol) => {
  test.each([
    [429, 'rate_limit_exceeded', 'requests'],
    [429, 'slow_down', 'rate_limit_error'],
    [429, 'insufficient_quota', 'insufficient_quota'],
    [429, 'credit_balance_exhausted', 'insufficient_quota'],
    [429, 'organization_spend_limit_exceeded', 'insufficient_quota'],
    [429, 'project_spend_limit_exceeded', 'insufficient_quota'],
    [429, 'organization_usage_limit_exceeded', 'insufficient_quota'],
    [500, 'server_error', 'server_error'],
    [503, 'server_is_overloaded', 'service_unavailable_error'],
    [529, 'overloaded', 'server_error'],
  ])('an error %i %s has its type, and is not billed', async (status, code, type) => {
    const seen = await observed({ kind: 'error', status, code }, protocol);
    expect(seen).toMatchObject({ status, isServed: false });
    expect(JSON.parse(seen.body)).toMatchObject({
      error: { code, type, message: expect.stringMatching(/^\[stand-in\]/) },
    });
  });

  test.each([
    [undefined, null, null],
    [1500, '2', '1500'],
  ])('a wait of %s ms is told in seconds and in milliseconds', async (retryAfterMs, seconds, ms) => {
    const { post } = await standInSetup({
      script: () => ({
        kind: 'error',
        status: 429,
        code: 'rate_limit_exceeded',
        ...(retryAfterMs && { retryAfterMs }),
      }),
    });
    const { headers } = await post(protocol.body, protocol.path);
    expect([headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual([seconds, ms]);
  });

  test('a reset before anything was sent is one, and not billed', async () => {
    const seen = await observed({ kind: 'cut', at: 'start' }, protocol);
    expect(seen).toEqual({ status: null, body: '', broken: 'ECONNRESET', isServed: false });
  });

  test.each([
    ['headers', (body: string) => body === ''],
    ['body', (body: string) => body.length > 10 && !isJson(body)],
  ] as const)('a cut after the %s leaves what came before it, and is billed', async (at, isWhatCame) => {
    const seen = await observed({ kind: 'cut', at }, protocol);
    expect(seen).toMatchObject({ status: 200, broken: 'ECONNRESET', isServed: true });
    expect(isWhatCame(seen.body)).toBe(true);
  });

  test.each([
    ['start', ({ status }: Seen) => status !== null],
    ['headers', ({ body }: Seen) => body !== ''],
    ['body', ({ body }: Seen) => isJson(body)],
  ] as const)('a stall at the %s sends nothing more, until the client goes', async (at, isTooMuch) => {
    const { standIn } = await standInSetup({ script: () => ({ kind: 'stall', at }) });
    let last: Seen | null = null;
    const observing = observe(`${standIn.baseUrl}${protocol.path}`, protocol.body, (seen) => ((last = seen), false));
    await until(() => (at === 'start' ? standIn.log.creates.length === 1 : last?.status === 200));
    if (at === 'body') await until(() => (last?.body ?? '') !== '');
    await standIn.close();
    const seen = await observing;
    expect(seen.broken).toBe('ECONNRESET');
    expect(isTooMuch(seen)).toBe(false);
  });

  test('a slow drip comes whole, in many pieces', async () => {
    const { standIn } = await standInSetup({ script: () => ({ kind: 'drip', bytes: 40, everyMs: 1 }) });
    let pieces = 0;
    const seen = await observe(`${standIn.baseUrl}${protocol.path}`, protocol.body, () => ((pieces += 1), false));
    expect([isJson(seen.body), seen.broken]).toEqual([true, null]);
    expect(pieces).toBeGreaterThan(5);
  });

  test('truncated JSON is whole for HTTP', async () => {
    const seen = await observed({ kind: 'truncated' }, protocol);
    expect(seen).toMatchObject({ status: 200, broken: null, isServed: true });
    expect([seen.body.startsWith('{'), isJson(seen.body)]).toEqual([true, false]);
  });

  test('garbage is a web page with status 200', async () => {
    const seen = await observed({ kind: 'garbage' }, protocol);
    expect(seen).toMatchObject({ status: 200, isServed: true, body: expect.stringMatching(/^<!doctype html>/) });
  });

  test('a huge body has the size that was asked for', async () => {
    const seen = await observed({ kind: 'garbage', body: '{"x":', bytes: 5_000_000 }, protocol);
    expect(seen.body.length).toBe(5_000_000);
  });

  test('a huge body ends with its reader', async () => {
    const { standIn } = await standInSetup({ script: () => ({ kind: 'garbage', bytes: 10_000_000_000 }) });
    const seen = await observe(
      `${standIn.baseUrl}${protocol.path}`,
      protocol.body,
      ({ body }) => body.length > 1_000_000,
    );
    expect(seen.broken).toBe('enough');
    await until(() => standIn.log.requests.length === 1);
  });

  test('another model answers under its own name', async () => {
    const { body } = await observed({ kind: 'answer', model: 'gpt-4o' }, protocol);
    expect(JSON.parse(body)).toMatchObject({ model: 'gpt-4o' });
  });

  test('an answer may have no bill, or one that contradicts itself', async () => {
    const missing = await observed({ kind: 'answer', usage: 'missing' }, protocol);
    expect(JSON.parse(missing.body)).not.toHaveProperty('usage');
    const { usage } = JSON.parse((await observed({ kind: 'answer', usage: 'contradictory' }, protocol)).body) as {
      usage: Record<string, number>;
    };
    const { input_tokens = usage['prompt_tokens'], output_tokens = usage['completion_tokens'], total_tokens } = usage;
    expect(total_tokens).not.toBe((input_tokens ?? 0) + (output_tokens ?? 0));
  });
});

describe('a stream', () => {
  const STREAM = { stream: true };
  const typesIn = (body: string): string[] => [...body.matchAll(/^event: (.+)$/gm)].map(([, type = '']) => type);

  test.each<[Reaction, number]>([
    [{ kind: 'cut', at: 'named' }, 1],
    [{ kind: 'cut', at: { after: 2 } }, 2],
    [{ kind: 'cut', at: { after: 'response.content_part.added' } }, 4],
    [{ kind: 'cut', at: 'headers' }, 0],
  ])('%j ends after so many events', async (reaction, events) => {
    const seen = await observed(reaction, RESPONSES, STREAM);
    expect(seen).toMatchObject({ status: 200, isServed: true });
    expect(seen.broken).not.toBeNull();
    expect(typesIn(seen.body)).toHaveLength(events);
  });

  test('is cut in the middle of an event', async () => {
    const { body } = await observed({ kind: 'cut', at: 'body' }, RESPONSES, STREAM);
    expect(typesIn(body)).toHaveLength(2);
    expect(body.endsWith('\n\n')).toBe(false);
  });

  test.each(PROTOCOLS)('of %s whose last JSON is truncated ends as if nothing were', async (_, protocol) => {
    const { body, broken } = await observed({ kind: 'truncated' }, protocol, STREAM);
    expect(broken).toBeNull();
    const lines = body.split('\n').filter((line) => line.startsWith('data: '));
    expect(lines.map((line) => isJson(line.slice(6)))).toEqual(lines.map((_line, index) => index < lines.length - 1));
  });

  test('has an error event', async () => {
    const { body } = await observed({ kind: 'stream-error', code: 'server_error' }, RESPONSES, STREAM);
    expect(typesIn(body)).toEqual(['response.created', 'response.in_progress', 'error']);
    const { status } = await observed({ kind: 'stream-error', code: 'server_error' }, RESPONSES);
    expect(status).toBe(500);
  });

  test('drips', async () => {
    const { body, broken } = await observed({ kind: 'drip', bytes: 400, everyMs: 0 }, RESPONSES, STREAM);
    expect([broken, typesIn(body).at(-1)]).toEqual([null, 'response.completed']);
  });
});

describe('an answer', () => {
  const parameters = {
    ...{ type: 'object', additionalProperties: false, required: ['path', 'line'] },
    properties: { path: { type: 'string' }, line: { type: 'integer' } },
  };
  const tools = ['read', 'finish'].map((name) => ({ type: 'function', name, strict: true, parameters }));
  const AGENT = { ...RESPONSES, body: { ...RESPONSES.body, tools } };

  const answer = async (reaction: Reaction, asked: { path: string; body: object } = RESPONSES) =>
    JSON.parse((await observed(reaction, asked)).body) as { status: string; output: { arguments: string }[] };

  test.each<[Reaction, object]>([
    [
      { kind: 'failed', code: 'rate_limit_exceeded' },
      { status: 'failed', error: { code: 'rate_limit_exceeded' }, usage: null },
    ],
    [{ kind: 'refusal' }, { status: 'completed', output: [{ content: [{ type: 'refusal' }] }] }],
    [
      { kind: 'incomplete', reason: 'content_filter' },
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] },
    ],
    [
      { kind: 'incomplete', reason: 'max_output_tokens' },
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [{ status: 'incomplete' }] },
    ],
  ])('of %j comes with status 200', async (reaction, shape) => {
    const seen = await observed(reaction, RESPONSES);
    expect(seen).toMatchObject({ status: 200, isServed: true });
    expect(JSON.parse(seen.body)).toMatchObject(shape);
  });

  test('has tool calls whose arguments end in the middle', async () => {
    const { status, output } = await answer({ kind: 'truncated-arguments' }, AGENT);
    expect([status, output.map(({ arguments: args }) => isJson(args))]).toEqual(['completed', [false]]);
  });

  test('of a runaway calls a tool that is not the last, each time with other arguments', async () => {
    const { client } = await standInSetup({ script: () => ({ kind: 'runaway' }) });
    const input: object[] = [{ role: 'user', content: 'x' }];
    for (let turn = 0; turn < 3; turn += 1) {
      const { output } = await client.responses.create({ ...AGENT.body, input } as never);
      const [call] = output as { call_id: string }[];
      input.push(call as object, { type: 'function_call_output', call_id: call?.call_id, output: 'x' });
    }
    const calls = input.filter((item) => 'arguments' in item) as { name: string; arguments: string }[];
    expect(calls.map(({ name }) => name)).toEqual(['read', 'read', 'read']);
    expect(new Set(calls.map(({ arguments: args }) => args)).size).toBe(3);
  });
});

describe('a script file', () => {
  const asked = (change: Partial<Incoming['request']> = {}, callKey = '', before = 0): Incoming => ({
    ...{ request: { model: 'gpt-5.4-nano', input: 'x', ...change }, callKey, before },
  });
  const file = (rules: unknown[], seed = 1): ScriptFile => ScriptFileSchema.parse({ seed, rules });
  const refusal: Reaction = { kind: 'refusal' };

  test.each<[string, object, Incoming[], boolean[]]>([
    ['a model', { model: 'gpt-5.4-*' }, [asked(), asked({ model: 'gpt-5.4' })], [true, false]],
    [
      'a role',
      { role: 'plan' },
      [asked({ text: { format: { type: 'json_schema', name: 'plan' } } }), asked()],
      [true, false],
    ],
    ['an agent', { role: 'agent' }, [asked({ tools: [{ type: 'function', name: 'finish' }] }), asked()], [true, false]],
    ['a call key', { callKey: '*/plan' }, [asked({}, 'o/1/plan'), asked({}, 'o/1/plan.repair-1')], [true, false]],
    ['a service tier', { serviceTier: 'flex' }, [asked({ service_tier: 'flex' }), asked()], [true, false]],
    [
      'the nth that fits',
      { model: 'gpt-5.4-nano', nth: [2, 4] },
      [asked(), asked({ model: 'gpt-5.4' }), asked(), asked(), asked()],
      [false, false, true, false, true],
    ],
    ['the first try of a call', { try: 1 }, [asked({}, 'a'), asked({}, 'a', 1), asked({}, 'b')], [true, false, true]],
  ])('knows a request by %s', async (_, when, incoming, expected) => {
    const script = scriptOf(file([{ when, react: refusal }]));
    expect(incoming.map((one) => script(one) !== null)).toEqual(expected);
  });

  test('lets its first rule that fits decide', () => {
    const script = scriptOf(file([{ when: { nth: 1 }, react: refusal }, { react: { kind: 'runaway' } }]));
    expect([script(asked()), script(asked())]).toEqual([refusal, { kind: 'runaway' }]);
  });

  test('leaves to chance what follows from seed and call, in whatever order they come', () => {
    const calls = Array.from({ length: 400 }, (_, n) => asked({}, `call-${n}`));
    const hit = (seed: number, incoming: Incoming[]) => {
      const script = scriptOf(file([{ when: { probability: 0.25 }, react: refusal }], seed));
      return incoming.filter((one) => script(one) !== null).map(({ callKey }) => callKey);
    };
    expect(hit(1, calls.toReversed()).toReversed()).toEqual(hit(1, calls));
    expect(hit(2, calls)).not.toEqual(hit(1, calls));
    expect(hit(1, calls).length).toBeGreaterThan(60);
    expect(hit(1, calls).length).toBeLessThan(140);
  });

  test('may ask for every reaction that a script in the process can', () => {
    const kinds = ReactionSchema.options.map((option) => option.shape.kind.value);
    expect(kinds).toEqual(expect.arrayContaining(['answer', 'error', 'cut', 'stall', 'drip', 'runaway', 'garbage']));
    expect(ScriptFileSchema.safeParse({ rules: [{ react: { kind: 'explode' } }] }).success).toBe(false);
  });
});
