/** An estimate above the threshold waits for a person: nothing is spent meanwhile, whatever dies; yes goes on, no ends it by name. */
import { describe, expect, test } from '@jest/globals';
import type { ObjectiveJson } from '../../src/cli/view-json.ts';
import { addressesOf, newId } from '../support/calls.ts';
import { folderWith } from '../support/folders.ts';
import { openWorkflows } from '../support/history.ts';
import { placesOf, FIXTURE_FINDINGS, fixtureRepository } from '../support/repository.ts';
import { drafted, saysExtend, saysPlan } from '../support/says.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

const ask = { objective: 'Find what is risky.' };
const plan = {
  objective: 'Find what is left to do.',
  subtasks: [
    { id: 'todos', kind: 'investigate', title: 'Left to do', instructions: 'Search for `TODO|FIXME`.' },
    { id: 'sorted', kind: 'triage', title: 'Sort them', dependsOn: ['todos'] },
  ],
};

const viewOf = (id: string) => product.flotilla.objective(id).view();
const waits = (id: string) => async (): Promise<boolean> => (await viewOf(id)).progress?.pause?.reason === 'approval';
const start = (id: string, more = {}) => product.flotilla.start({ id, workspace: fixtureRepository(), ...more });

/** The same workers carry out another objective from beginning to end: whatever was to come meanwhile has come. */
async function carryOutAnother(): Promise<void> {
  const handle = await product.flotilla.start({ ...ask, workspace: fixtureRepository() });
  expect(await handle.result()).toMatchObject({ status: 'completed' });
}

describe('a plan above the threshold', () => {
  test('waits and spends nothing, over kills of worker and server, until it is approved', async () => {
    const id = newId('waits');
    const handle = await start(id, { ...ask, approveAboveUsd: 0.05 });
    await until(waits(id));
    product.kill('manager');
    await carryOutAnother();
    product.kill('temporal');
    await carryOutAnother();
    await until(waits(id));
    expect(addressesOf(product, id)).toEqual(['manager/1/0/plan']);
    const { progress, spend } = await viewOf(id);
    expect(progress?.subtasks.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'waiting'));
    const [{ settledMicros } = { settledMicros: 0 }] = spend;
    expect(progress?.approval).toMatchObject({ spentMicros: settledMicros });

    const shown = await product.cli('show', id);
    expect(shown.stdout).toMatch(new RegExp(`paused: approval .*Above \\$0\\.05 .*flotilla approve ${id}`));
    expect(shown.stdout).toMatch(/^unfinished +investigate +mini +\$/m);

    expect(await product.cli('approve', id)).toMatchObject({ exitCode: 0 });
    await expect(handle.result()).resolves.toMatchObject({ status: 'completed', counts: { completed: 5 } });
    const report = await handle.report();
    expect(placesOf(report)).toEqual(FIXTURE_FINDINGS);
    // What was estimated holds for what was carried out.
    const high = (progress?.approval?.spentMicros ?? 0) + (progress?.approval?.costMicros.high ?? 0);
    expect(report?.costMicros).toBeLessThanOrEqual(high);
  });

  test('ends `run` with exit code 3 and how to go on; with --json, with its range', async () => {
    const id = newId('told');
    const file = `${folderWith({ 'plan.json': JSON.stringify(plan) })}/plan.json`;
    const run = ['run', '-p', file, '-w', fixtureRepository(), '--approve-above', '0.01', '--id'];
    const told = await product.cli(...run, id);
    expect(told.exitCode).toBe(3);
    expect(told.stdout).toMatch(/^todos +investigate +mini +\$.*assumed/m);
    expect(told.stdout).toMatch(new RegExp(`Go on with: flotilla approve ${id} .*flotilla approve ${id} --refuse`));

    const other = newId('told');
    const json = await product.cli(...run, other, '--json');
    expect(json.exitCode).toBe(3);
    const { status, pause, approval } = JSON.parse(json.stdout) as ObjectiveJson;
    expect([status, pause?.reason, approval?.spentMicros]).toEqual(['paused', 'approval', 0]);
    expect(approval?.costMicros.high).toBeGreaterThan(10_000);
    for (const each of [id, other]) {
      expect(addressesOf(product, each)).toEqual([]);
      await product.flotilla.objective(each).cancel();
    }
  });

  test('is not asked about below it, nor without one', async () => {
    for (const more of [{ approveAboveUsd: 1000 }, {}]) {
      const handle = await start(newId('below'), { plan, ...more });
      await expect(handle.result()).resolves.toMatchObject({ status: 'completed' });
    }
  });

  test('has its threshold from a policy as well', async () => {
    const id = newId('policy');
    const handle = await start(id, { plan, policy: { approveAboveUsd: 0 } });
    await until(waits(id));
    await handle.approve('Fine.');
    await expect(handle.result()).resolves.toMatchObject({ status: 'completed' });
  });

  test('is approved by nobody who pauses and resumes, and can be cancelled', async () => {
    const id = newId('resumed');
    const handle = await start(id, { plan, approveAboveUsd: 0 });
    await until(waits(id));
    await handle.pause();
    const resumed = await product.cli('resume', id);
    expect(resumed.stdout).toContain(`${id} still waits for approval`);
    await carryOutAnother();
    expect([await waits(id)(), addressesOf(product, id)]).toEqual([true, []]);

    await handle.pause();
    await handle.approve();
    expect((await viewOf(id)).progress?.pause?.reason).toBe('person');
    await handle.cancel();
    await expect(handle.result()).resolves.toMatchObject({ status: 'cancelled', counts: { cancelled: 2 } });

    const waiting = newId('cancelled');
    const cancelled = await start(waiting, { plan, approveAboveUsd: 0 });
    await until(waits(waiting));
    await cancelled.cancel();
    await expect(cancelled.result()).resolves.toMatchObject({ status: 'cancelled' });
    await until(async () => (await openWorkflows(product, waiting)).length === 0);
    expect([...addressesOf(product, id), ...addressesOf(product, waiting)]).toEqual([]);
  });
});

