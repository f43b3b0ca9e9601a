/** Caps and the books, as a person meets them. */
import { describe, expect, test } from '@jest/globals';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import type { StartOptions } from '../../src/client/prepare.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { addressesOf } from '../support/calls.ts';
import { folderWith } from '../support/folders.ts';
import { fixtureRepository } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';
import { Gate } from '../support/gate.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

const start = (options: StartOptions = {}): Promise<ObjectiveHandle> =>
  product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository(), ...options });

const pausedFor = (handle: ObjectiveHandle, reason: string): Promise<void> =>
  until(async () => (await handle.view()).progress?.pause?.reason === reason);

const investigation = (id: string, more: object = {}) => ({
  id,
  kind: 'investigate',
  title: `Look at ${id}`,
  instructions: 'Look for eval.',
  ...more,
});

async function expectClean(handle: ObjectiveHandle): Promise<void> {
  expect(verifyLedger(await handle.ledger())).toEqual([]);
  expect((await handle.accounts()).filter(({ micros }) => micros.reserved !== 0)).toEqual([]);
}

describe('a golden objective', () => {
  /** Usages as a provider would report them, by call: cached, long, and in the flexible lane. */
  const BILLS: Record<string, Partial<Extract<Reaction, { kind: 'answer' }>>> = {
    // GPT-5.4 beyond 272,000: (200,000 × 2.50 + 100,000 × 0.25) × 2 + 1,000 × 15 × 1.5 = 1,072,500
    'manager/1/0/plan': { usage: bill(300_000, 100_000, 1_000) },
    // Mini: (10,000 − 4,000) × 0.75 + 4,000 × 0.075 + 500 × 4.50 = 7,050
    'only/1/1/turn': { usage: bill(10_000, 4_000, 500) },
    // Mini in the flexible lane: (11,000 × 0.75 + 300 × 4.50) / 2 = 4,800
    'only/1/2/turn': { usage: bill(11_000, 0, 300), serviceTier: 'flex' },
    // 2,001 × 2.50 + 7 × 15 = 5,107.5, rounded up
    'manager/1/1/review': { usage: bill(2_001, 0, 7) },
    // 1,000 × 2.50 + 100 × 15, twice for the fast lane = 8,000
    'manager/1/1/synthesis': { usage: bill(1_000, 0, 100), serviceTier: 'priority' },
  };
  const COST = 1_072_500 + 7_050 + 4_800 + 5_108 + 8_000;

  function bill(input: number, cached: number, output: number) {
    return {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + output,
    };
  }

  const SAYS: Record<string, unknown> = {
    'manager/1/0/plan': {
      json: {
        rationale: 'One look is enough.',
        subtasks: [
          {
            ...investigation('only'),
            paths: [],
            check: null,
            map: null,
            questions: null,
            acceptance: null,
            dependsOn: [],
            weight: 1,
          },
        ],
      },
    },
    'only/1/1/turn': { calls: [{ name: 'list_files', args: { path: '.' } }] },
    'only/1/2/turn': { calls: [{ name: 'finish', args: { summary: 'Nothing.', findings: [], uncertain: [] } }] },
  };

  test('costs to the micro-dollar what the price table says', async () => {
    product.script = ({ callKey }: Incoming) => {
      const address = callKey.split('/').slice(1).join('/');
      const says = SAYS[address];
      return { kind: 'answer', ...BILLS[address], ...(says !== undefined && { utterance: says }) } as Reaction;
    };
    const handle = await start({ policy: { limits: { maxReplans: 1 } } });
    const result = await handle.result();
    expect(
      (await handle.ledger()).creates.map(
        ({ callKey, n, state }) => `${callKey.slice(handle.id.length + 1)} ${n} ${state}`,
      ),
    ).toEqual(Object.keys(BILLS).map((address) => `${address} 1 settled`));
    expect(result).toMatchObject({ status: 'completed', spend: { costMicros: COST } });
    expect(await handle.report()).toMatchObject({ costMicros: COST });
    const [account] = await handle.accounts();
    expect(account?.micros).toEqual({ cap: null, settled: COST, reserved: 0, inDoubt: 0 });
    await expectClean(handle);
  });
});

