/** What a plan may cost, before it costs anything: from a file with nothing running, from the manager with its call shown as spent. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { callKeyOf } from '../../src/contracts/addresses.ts';
import { type Estimate, EstimateSchema } from '../../src/contracts/estimate.ts';
import { storeFolder } from '../../src/config.ts';
import { databaseFile } from '../../src/store/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { addressesOf, newId } from '../support/calls.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { answer, intent, reply } from '../support/journal.ts';
import { Product } from '../support/product.ts';
import { fixtureRepository } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';

const product = productForSuite();

const PLAN = `
objective: Find what is left to do.
checks: { fine: { command: 'true', timeoutSeconds: 30 } }
subtasks:
  - { id: fine, kind: check, title: Fine, check: fine }
  - { id: todos, kind: investigate, title: Left to do, instructions: 'Search for \`TODO|FIXME\`.' }
  - { id: sorted, kind: triage, title: Sort them, dependsOn: [todos] }
`;

const planFile = (): string => join(folderWith({ 'plan.yaml': PLAN }), 'plan.yaml');

const estimateOf = (stdout: string): Estimate => EstimateSchema.parse(JSON.parse(stdout));

/** A home whose calls were answered by a model, as far as its books say. */
async function homeWithPast(objectives: number): Promise<string> {
  const home = temporaryFolder('flotilla-home');
  const store = openSqliteStore(databaseFile(storeFolder(home)));
  for (let made = 0; made < objectives; made += 1) {
    const objectiveId = `past-${made}`;
    const address = { objectiveId, subtaskId: 'a', attempt: 1, turn: 1, purpose: 'turn' };
    const callKey = callKeyOf(address);
    await store.ledger.openAccount({ accountId: objectiveId, parentId: null, caps: {} });
    await store.objectives.open({ objectiveId, title: '', startedAtMs: 0 });
    await store.journal.intend(intent('a', { ...address, callKey, accountId: objectiveId }));
    await store.journal.answer({ ...answer(callKey, 1, 'yes', 7000), reply: { ...reply('yes'), standIn: null } });
    await store.objectives.close({ objectiveId, status: 'completed', endedAtMs: 1, resultJson: '{}' });
  }
  await store.close();
  return home;
}

