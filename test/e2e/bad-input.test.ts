/** What callers get wrong is told before anything is started: what, where, and what would help. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { InputInvalid } from '../../src/located-yaml.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { FIXTURE_FILES, fixtureRepository } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';

const product = productForSuite();

const subtask = (id: string, change: Record<string, unknown> = {}) => ({
  id,
  kind: 'investigate',
  title: `Subtask ${id}`,
  instructions: 'Look.',
  ...change,
});

/** JSON, a line per field: the first subtask stands on line 3. */
const planText = (...subtasks: unknown[]): string => JSON.stringify({ subtasks }, null, 1);

async function expectNothingStarted(): Promise<void> {
  expect(await product.flotilla.list()).toEqual([]);
  expect(product.standIn.log.creates).toEqual([]);
}

async function expectUsageError(args: string[], ...messages: (string | RegExp)[]): Promise<void> {
  const { exitCode, stdout, stderr } = await product.cli('run', ...args);
  expect([exitCode, stdout]).toEqual([2, '']);
  for (const message of messages) expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/defect|^\s+at /m);
  await expectNothingStarted();
}

const MANY = Array.from({ length: 10_000 }, (_, index) => subtask(`s${index}`));

const PLANS: [string, unknown[], RegExp[]][] = [
  [
    'an unknown kind',
    [subtask('a'), subtask('b', { kind: 'dance' })],
    [/kind/, /'investigate' \| 'check' \| 'triage'/],
  ],
  ['a circle', [subtask('a', { dependsOn: ['b'] }), subtask('b', { dependsOn: ['a'] })], [/circle: a → b → a/]],
  ['a missing dependency', [subtask('a', { dependsOn: ['gone'] })], [/"a" needs "gone", which the plan does not/]],
  ['an id that comes twice', [subtask('same'), subtask('same')], [/called "same"; ids are unique/]],
  ['ten thousand subtasks', MANY, [/10000 subtasks; at most 100 are allowed \(limits\.maxSubtasks\)/]],
  ['a check that nobody named', [{ id: 'a', kind: 'check', title: 'A', check: 'lint' }], [/"lint"/]],
];

describe('a plan with', () => {
  test.each(PLANS)('%s is refused, by the command line with the line', async (_, subtasks, messages) => {
    const file = join(folderWith({ 'plan.json': planText(...subtasks) }), 'plan.json');
    const where = ['-w', fixtureRepository()];
    await expectUsageError(['Do it.', ...where, '-p', file], file, /^ {2}line \d+: /m, ...messages);

    const refused = product.flotilla.start({ objective: 'Do it.', workspace: fixtureRepository(), plan: { subtasks } });
    await expect(refused).rejects.toBeInstanceOf(InputInvalid);
    for (const message of messages) await expect(refused).rejects.toThrow(message);
    await expectNothingStarted();
  });
});

describe('a plan file', () => {
  test('with a syntax error is refused with line and column', async () => {
    const file = join(
      folderWith({ 'plan.yaml': 'subtasks:\n  - id: a\n    kind: [triage\n    title: A\n' }),
      'plan.yaml',
    );
    await expectUsageError(['Do it.', '-p', file], file, 'not valid YAML or JSON', /line 4, column 5/);
  });

  test('that can’t be read is refused by name', async () => {
    const absent = join(temporaryFolder(), 'absent.yaml');
    await expectUsageError(['Do it.', '-p', absent], absent, /can't be read.*no such file/);
    const folder = temporaryFolder();
    await expectUsageError(['Do it.', '-p', folder], folder, /can't be read.*directory/);
  });
});

describe('an objective', () => {
  test.each([[''], [' \n\t ']])('that says nothing (%j) is refused with an example', async (text) => {
    await expectUsageError([text, '-w', fixtureRepository()], 'The objective is empty', 'flotilla run "');
    await expect(product.flotilla.start({ objective: text })).rejects.toThrow('The objective is empty');
    await expectNothingStarted();
  });

  test('over a workspace that is not there, or is a file, is refused by its path', async () => {
    const folder = folderWith(FIXTURE_FILES);
    const cases: [string, string][] = [
      [join(folder, 'absent'), 'does not exist'],
      [join(folder, 'README.md'), 'is not a directory'],
    ];
    for (const [workspace, problem] of cases) {
      await expectUsageError(['Do it.', '-w', workspace], workspace, problem);
      await expect(product.flotilla.start({ objective: 'Do it.', workspace })).rejects.toThrow(problem);
    }
    await expectNothingStarted();
  });

  test('with an amount, a number or an id that can’t be is refused by the flag', async () => {
    await expectUsageError(['Do it.', '--budget', '0'], '--budget', 'above 0');
    await expectUsageError(['Do it.', '--slots', '257'], '--slots', '1 to 256');
    await expectUsageError(['Do it.', '--id', 'Not An Id'], 'The id is not valid', 'lower-case');
  });
});
