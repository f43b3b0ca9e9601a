/** What programs rely on: shapes of `--json` and exit codes. */
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Attempt } from '../../src/contracts/attempts.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { fixtureRepository } from '../support/repository.ts';
import { Product } from '../support/product.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();
const OBJECTIVE = 'Find what is risky.';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

async function json(...args: string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await product.cli(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

const documented = async (name: string): Promise<z.ZodType> =>
  z.fromJSONSchema((await json('schema', name)) as JsonSchema);

const exitCodeOf = async (...args: string[]): Promise<number> => (await product.cli(...args)).exitCode;

describe('--json', () => {
  let ran: unknown;
  beforeAll(async () => {
    ran = await json('run', OBJECTIVE, '-w', fixtureRepository(), '--id', 'shapes', '--json');
  });

  test('of run, watch and show is the one documented shape of an objective', async () => {
    const shape = await documented('objective');
    const seen = [ran, await json('watch', 'shapes', '--json'), await json('show', 'sha', '--json')];
    for (const objective of seen) {
      expect(shape.parse(objective)).toMatchObject({ objectiveId: 'shapes', status: 'completed', isStandIn: true });
    }
    expect(seen[1]).toEqual(seen[2]);
    expect(shape.safeParse({ ...(ran as object), status: 'well' }).success).toBe(false);
  });

  test('of list is the documented list', async () => {
    const lines = await json('list', '--json');
    expect((await documented('list')).parse(lines)).toContainEqual(
      expect.objectContaining({ objectiveId: 'shapes', title: OBJECTIVE, status: 'completed' }),
    );
    expect(await json('list', '--limit', '1', '--json')).toHaveLength(1);
  });

  test('of report is the documented report', async () => {
    const report = await json('report', 'shapes', '--json');
    expect((await documented('report')).parse(report)).toMatchObject({ objectiveId: 'shapes', version: 1 });
  });

  test('of attempts is the documented log, one in each line where that is asked for', async () => {
    const shape = await documented('attempts');
    const attempts = shape.parse(await json('attempts', 'shapes', '--json')) as Attempt[];
    expect(attempts.map(({ subtaskId, attempt, verdict }) => [subtaskId, attempt, verdict]).toSorted()).toEqual(
      ['dangerous', 'exits', 'silenced', 'triage', 'unfinished'].map((id) => [id, 1, 'accepted']),
    );
    const { stdout } = await product.cli('attempts', '--jsonl');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expect.arrayContaining(attempts));
    const table = await product.cli('attempts', 'shapes');
    expect(table.stdout).toMatch(/^subtask +kind +tier +try +verdict +calls +in +out +took +cost\n/);
    expect(table.stdout).toMatch(/^triage +triage +nano +1 +accepted +\d/m);
  });

  test('of doctor is the documented list of what is there', async () => {
    const findings = await json('doctor', '--json');
    expect((await documented('doctor')).parse(findings)).toContainEqual({
      name: 'worker mini',
      status: 'ok',
      detail: `mini@${product.endpoint.processes['mini']}`,
      help: '',
    });
  });

  test('of models is the documented list, with who uses what', async () => {
    const lines = (await documented('models')).parse(await json('models', '--json'));
    expect(lines).toContainEqual(expect.objectContaining({ id: 'gpt-5.4-mini', shutdown: null, tiers: ['mini'] }));
    expect(lines).toContainEqual(expect.objectContaining({ id: 'gpt-5.5', tiers: [] }));
  });

  test('of a plan alone is a plan that can be given back', async () => {
    const workspace = fixtureRepository();
    const plan = await json('run', OBJECTIVE, '-w', workspace, '--plan-only', '--json');
    expect((await documented('plan')).safeParse(plan).success).toBe(true);
    const file = `${folderWith({ 'plan.json': JSON.stringify(plan) })}/plan.json`;
    expect(await json('run', 'Mine', '-w', workspace, '--plan', file, '--json')).toMatchObject({ status: 'completed' });
  });
});

describe('flotilla schema', () => {
  test.each([
    'plan',
    'policy',
    'tiers',
    'catalogue',
    'objective',
    'report',
    'attempts',
    'estimate',
    'list',
    'models',
    'doctor',
  ])('%s is a JSON Schema', async (name) => {
    expect(await json('schema', name)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
    expect(await documented(name)).toBeInstanceOf(z.ZodType);
  });

  test('plan takes what a plan file may leave out, and refuses what it may not', async () => {
    const plan = await documented('plan');
    const subtask = { id: 'a', kind: 'investigate', title: 'Look', instructions: 'Look for `eval`.' };
    expect(plan.safeParse({ subtasks: [subtask] }).success).toBe(true);
    expect(plan.safeParse({ subtasks: [] }).success).toBe(false);
    expect(plan.safeParse({ subtasks: [{ ...subtask, kind: 'dance' }] }).success).toBe(false);
    expect(plan.safeParse({ subtasks: [subtask], budget: 1 }).success).toBe(false);
  });
});

describe('files of the user’s', () => {
  const models = {
    models: [
      {
        id: 'local-model',
        provider: 'vllm',
        prices: { input: 0, cachedInput: 0, output: 0 },
        ...{ contextTokens: 32768, maxInputTokens: 32768, maxOutputTokens: 8192 },
        ...{ efforts: ['none'], capabilities: ['tools'], source: 'ours' },
      },
    ],
  };
  const tiers = { mini: { model: 'local-model' } };
  const folder = folderWith({
    'models.json': JSON.stringify(models),
    'tiers.json': JSON.stringify(tiers),
    'broken.yaml': 'models:\n  - id: a\n',
  });
  const using = (environment: NodeJS.ProcessEnv): Product => new Product(product.home, environment);

  test('of models and tiers are what their documented shapes say, and are in force', async () => {
    expect((await documented('catalogue')).safeParse(models).success).toBe(true);
    expect((await documented('catalogue')).safeParse({ models: [{ id: 'a' }] }).success).toBe(false);
    expect((await documented('tiers')).safeParse(tiers).success).toBe(true);
    expect((await documented('tiers')).safeParse({ mini: { provider: 'openai' } }).success).toBe(false);
    const own = using({ FLOTILLA_MODELS: `${folder}/models.json`, FLOTILLA_TIERS: `${folder}/tiers.json` });
    const { stdout } = await own.cli('models', '--json');
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ id: 'local-model', tiers: ['mini'] }));
    expect((await own.cli('models')).stdout).toMatch(
      /^● local-model +vllm +0 +0 +0 +33K +none\n +used by mini; tools$/m,
    );
  });

  test('with a mistake are refused with its line', async () => {
    const { exitCode, stderr } = await using({ FLOTILLA_MODELS: `${folder}/broken.yaml` }).cli('models');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/catalogue file .*broken\.yaml is not valid:\n {2}line 2: models\[0\]\.provider: /);
  });
});

