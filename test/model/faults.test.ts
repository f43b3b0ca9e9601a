/** Every fault that the stand-in knows, through the journaled call: each ends in its name, and none is forgotten by the books. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { FailureType } from '../../src/contracts/failures.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { startStandIn } from '../../src/standin/server.ts';
import { temporaryFolder } from '../support/folders.ts';
import { modelSetup } from '../support/model.ts';
import { head } from '../support/journal.ts';

type Book = 'settled' | 'inDoubt' | 'nothing';

const error = (status: number, code: string): Reaction => ({ kind: 'error', status, code });

const FAULTS: [string, Reaction, FailureType, Book][] = [
  ['a rate limit', error(429, 'rate_limit_exceeded'), 'ModelRateLimited', 'nothing'],
  ['a ramp that is too steep', error(429, 'slow_down'), 'ModelRateLimited', 'nothing'],
  ['no quota', error(429, 'insufficient_quota'), 'ModelBillingStopped', 'nothing'],
  ['no credit', error(429, 'credit_balance_exhausted'), 'ModelBillingStopped', 'nothing'],
  ['a spend limit', error(429, 'project_spend_limit_exceeded'), 'ModelBillingStopped', 'nothing'],
  ['a wrong key', error(401, 'invalid_api_key'), 'ModelAccessDenied', 'nothing'],
  ['a model that is gone', error(404, 'model_not_found'), 'ModelAccessDenied', 'nothing'],
  ['a broken request', error(400, 'unsupported_parameter'), 'ModelRequestRejected', 'nothing'],
  ['too long a context', error(400, 'context_length_exceeded'), 'ModelContextOverflow', 'nothing'],
  ['a defect of the server', error(500, 'server_error'), 'ModelUnavailable', 'nothing'],
  ['a server under load', error(503, 'server_is_overloaded'), 'ModelUnavailable', 'nothing'],
  ['another server under load', error(529, 'overloaded_error'), 'ModelUnavailable', 'nothing'],
  ['a gateway that gave up', error(504, 'timeout'), 'ModelUnavailable', 'inDoubt'],
  ['a cut before anything came', { kind: 'cut', at: 'start' }, 'ModelUnavailable', 'inDoubt'],
  ['a page', { kind: 'garbage' }, 'ModelUnavailable', 'inDoubt'],
  [
    'JSON of something else',
    { kind: 'garbage', body: '{"a":1}', contentType: 'application/json' },
    'ModelUnavailable',
    'inDoubt',
  ],
  ['another model', { kind: 'answer', model: 'gpt-4o-2024-08-06' }, 'ModelMismatch', 'settled'],
  ['a refusal', { kind: 'refusal' }, 'ModelRefused', 'settled'],
  [
    'an answer that is cut short',
    { kind: 'incomplete', reason: 'max_output_tokens' },
    'ModelOutputTruncated',
    'settled',
  ],
  ['a filtered answer', { kind: 'incomplete', reason: 'content_filter' }, 'ModelContentFiltered', 'settled'],
  ['a response that failed', { kind: 'failed', code: 'server_error' }, 'ModelUnavailable', 'nothing'],
  [
    'a response that failed for money',
    { kind: 'failed', code: 'insufficient_quota' },
    'ModelBillingStopped',
    'nothing',
  ],
];

describe.each([
  ['in the background', true],
  ['in the foreground', false],
])('%s', (_, background) => {
  test.each(FAULTS)('%s is named, and booked', async (_name, reaction, type, book) => {
    const { ask, paidCall, books } = await modelSetup({ script: () => reaction });
    const tools = [
      {
        name: 'finish',
        description: '',
        parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
      },
    ];
    const failure: unknown = await ask(paidCall('hi', { head: head({ background, tools }) })).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toMatchObject({ type });
    const { settled = 0, inDoubt = 0, reserved } = await books();
    expect({ settled: settled > 0, inDoubt: inDoubt > 0, reserved }).toEqual({
      settled: book === 'settled',
      inDoubt: book === 'inDoubt',
      reserved: 0,
    });
  });

  test.each(['missing', 'contradictory'])('a usage that is %s is booked at the worst case', async (usage) => {
    const { ask, paidCall, books } = await modelSetup({ script: () => ({ kind: 'answer', usage }) });
    const { reply, costMicros } = await ask(paidCall('hi', { head: head({ background }) }));
    expect(reply.usage).toBeNull();
    // 1000 output tokens of Mini at 4.50, and every byte of the request.
    expect(costMicros).toBeGreaterThan(4500);
    expect(await books()).toMatchObject({ settled: costMicros, reserved: 0 });
  });
});

test('a page that keeps coming is a wrong address: it is told after the third', async () => {
  const { ask, paidCall } = await modelSetup({ script: () => ({ kind: 'garbage' }) });
  const tries = [];
  for (let n = 0; n < 3; n += 1) tries.push(await ask(paidCall('hi')).catch((thrown: unknown) => thrown));
  expect(tries).toMatchObject([
    { type: 'ModelUnavailable' },
    { type: 'ModelUnavailable' },
    { type: 'ModelNotUnderstood' },
  ]);
});

test('ten thousand answers that can’t be used leave nothing behind', async () => {
  const standIn = await startStandIn({ lean: true, script: () => ({ kind: 'garbage', bytes: 20_000 }) });
  const script = fileURLToPath(new URL('../support/many-faults.ts', import.meta.url));
  const args = ['--expose-gc', script, temporaryFolder('flotilla-store'), standIn.baseUrl];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  await standIn.close();
  // 8,000 bodies are 160 MB: what is kept of them would be seen.
  expect(Number(stdout)).toBeLessThan(20_000_000);
}, 900_000);