describe('the books', () => {
  test('are a tree that can be printed, proved, and read by programs', async () => {
    product.script = () => null;
    const handle = await start({ budgetUsd: 20 });
    await handle.result();
    const printed = await product.cli('ledger', handle.id, '--verify');
    expect(printed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(printed.stdout).toMatch(/of \$20\.00/);
    expect(printed.stdout).toMatch(/^ {2}manager /m);
    expect(printed.stdout).toContain('Verified: the accounts are what');
    const json = JSON.parse((await product.cli('ledger', handle.id, '--json')).stdout) as {
      accounts: { accountId: string; micros: { settled: number } }[];
      creates: { cost: { micros: number } }[];
      problems: null;
    };
    expect(json.problems).toBeNull();
    const [top] = json.accounts;
    expect(top?.accountId).toBe(handle.id);
    expect(json.creates.reduce((sum, { cost }) => sum + cost.micros, 0)).toBe(top?.micros.settled);
  });

  test('of a schedule are above those of all its objectives', async () => {
    product.script = () => null;
    const [one, other] = [await start({ scheduleId: 'nightly' }), await start({ scheduleId: 'nightly' })];
    const ended = await Promise.all([one.result(), other.result()]);
    const [schedule, objective, ...below] = await one.accounts();
    expect(schedule).toMatchObject({ accountId: 'schedule:nightly', parentId: null });
    expect(objective).toMatchObject({ accountId: one.id, parentId: 'schedule:nightly' });
    expect(new Set(below.map(({ parentId }) => parentId))).toEqual(new Set([one.id]));
    expect(schedule?.micros.settled).toBe(ended.reduce((sum, { spend }) => sum + spend.costMicros, 0));
    expect(objective?.micros.settled).toBe(ended[0].spend.costMicros);
    await expectClean(one);
    await expectClean(other);
  });

  test('take a word for what a call in doubt has cost', async () => {
    let pages = 0;
    product.script = ({ callKey }: Incoming): Reaction | null =>
      callKey.endsWith('/plan') && (pages += 1) === 1
        ? { kind: 'garbage', body: '<html>', contentType: 'text/html' }
        : null;
    const handle = await start();
    await handle.result();
    const doubtful = `${handle.id}/manager/1/0/plan#1`;
    expect((await product.cli('ledger', handle.id)).stdout).toContain(doubtful);
    expect(await product.cli('ledger', handle.id, '--resolve', `${doubtful}=0.0123`, '--verify')).toMatchObject({
      exitCode: 0,
    });
    const [account] = await handle.accounts();
    expect(account?.micros.inDoubt).toBe(0);
    const again = await product.cli('ledger', handle.id, '--resolve', `${doubtful}=0.01`);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is not in doubt') as unknown });
    expect(await product.cli('ledger', handle.id, '--resolve', 'nonsense')).toMatchObject({ exitCode: 2 });
    await expectClean(handle);
  });
});

describe('a cap', () => {
  test('on calls stops the objective, and goes on when it is raised', async () => {
    product.script = () => null;
    const handle = await start({ policy: { caps: { calls: 3 } } });
    await pausedFor(handle, 'BudgetExceeded');
    expect(await product.cli('watch', handle.id)).toMatchObject({ exitCode: 3 });
    expect((await product.cli('show', handle.id)).stdout).toContain('paused: budget');
    expect(addressesOf(product, handle.id)).toHaveLength(3);
    expect(await product.cli('budget', handle.id, '--raise', '5')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no cap on money') as unknown,
    });
    expect(await product.cli('budget', handle.id, '--raise-calls', '100')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('of 103 calls spent') as unknown,
    });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    await expectClean(handle);
  });

  test('on time stops it too, and `resume` is not enough', async () => {
    const gate = new Gate();
    product.script = ({ callKey }: Incoming) => (callKey.endsWith('/synthesis') ? gate.hold() : null);
    const handle = await start({ policy: { caps: { hours: 0.001 } } });
    await pausedFor(handle, 'WallTimeReached');
    await handle.resume();
    await handle.resume();
    await pausedFor(handle, 'WallTimeReached');
    expect(await product.cli('budget', handle.id, '--raise-hours', '1')).toMatchObject({ exitCode: 0 });
    gate.open();
    expect(await handle.result()).toMatchObject({ status: 'completed' });
  });

  test('is raised by all who raise it, at the same time', async () => {
    product.script = () => null;
    const handle = await start({ budgetUsd: 0.01 });
    await pausedFor(handle, 'BudgetExceeded');
    const raised = await Promise.all(Array.from({ length: 8 }, () => handle.raiseBudget({ by: { micros: 500_000 } })));
    expect(raised.map(({ micros }) => micros.cap).toSorted()).toHaveLength(8);
    const [account] = await handle.accounts();
    expect(account?.micros.cap).toBe(4_010_000);
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    await expectClean(handle);
  });

  test('is not moved by what is no raise, with the reason', async () => {
    product.script = () => null;
    const handle = await start({ budgetUsd: 0.01 });
    await pausedFor(handle, 'BudgetExceeded');
    for (const by of [{}, { micros: -1 }, { calls: 0.5 }])
      await expect(handle.raiseBudget({ by })).rejects.toMatchObject({
        name: 'InputInvalid',
        message: expect.stringMatching(/^A raise /) as unknown,
      });
    const [account] = await handle.accounts();
    expect(account?.micros.cap).toBe(10_000);
    await handle.cancel();
  });

  test.each([
    [['budget', 'x', '--raise', '-5']],
    [['budget', 'x', '--raise', 'NaN']],
    [['budget', 'x', '--raise', '1e9']],
    [['budget', 'x', '--raise', '5EUR']],
    [['budget', 'x', '--raise-tokens', '1.5']],
    [['run', 'x', '--budget', '0']],
    [['run', 'x', '--budget', '€5']],
  ])('is not moved by %j', async (args) => {
    expect(await product.cli(...(args as [string, ...string[]]))).toMatchObject({ exitCode: 2 });
  });
});