describe('the exit code', () => {
  test('is 1 for an objective that failed, however it is looked at', async () => {
    product.script = ({ callKey }) => (callKey.startsWith('fails/') ? { kind: 'refusal' } : null);
    const ran = await product.cli('run', OBJECTIVE, '-w', fixtureRepository(), '--id', 'fails', '--json');
    expect(ran.exitCode).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'failed', failure: { type: 'ModelRefused' } });
    expect(await exitCodeOf('watch', 'fails')).toBe(1);
    expect(await exitCodeOf('show', 'fails')).toBe(0);
  });

  test.each([
    ['an unknown command', ['lst'], /unknown command 'lst'[^]*Did you mean list\?/],
    ['an unknown option', ['list', '--jsn'], /unknown option '--jsn'[^]*Did you mean --json\?/],
    ['a missing argument', ['show'], /missing required argument 'id'[^]*--help/],
    ['an empty objective', ['run', ' '], /objective is empty.*flotilla run/],
    ['a wrong number', ['run', 'x', '--slots', 'many'], /a number from 1 to 256/],
    ['a wrong budget', ['run', 'x', '--budget', '-1'], /US dollars/],
    ['a workspace that is not there', ['run', 'x', '-w', '/no/such/place'], /does not exist.*--workspace/],
    ['a plan file that is not there', ['run', 'x', '-p', '/no/plan.yaml'], /plan file \/no\/plan\.yaml can't be read/],
    [
      'an unknown schema',
      ['schema', 'plans'],
      /There are: plan, policy, tiers, catalogue, instance, objective, report/,
    ],
    ['an unknown objective', ['show', 'nobody'], /no objective "nobody".*flotilla list/],
    ['no command', [], /Usage: flotilla/],
  ])('is 2 for %s, with a hint', async (_, args, hint) => {
    const { exitCode, stdout, stderr } = await product.cli(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(hint);
  });

  test('is 2 for a plan file with a mistake, told with its line', async () => {
    const folder = folderWith({ 'plan.yaml': 'subtasks:\n  - id: a\n    kind: dance\n    title: Dance\n' });
    const { exitCode, stderr } = await product.cli('run', 'x', '--plan', `${folder}/plan.yaml`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/plan\.yaml is not valid:\n {2}line 3: /);
  });

  test('is 0 for help and 4 for an objective that was cancelled', async () => {
    expect(await product.cli('run', '--help')).toMatchObject({ exitCode: 0, stderr: '' });
    product.script = ({ callKey }) => (callKey.startsWith('cancels/') ? new Promise(() => undefined) : null);
    await json('run', OBJECTIVE, '-w', fixtureRepository(), '--id', 'cancels', '--detach', '--json');
    expect(await exitCodeOf('cancel', 'cancels')).toBe(0);
    expect(await exitCodeOf('watch', 'cancels', '--json')).toBe(4);
  });

  test('is that of the command, also where nobody reads what it prints', async () => {
    const child = product.spawn(['models']);
    child.stdout?.destroy();
    let said = '';
    child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    expect([await new Promise((resolve) => child.once('close', resolve)), said]).toEqual([0, '']);
  });

  test('is 130 at Ctrl-C in run, which says how to come back, and the objective goes on', async () => {
    let release: (value: null) => void = () => undefined;
    const held = new Promise<null>((resolve) => (release = resolve));
    product.script = ({ callKey }) => (callKey.startsWith('letgo/') ? held : null);
    const child = product.spawn(['run', OBJECTIVE, '-w', fixtureRepository(), '--id', 'letgo']);
    let said = '';
    child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(() => product.standIn.log.creates.some(({ callKey }) => callKey.startsWith('letgo/')));
    await until(() => said.includes('Ctrl-C'));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(said.trimEnd().split('\n').at(-1)).toBe('Let go of letgo; it goes on. Come back with: flotilla watch letgo');
    release(null);
    expect(await json('watch', 'letgo', '--json')).toMatchObject({ status: 'completed' });
  });
});