describe('the estimate of a plan file', () => {
  test('needs nothing that runs, starts nothing and makes no home', async () => {
    const alone = new Product(join(temporaryFolder(), 'never-used'), { OPENAI_API_KEY: '' });
    const { exitCode, stdout, stderr } = await alone.cli(
      ...['run', '-p', planFile(), '-w', fixtureRepository(), '--estimate', '--json'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { subtasks, manager, tiers, spentMicros, objectiveId, basedOn, costMicros } = estimateOf(stdout);
    expect(subtasks.map(({ id, kind, tier, basis }) => [id, kind, tier, basis.kind])).toEqual([
      ['fine', 'check', null, 'command'],
      ['todos', 'investigate', 'mini', 'assumption'],
      ['sorted', 'triage', 'nano', 'assumption'],
    ]);
    expect(manager.calls.map(({ purpose }) => purpose)).toEqual(['synthesis']);
    expect(tiers.map(({ tier }) => tier)).toEqual(['mini', 'manager', 'nano']);
    expect([spentMicros, objectiveId, basedOn.objectives, basedOn.files]).toEqual([0, null, 0, 5]);
    expect(costMicros.low).toBeGreaterThan(0);
    expect(existsSync(alone.home)).toBe(false);
  });

  test('spends nothing and starts nothing where a stack runs, and is a table for people', async () => {
    const before = [await product.flotilla.list(), product.standIn.log.creates.length];
    const bounds = ['--approve-above', '0.01', '--budget', '0.5'];
    const { exitCode, stdout } = await product.cli(
      ...['run', '-p', planFile(), '-w', fixtureRepository(), '--estimate', ...bounds],
    );
    expect(exitCode).toBe(0);
    const cost = String.raw`\$[\d.]+ \(\$[\d.]+ to \$[\d.]+\)`;
    expect(stdout).toMatch(/^subtask +kind +tier +cost +time +based on$/m);
    expect(stdout).toMatch(new RegExp(`^todos +investigate +mini +${cost} +.* to .*\\) +assumed$`, 'm'));
    expect(stdout).toMatch(/^fine +check +command +\$0 .*its time-out$/m);
    expect(stdout).toMatch(new RegExp(`^manager +synthesis +manager +${cost}`, 'm'));
    expect(stdout).toMatch(new RegExp(`^on mini \\(gpt-5\\.4-mini\\): ${cost}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^in all: ${cost}; .* with 8 at once$`, 'm'));
    expect(stdout).toMatch(/^Above \$0\.01: it waits for approval/m);
    expect(stdout).toMatch(/^The budget of \$0\.50 stops it/m);
    expect([await product.flotilla.list(), product.standIn.log.creates.length]).toEqual(before);
  });

  test('goes by what the home has seen, and says by how much of it', async () => {
    const estimated = async (objectives: number) => {
      const own = new Product(await homeWithPast(objectives));
      const told = await own.cli('run', '-p', planFile(), '-w', fixtureRepository(), '--estimate', '--json');
      return estimateOf(told.stdout);
    };
    const five = await estimated(5);
    expect(five.basedOn.objectives).toBe(5);
    expect(five.subtasks[1]).toMatchObject({
      basis: { kind: 'history', attempts: 5 },
      rungs: [{ tier: 'mini', costMicros: { low: 7000, likely: 7000, high: 14_000 } }, { tier: 'manager' }],
    });
    expect((await estimated(4)).subtasks[1]?.basis).toEqual({ kind: 'assumption', attempts: 4, standInAttempts: 0 });
  });

  test('does not take the stand-in’s past for a model’s', async () => {
    const handle = await product.flotilla.start({ objective: 'Find what is risky.', workspace: fixtureRepository() });
    await handle.result();
    await product.flotilla
      .start({ objective: 'Find what is risky.', workspace: fixtureRepository() })
      .then((other) => other.result());
    const told = await product.cli('run', '-p', planFile(), '-w', fixtureRepository(), '--estimate');
    expect(told.stdout).toMatch(/^todos .* assumed; 8 of the stand-in do not count$/m);
  });
});

describe('without a plan', () => {
  test('the manager plans, its call is shown as spent, and the plan is carried out without paying for it again', async () => {
    const id = newId('estimated');
    const workspace = fixtureRepository();
    const asked = [
      'run',
      'Find what is risky.',
      '-w',
      workspace,
      '--estimate',
      '--approve-above',
      '0',
      '--budget',
      '3',
      '--slots',
      '2',
      '--id',
      id,
    ];
    const { exitCode, stdout } = await product.cli(...asked);
    expect(exitCode).toBe(0);
    expect(addressesOf(product, id)).toEqual(['manager/1/0/plan']);
    expect(stdout).toMatch(/^unfinished \(investigate\): /m);
    expect(stdout).toMatch(/^manager +review, up to 2 /m);
    expect(stdout).toMatch(/^spent already: \$0\.0/m);
    expect(stdout).toContain(`Carry it out with: flotilla run --plan-of ${id}`);

    const followed = newId('followed');
    const again = await product.cli('run', '--plan-of', id, '--estimate', '--json');
    expect(estimateOf(again.stdout)).toMatchObject({
      ...{ slots: 2, budgetMicros: 3_000_000, approveAboveMicros: 0 },
      basedOn: { files: 5 },
    });
    const run = await product.cli('run', '--plan-of', id, '--id', followed, '--approve-above', '900', '--json');
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ title: 'Find what is risky.', budgetMicros: 3_000_000 });
    const calls = addressesOf(product, followed);
    expect(calls.filter((call) => call.startsWith('manager/'))).toEqual([
      'manager/1/1/review',
      'manager/1/1/synthesis',
    ]);
    expect((await product.flotilla.objective(followed).report())?.workspace.path).toBe(workspace);
  });

  test('--json prints the documented estimate, of the objective that planned', async () => {
    const id = newId('estimated');
    const { stdout } = await product.cli(
      ...['run', 'Find what is risky.', '-w', fixtureRepository(), '--estimate', '--json', '--id', id],
    );
    const shape = JSON.parse((await product.cli('schema', 'estimate')).stdout) as Parameters<
      typeof z.fromJSONSchema
    >[0];
    expect(z.fromJSONSchema(shape).parse(JSON.parse(stdout))).toMatchObject({ version: 1, objectiveId: id });
    const { spentMicros } = estimateOf(stdout);
    expect(spentMicros).toBe((await product.flotilla.objective(id).report())?.costMicros);
  });
});

describe('wrong usage', () => {
  test.each(['-1', 'NaN', '1e9', '1000000.01', '5€', 'EUR5', '$5', '2,50', ''])(
    'a threshold of %j is refused by the flag',
    async (amount) => {
      const { exitCode, stdout, stderr } = await product.cli('run', 'Do it.', `--approve-above=${amount}`);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/--approve-above .*US dollars from 0 to 1000000/);
    },
  );

  test.each(['-1', '.nan', '1e9', '5 EUR', '.inf'])(
    'a threshold of %s in a policy is refused with its line',
    async (amount) => {
      const file = join(temporaryFolder(), 'policy.yaml');
      writeFileSync(file, `limits: {}\napproveAboveUsd: ${amount}\n`);
      const { exitCode, stderr } = await product.cli('run', 'Do it.', '--policy', file);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/line 2: approveAboveUsd: /);
    },
  );

  test.each([-1, Number.NaN, 1e9])('a threshold of %p is refused by the library', async (approveAboveUsd) => {
    await expect(product.flotilla.start({ objective: 'Do it.', approveAboveUsd })).rejects.toThrow(
      /US dollars of at least 0/,
    );
  });

  test('a plan and the plan of another, an objective that is not there, or to detach from an estimate', async () => {
    const both = await product.cli('run', '-p', planFile(), '--plan-of', 'estimated-1');
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('Choose one')]);
    const absent = await product.cli('run', '--plan-of', 'nobody', '--estimate');
    expect([absent.exitCode, absent.stderr]).toEqual([2, expect.stringContaining('no objective "nobody"')]);
    const detached = await product.cli('run', 'Do it.', '--estimate', '--detach');
    expect([detached.exitCode, detached.stderr]).toEqual([2, expect.stringContaining('--detach')]);
  });
});