describe('a refusal', () => {
  test('ends the objective by name, with its report, before a subtask has started', async () => {
    const id = newId('refused');
    const handle = await start(id, { plan, approveAboveUsd: 0 });
    await until(waits(id));
    const refused = await product.cli('approve', id, '--refuse', '--note', 'Not this month.');
    expect(refused).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is refused') });
    await expect(handle.result()).resolves.toMatchObject({
      status: 'failed',
      failure: { type: 'ApprovalRefused', message: expect.stringContaining('Not this month.') },
      counts: { planned: 2, cancelled: 2 },
    });
    expect(addressesOf(product, id)).toEqual([]);
    const watched = await product.cli('watch', id);
    expect(watched.exitCode).toBe(1);
    expect(watched.stdout).toMatch(/ApprovalRefused: An estimate of up to \$.* was refused/);
    expect((await handle.report())?.failure?.type).toBe('ApprovalRefused');
    await until(async () => (await openWorkflows(product, id)).length === 0);
  });

  test('of what a review adds keeps what was completed', async () => {
    const id = newId('extended');
    product.script = ({ callKey }) => {
      if (callKey === `${id}/manager/1/0/plan`) return saysPlan(drafted('a'));
      if (callKey !== `${id}/manager/1/1/review`) return null;
      return saysExtend([], ...Array.from({ length: 20 }, (_, at) => drafted(`more-${at}`)));
    };
    const handle = await start(id, { ...ask, approveAboveUsd: 0 });
    await until(waits(id));
    await handle.approve();
    await until(async () => (await waits(id)()) && (await viewOf(id)).progress?.rounds.length === 2);
    const before = addressesOf(product, id);
    await handle.refuse();
    await expect(handle.result()).resolves.toMatchObject({
      failure: { type: 'ApprovalRefused' },
      counts: { planned: 21, completed: 1, cancelled: 20 },
    });
    expect(addressesOf(product, id)).toEqual(before);
    expect(placesOf(await handle.report())).toEqual(['src/cart.ts:2']);
  });
});

test('what a review adds below what was approved asks nobody again', async () => {
  const id = newId('within');
  product.script = ({ callKey }) => {
    if (callKey === `${id}/manager/1/0/plan`) return saysPlan(drafted('a'), drafted('b'), drafted('c'));
    return callKey === `${id}/manager/1/1/review` ? saysExtend([], drafted('d')) : null;
  };
  const handle = await start(id, { ...ask, approveAboveUsd: 0.02 });
  await until(waits(id));
  await handle.approve();
  await expect(handle.result()).resolves.toMatchObject({ status: 'completed', counts: { completed: 4 } });
});

describe('an answer', () => {
  test.each([
    ['that nobody waits for', async () => (await start(newId('free'), { ...ask, planOnly: true })).id, []],
    ['with a note that is too long', () => waiting(), ['--note', 'n'.repeat(501)]],
  ])('%s is refused, with the reason', async (_, id, flags) => {
    const { exitCode, stdout, stderr } = await product.cli('approve', await id(), ...flags);
    expect([exitCode === 0, stdout]).toEqual([false, '']);
    expect(stderr).toMatch(/does not wait for approval|has ended|at most 500 characters/);
    expect(stderr).not.toMatch(/defect/);
  });

  test('to an objective that goes on is refused', async () => {
    const id = await waiting();
    const handle = product.flotilla.objective(id);
    await handle.pause();
    await handle.approve();
    await expect(handle.approve()).rejects.toThrow('The objective does not wait for approval.');
    await handle.cancel();
  });

  async function waiting(): Promise<string> {
    const id = newId('answered');
    await start(id, { plan, approveAboveUsd: 0 });
    await until(waits(id));
    return id;
  }
});