describe('help', () => {
  const COMMANDS = ['up', 'run', 'map', 'show', 'report', 'schema'];

  test('begins with what to do first, and says what exit codes mean', async () => {
    const { stdout } = await product.cli('--help');
    expect(stdout).toMatch(/First steps:\n {2}flotilla doctor .*\n {2}flotilla up --stand-in /);
    expect(stdout).toMatch(
      /^Exit codes: 0 done, .*3 stopped by its budget or waiting for approval, .*130 let go of\.$/m,
    );
  });

  test('tells the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await product.cli('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each(COMMANDS)('of %s explains each argument, and no flag by its being off', async (command) => {
    const { exitCode, stdout } = await product.cli(command, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('(default: false)');
    const [, words = ''] = /^Usage: flotilla \w+ (?:\[options\] ?)?(.*)$/m.exec(stdout) ?? [];
    for (const word of words.split(' ').filter((each) => each !== '')) {
      expect(stdout).toMatch(new RegExp(`^ {2}${word.replace(/\W/g, '')} +\\w`, 'm'));
    }
    if (/^ {2}--json/m.test(stdout)) expect(stdout).toMatch(/flotilla schema\s+(objective|report)\)/);
  });
});

describe('an objective that has ended', () => {
  beforeAll(async () => {
    product.script = () => null;
    await json('run', OBJECTIVE, '-w', fixtureRepository(), '--id', 'past', '--json');
  });

  test.each(['pause', 'resume', 'cancel'])('has nothing to %s, and says so', async (command) => {
    expect(await product.cli(command, 'past')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Objective past has ended: completed. See: flotilla show past\n',
    });
  });

  test('can be watched, and there is nothing to let go of', async () => {
    const { exitCode, stdout } = await product.cli('watch', 'past');
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('Ctrl-C');
    expect(stdout).toContain('completed: 5 of 5 subtasks completed');
  });
});

