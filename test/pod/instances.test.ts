/** `flotilla instance` without any model: changes of a tiny library, put to its tests in pods. */
import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { temporaryFolder } from '../support/folders.ts';
import { fixtureInstances } from '../support/instances.ts';
import { describePods, podsFolder } from '../support/pods.ts';
import { Product } from '../support/product.ts';

const product = new Product(temporaryFolder(), { FLOTILLA_PODS: podsFolder });
const fixture = fixtureInstances();

interface Run {
  verdict: string;
  reason: string | null;
  failToPass: Record<string, string[]>;
}

async function run(instance: string, ...flags: string[]): Promise<{ exitCode: number; run: Run }> {
  const { exitCode, stdout, stderr } = await product.cli('instance', 'run', instance, ...flags, '--json');
  expect(stderr).toBe('');
  return { exitCode, run: JSON.parse(stdout) as Run };
}

const GOOD = 'export const total = (prices) => prices.reduce((sum, price) => sum + price, 0);\n';

describePods('an instance', () => {
  test('is not solved without a change, and solved by its oracle', async () => {
    expect(await run(fixture.instance(), '--null')).toMatchObject({
      exitCode: 0,
      run: { verdict: 'not-resolved', failToPass: { passed: [], failed: ['adds'] } },
    });
    expect(await run(fixture.instance({ repo: fixture.mirror }), '--oracle', fixture.patch())).toMatchObject({
      exitCode: 0,
      run: { verdict: 'resolved', failToPass: { passed: ['adds'], failed: [] } },
    });
    expect(readdirSync(podsFolder).filter((name) => name.startsWith('instance-'))).toEqual([]);
  });

  test.each([
    ['solves it in part', 'export const total = () => 0;\n', { failed: ['adds'] }],
    ['can not be loaded', 'export const total = (\n', { notRun: ['adds'] }],
    ['ends the tests as if all were well', `${GOOD}process.exit(0);\n`, { notRun: ['adds'] }],
  ])('is not solved by a change that %s', async (_, content, failToPass) => {
    const ran = await run(fixture.instance(), '--oracle', fixture.patch(content));
    expect(ran).toMatchObject({ exitCode: 1, run: { verdict: 'not-resolved', reason: null, failToPass } });
  });

  test.each([
    ['setup-failed', { setup: 'echo no; exit 3' }],
    ['command-not-found', { test: 'no-such-runner' }],
    ['no-results', { test: 'true' }],
  ])('whose environment fails is told as %s, with any change', async (reason, change) => {
    for (const flags of [['--null'], ['--oracle', fixture.patch()]])
      expect(await run(fixture.instance(change), ...flags)).toMatchObject({
        exitCode: 1,
        run: { verdict: 'environment-failure', reason },
      });
  });

  test('has a setup before its tests, which have no network', async () => {
    const probe = `test('reaches nobody', async () => assert.rejects(fetch('http://192.0.2.1')));`;
    const content = `import assert from 'node:assert';\nimport { existsSync } from 'node:fs';\nimport { test } from 'node:test';\ntest('adds', () => assert(existsSync('node_modules/made')));\n${probe}\n`;
    const instance = fixture.instance({
      setup: 'mkdir -p node_modules && touch node_modules/made',
      testFiles: { 'test/cart.test.js': { content } },
      passToPass: ['reaches nobody'],
    });
    expect(await run(instance, '--oracle', fixture.patch())).toMatchObject({
      exitCode: 0,
      run: { verdict: 'resolved' },
    });
  });
});

describePods('the setup of an instance', () => {
  const writes = (path: string, text: string): string => `mkdir -p "$(dirname ${path})" && echo "${text}" > ${path}`;

  test('adds to the files of the state, and changes none of them', async () => {
    const passing = "require('node:test').test('adds', () => 1)";
    const setup = [
      ...['rm -r test cart.js', writes('test/cart.test.js', passing), writes('cart.js', 'export const total = 3')],
      ...[writes('node_modules/made', 'made'), writes('settings.json', '{}'), writes('bin/made', ''), 'ln -s bin link'],
    ].join(' && ');
    const instance = fixture.instance({
      ...{ setup, passToPass: [], failToPass: ['adds'] },
      test: 'ls node_modules/made settings.json bin/made bin/run.sh link/run.sh && node --test --test-reporter=spec',
    });
    expect(await run(instance, '--null')).toMatchObject({ exitCode: 0, run: { failToPass: { failed: ['adds'] } } });
    expect(await run(instance, '--oracle', fixture.patch())).toMatchObject({ run: { verdict: 'resolved' } });
  });
});

describePods('validating an instance', () => {
  test('takes one that is not solved without a change, and solved with it', async () => {
    const { exitCode, stdout } = await product.cli(
      ...['instance', 'validate', fixture.instance({ oracle: fixture.patch() }), '--json'],
    );
    const shape = JSON.parse((await product.cli('schema', 'instance-validation')).stdout) as never;
    expect(z.fromJSONSchema(shape).parse(JSON.parse(stdout))).toMatchObject({
      ...{ isValid: true, problems: [] },
      ...{ null: { verdict: 'not-resolved' }, oracle: { verdict: 'resolved' } },
    });
    expect(exitCode).toBe(0);
  });

  test.each([
    [{ failToPass: ['adds', 'nothing is free'], passToPass: [] }, '"nothing is free" is in failToPass and passes'],
    [{ passToPass: ['gone'] }, '"gone" is in passToPass and does not pass'],
    [{ setup: 'exit 3' }, "The base can't be judged: The setup failed."],
  ])('refuses one with %j', async (change, problem) => {
    const { exitCode, stdout } = await product.cli(
      ...['instance', 'validate', fixture.instance(change), '--oracle', fixture.patch()],
    );
    expect(stdout).toContain(problem);
    expect(exitCode).toBe(1);
  });
});

test.each([
  [{ failToPass: [] }, [], 'failToPass: An instance without a test that has to pass can not be judged.'],
  [{ repo: 'nowhere' }, [], 'is not a git repository'],
  [{ testFiles: { 'a.js': { commit: 'f00df00d' } } }, [], 'has no commit f00df00d'],
  [{}, ['--null'], 'Either --null or --oracle'],
])('an instance with %j and flags %j is wrong usage', async (change, flags, message) => {
  const args = [...flags, '--oracle', fixture.patch()];
  const { exitCode, stderr } = await product.cli('instance', 'run', fixture.instance(change), ...args);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
