/** Pause, resume and cancel, by hand, by the provider's billing and by the budget, with calls in flight. */
import { describe, expect, test } from '@jest/globals';
import type { ObjectiveJson } from '../../src/cli/view-json.ts';
import { FAILURES } from '../../src/contracts/failures.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { addressesOf, newId } from '../support/calls.ts';
import { openWorkflows, signalsOf } from '../support/history.ts';
import { productForSuite } from '../support/suite.ts';
import { followersOf } from '../support/followers.ts';
import { Gate } from '../support/gate.ts';
import { FIXTURE_FINDINGS, fixtureRepository, placesOf } from '../support/repository.ts';
import { until } from '../support/until.ts';

const product = productForSuite();
const follow = followersOf(product);

const TOPICS = ['unfinished', 'silenced', 'dangerous', 'exits'];

const viewOf = (id: string) => product.flotilla.objective(id).view();

const isPausedFor = async (id: string, reason: string) => (await viewOf(id)).progress?.pause?.reason === reason;

const callsInFlight = async (id: string) => (await viewOf(id)).spend.reduce((sum, { inFlight }) => sum + inFlight, 0);

const start = (id: string, more = {}) =>
  product.flotilla.start({ id, objective: 'Find what is risky.', workspace: fixtureRepository(), ...more });

/** The same workers plan and carry out another objective from beginning to end: whatever was to come meanwhile has come. */
async function carryOutAnother(): Promise<void> {
  const handle = await start(newId('another'));
  await expect(handle.result()).resolves.toMatchObject({ status: 'completed' });
}

async function expectRightEnd(id: string): Promise<void> {
  const handle = product.flotilla.objective(id);
  await expect(handle.result()).resolves.toMatchObject({ status: 'completed', counts: { planned: 5, completed: 5 } });
  expect(placesOf(await handle.report())).toEqual(FIXTURE_FINDINGS);
  expect(product.standIn.log.servedTwice).toEqual([]);
}

describe('pause', () => {
  test('lets the calls in flight end, starts no new turn, and resume goes on from there', async () => {
    const id = newId('paused-turns');
    const gate = new Gate();
    product.script = ({ callKey }) => (/^paused-turns.*\/1\/1\/turn$/.test(callKey) ? gate.hold() : null);
    await start(id);
    await until(() => gate.arrived === TOPICS.length);

    expect(await product.cli('pause', 'paused-turns')).toMatchObject({ exitCode: 0 });
    for (const topic of TOPICS)
      await until(async () => (await signalsOf(product, `${id}/${topic}/1`)).includes('pause'));
    gate.open();
    await until(async () => (await callsInFlight(id)) === 0);
    const quiet = addressesOf(product, id);
    await carryOutAnother();
    expect(addressesOf(product, id)).toEqual(quiet);
    const { progress, spend } = await viewOf(id);
    expect(progress).toMatchObject({ status: 'paused', pause: { reason: 'person' } });
    expect(spend.filter(({ tier }) => tier === 'mini').map(({ turns }) => turns)).toEqual([1, 1, 1, 1]);

    expect(await product.cli('resume', 'paused-turns')).toMatchObject({ exitCode: 0 });
    await expectRightEnd(id);
  });

  test('starts no new subtask when one comes home', async () => {
    const id = newId('paused-subtasks');
    const gate = new Gate();
    product.script = ({ callKey }) => (callKey === `${id}/unfinished/1/4/turn` ? gate.hold() : null);
    const handle = await start(id, { slots: 1 });
    await until(() => gate.arrived === 1);
    await handle.pause();
    await until(() => isPausedFor(id, 'person'));
    gate.open();
    const running = async () => (await viewOf(id)).progress?.subtasks.filter(({ state }) => state === 'running');
    await until(async () => (await running())?.length === 0);
    await carryOutAnother();
    expect(await running()).toEqual([]);
    expect(new Set(addressesOf(product, id).map((address) => address.split('/')[0]))).toEqual(
      new Set(['manager', 'unfinished']),
    );

    await handle.resume();
    await expectRightEnd(id);
  });
});

describe('cancel', () => {
  test('withdraws what is under way, keeps what is there, and ends `run` and `watch` with exit code 4', async () => {
    const id = newId('cancelled');
    const gate = new Gate();
    product.script = ({ callKey }) => (callKey === `${id}/dangerous/1/2/turn` ? gate.hold() : null);
    const running = follow('run', 'Find what is risky.', '-w', fixtureRepository(), '--id', id).ended;
    await until(async () => {
      const view = gate.arrived === 1 ? await viewOf(id) : null;
      return view?.progress?.subtasks.filter(({ state }) => state === 'completed').length === 3;
    });
    const watching = follow('watch', id, '--json').ended;
    expect(await product.cli('cancel', 'cancelled')).toMatchObject({ exitCode: 0 });
    expect(await running).toMatchObject({
      exitCode: 4,
      stdout: expect.stringContaining('cancelled: 3 of 5'),
    });
    const watched = await watching;
    expect(watched.exitCode).toBe(4);
    expect(JSON.parse(watched.stdout)).toMatchObject({ status: 'cancelled', reservedMicros: 0 });

    const report = await product.flotilla.objective(id).report();
    expect(report).toMatchObject({ status: 'cancelled', failure: null });
    expect(placesOf(report)).toEqual(FIXTURE_FINDINGS.filter((place) => place !== 'src/run.ts:2'));
    await until(async () => (await openWorkflows(product, id)).length === 0);
    gate.open();
    await carryOutAnother();
    expect(addressesOf(product, id).filter((call) => call.startsWith('dangerous/'))).toHaveLength(2);
  });

  test('ends an objective that is paused, too', async () => {
    const id = newId('paused-cancelled');
    const gate = new Gate();
    product.script = ({ callKey }) => (callKey === `${id}/manager/1/0/plan` ? gate.hold() : null);
    const handle = await start(id);
    await until(() => gate.arrived === 1);
    await handle.pause();
    gate.open();
    await until(async () => (await viewOf(id)).progress?.subtasks.length === 5);
    await handle.cancel();
    await expect(handle.result()).resolves.toMatchObject({ status: 'cancelled', counts: { cancelled: 5 } });
    await until(async () => (await openWorkflows(product, id)).length === 0);
    expect(addressesOf(product, id)).toEqual(['manager/1/0/plan']);
  });
});