describe('what the machine or its settings lack is told without a stack of calls:', () => {
  const told = async (environment: NodeJS.ProcessEnv, ...args: string[]) => {
    const { exitCode, stderr } = await new Product(product.home, environment).cli(...args);
    expect(stderr).not.toMatch(/defect|^\s+at /m);
    return { exitCode, stderr };
  };

  test('a namespace that the server has not', async () => {
    const environment = { TEMPORAL_ADDRESS: product.endpoint.temporalAddress ?? '', TEMPORAL_NAMESPACE: 'team' };
    const expected = {
      exitCode: 1,
      stderr:
        'The Temporal server has no namespace "team". Set TEMPORAL_NAMESPACE to one that it has, or make it: temporal operator namespace create --namespace team\n',
    };
    expect(await told(environment, 'list')).toEqual(expected);
    expect(await told(environment, 'run', OBJECTIVE, '-w', fixtureRepository(), '-d')).toEqual(expected);
    const home = { FLOTILLA_HOME: temporaryFolder('flotilla-home') };
    expect(await told({ ...environment, ...home }, 'up', '--server', 'none')).toEqual(expected);
  });

  test.each([['list'], ['up', '--stand-in', '--port', '0', '--ui-port', '0']])(
    'a home that is a file, for %s',
    async (...args) => {
      const home = `${folderWith({ home: 'x' })}/home`;
      const { exitCode, stderr } = await told({ FLOTILLA_HOME: home }, ...args);
      expect(exitCode).toBe(2);
      expect(stderr).toBe(
        `FLOTILLA_HOME can't be used: ${home}: ENOTDIR: ${home} is not a folder. Set FLOTILLA_HOME to a folder that can be written.\n`,
      );
    },
  );

  test('a store of a newer version', async () => {
    const home = temporaryFolder('flotilla-home');
    const database = new DatabaseSync(`${folderWith({ 'store/x': '' }, home)}/store/flotilla.db`);
    database.exec('PRAGMA user_version = 1000; CREATE TABLE later (x)');
    database.close();
    const { exitCode, stderr } = await told({ FLOTILLA_HOME: home }, 'up', '--port', '0', '--ui-port', '0');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/written by a newer version \(schema 1000.*\. Update flotilla/);
  });

  test('a folder for a report that can’t be made', async () => {
    product.script = () => null;
    await json('run', OBJECTIVE, '-w', fixtureRepository(), '--id', 'filed', '--json');
    const file = `${folderWith({ file: 'x' })}/file`;
    const { exitCode, stderr } = await told({}, 'report', 'filed', '--out', file);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `A file or folder can't be used: EEXIST: file already exists, mkdir '${file}'\n`,
    });
  });
});

describe('an id of the caller', () => {
  test('given again with the same input comes back to the objective; with another it is refused', async () => {
    const workspace = fixtureRepository();
    const start = (text: string) => product.cli('run', text, '-w', workspace, '--id', 'once', '--json');
    const first = await start(OBJECTIVE);
    const creates = product.standIn.log.creates.length;
    const second = await start(OBJECTIVE);
    expect(second).toEqual(first);
    const third = await start('Something else.');
    expect({ exitCode: third.exitCode, stdout: third.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(third.stderr).toMatch(/an objective "once" already, with another text, plan or setting.*--id/);
    expect(product.standIn.log.creates).toHaveLength(creates);
  });

  test('that is not one is refused with what one is', async () => {
    const { exitCode, stderr } = await product.cli('run', 'x', '--id', '../up');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/The id is not valid/);
  });
});