test('two hundred subagents at once finish under a cap for some twenty of their worst cases', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `s${index}`);
  let [inFlight, most] = [0, 0];
  // However slow the machine is, so many are under way at once.
  const ten = Promise.withResolvers<undefined>();
  product.script = async ({ callKey }: Incoming): Promise<Reaction | null> => {
    if (callKey.includes('/manager/')) return null;
    most = Math.max(most, (inFlight += 1));
    if (inFlight === 10) ten.resolve(undefined);
    await ten.promise;
    inFlight -= 1;
    const args = { summary: 'Nothing.', findings: [], uncertain: [] };
    return { kind: 'answer', utterance: { calls: [{ name: 'finish', args }] } };
  };
  const handle = await start({
    budgetUsd: 2,
    plan: {
      objective: 'Look everywhere.',
      limits: { slots: 200, maxSubtasks: 200 },
      subtasks: ids.map((id) => investigation(id)),
    },
  });
  expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 200 } });
  // 16,000 tokens of output at 4.50 are 72,000 µ$ each.
  expect([most >= 10, most <= 2_000_000 / 72_000]).toEqual([true, true]);
  await expectClean(handle);
}, 900_000);

describe('an allowance', () => {
  const plan = (allowance: number) => ({
    objective: 'Find what is risky.',
    subtasks: [investigation('poor', { budgetUsd: allowance }), investigation('rich')],
  });

  test('that is used up ends its subtask, and the rest of the objective goes on', async () => {
    product.script = () => null;
    const handle = await start({ plan: plan(0.001) });
    expect(await handle.result()).toMatchObject({ counts: { completed: 1, failed: 1 } });
    const progress = await handle.progress();
    expect(progress.subtasks.find(({ id }) => id === 'poor')?.failure?.type).toBe('AllowanceExceeded');
    await expectClean(handle);
  });

  test('comes out of the budget: together they may not pass it', async () => {
    const folder = folderWith({ 'plan.json': JSON.stringify({ ...plan(3), budgetUsd: 2 }, null, 2) });
    const refused = await product.cli('run', '--plan', `${folder}/plan.json`);
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('more than the budget of $2') as unknown,
    });
  });
});

describe('a model out of hand', () => {
  test('that writes more than it was asked for is flagged, and stops the objective once the cap is passed', async () => {
    const usage = { input_tokens: 10, output_tokens: 900_000, total_tokens: 900_010 };
    product.script = ({ callKey }: Incoming) => (callKey.endsWith('/synthesis') ? { kind: 'answer', usage } : null);
    const handle = await start({ budgetUsd: 5 });
    await pausedFor(handle, 'BudgetExceeded');
    const { creates } = await handle.ledger();
    expect(creates.filter(({ flag }) => flag === 'overrun')).toHaveLength(1);
    const before = addressesOf(product, handle.id);
    await product.cli('budget', handle.id, '--raise', '20');
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(addressesOf(product, handle.id)).toEqual(before);
    expect((await product.cli('ledger', handle.id)).stdout).toContain('Dearer than was reserved');
    await expectClean(handle);
  });
});

test('an objective that is cancelled while calls are in flight holds nothing afterwards', async () => {
  product.script = ({ callKey }: Incoming) =>
    callKey.includes('/manager/') ? null : { kind: 'answer', latencyMs: 60_000 };
  const handle = await start({ budgetUsd: 20 });
  await until(async () => (await handle.view()).spend.some(({ inFlight, tier }) => tier === 'mini' && inFlight > 0));
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ status: 'cancelled' });
  await expectClean(handle);
});