describe('a billing error of the provider', () => {
  const QUOTA: Reaction = { kind: 'error', status: 429, code: 'insufficient_quota' };

  test.each(['manager/1/0/plan', 'dangerous/1/2/turn', 'triage/1/0/triage', 'manager/1/1/synthesis'])(
    'at %s pauses the objective, is not repeated while paused, and is repeated once after resume',
    async (address) => {
      const id = newId('unpaid');
      let hasCredit = false;
      product.script = ({ callKey }) => (callKey === `${id}/${address}` && !hasCredit ? QUOTA : null);
      await start(id);
      await until(() => isPausedFor(id, 'ModelBillingStopped'));
      await until(async () => (await callsInFlight(id)) === 0);
      await carryOutAnother();
      expect(addressesOf(product, id).filter((call) => call === address)).toEqual([address]);
      const shown = await product.cli('show', id);
      expect(shown.stdout).toContain('paused: ModelBillingStopped');
      expect(shown.stdout).toContain(FAILURES.ModelBillingStopped.help);

      hasCredit = true;
      expect(await product.cli('resume', id)).toMatchObject({ exitCode: 0 });
      await expectRightEnd(id);
      expect(addressesOf(product, id).filter((call) => call === address)).toEqual([address, address]);
    },
  );

  test('at a call that was under way when somebody else’s was mended stops nothing, and is repeated', async () => {
    const id = newId('late');
    const [early, late] = ['silenced/1/2/turn', 'dangerous/1/2/turn'];
    const gate = new Gate();
    let hasCredit = false;
    product.script = async ({ callKey, before }) => {
      if (callKey === `${id}/${late}` && before === 0) return gate.hold().then(() => QUOTA);
      if (callKey !== `${id}/${early}` || hasCredit) return null;
      await until(() => gate.arrived === 1);
      return QUOTA;
    };
    const handle = await start(id);
    await until(() => isPausedFor(id, 'ModelBillingStopped'));
    hasCredit = true;
    await handle.resume();
    await until(async () => (await signalsOf(product, `${id}/dangerous/1`)).includes('resume'));
    gate.open();
    await until(async () => (await handle.progress()).status !== 'running');
    expect(await handle.progress()).toMatchObject({ phase: 'ended', pause: null });
    await expectRightEnd(id);
    expect(addressesOf(product, id).filter((call) => call === late)).toEqual([late, late]);
  });
});

describe('a budget', () => {
  /** At each request, the account of the objective: a reservation stands in it by then. */
  function auditing(id: string) {
    const over: unknown[] = [];
    let audits = 0;
    product.script = async () => {
      const { account } = await viewOf(id);
      if (!account) return null;
      const { cap, settled, reserved, inDoubt } = account.micros;
      audits += 1;
      if (settled + reserved + inDoubt > (cap ?? 0)) over.push(account);
      return null;
    };
    return { over, audits: () => audits };
  }

  test.each([
    ['0.01', []],
    ['0.08', ['manager/1/0/plan']],
  ])(
    'of $%s stops the objective before it is passed, and goes on where it stopped once it is raised',
    async (usd, first) => {
      const id = newId('capped');
      const { over, audits } = auditing(id);
      const run = await follow('run', 'Find what is risky.', '-w', fixtureRepository(), '--id', id, '-b', usd, '--json')
        .ended;
      expect(run.exitCode).toBe(3);
      const stopped = JSON.parse(run.stdout) as ObjectiveJson;
      expect(stopped).toMatchObject({ status: 'paused', pause: { reason: 'BudgetExceeded' } });
      expect(addressesOf(product, id)).toEqual(expect.arrayContaining(first));
      const before = addressesOf(product, id);

      const raised = await product.cli('budget', id, '--raise', '5');
      expect(raised).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ of \$5\.\d\d spent\./) });
      await expectRightEnd(id);
      const calls = addressesOf(product, id);
      expect(calls.slice(0, before.length)).toEqual(before);
      expect(new Set(calls).size).toBe(calls.length);
      expect([over, audits() === calls.length]).toEqual([[], true]);
    },
  );
});
