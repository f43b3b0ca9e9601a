/** Plan and policy files, YAML and JSON: what is right is read, and every problem is told with the line it stands on. */
import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { readPlanFile, readPolicyFile } from '../../src/client/plan-file.ts';
import { InputInvalid } from '../../src/located-yaml.ts';
import { parsePlan } from '../../src/contracts/parse-plan.ts';
import { planRules } from '../support/builders.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';

const written = (text: string | Buffer, name = 'plan.yaml'): string => join(folderWith({ [name]: text }), name);

/** The message about a file that can't be used, without its place on this disk. */
function said(text: string | Buffer, name = 'plan.yaml', read: (file: string) => unknown = readPlanFile) {
  const file = written(text, name);
  try {
    read(file);
  } catch (error) {
    expect(error).toBeInstanceOf(InputInvalid);
    return (error as Error).message.replaceAll(file, name);
  }
  throw new Error('The file was taken.');
}

const YAML = `# what a team runs each night
objective: Find what is risky.
limits:
  slots: 4
checks:
  tests: { command: [npm, test] }
subtasks:
  - id: errors
    kind: investigate
    title: Errors
    instructions: Look for them.
  - { id: tests, kind: check, title: Tests, check: tests }
  - id: triage
    kind: triage
    title: Triage
    dependsOn: [errors]
`;

const READ = {
  objective: 'Find what is risky.',
  limits: { slots: 4 },
  checks: { tests: { command: ['npm', 'test'], timeoutSeconds: 600 } },
  ladders: {},
  caps: {},
  ...{ setup: null, allowHosts: [], protects: [] },
  subtasks: [
    {
      id: 'errors',
      kind: 'investigate',
      title: 'Errors',
      instructions: 'Look for them.',
      paths: [],
      dependsOn: [],
      weight: 1,
    },
    { id: 'tests', kind: 'check', title: 'Tests', check: 'tests', dependsOn: [], weight: 1 },
    { id: 'triage', kind: 'triage', title: 'Triage', instructions: '', dependsOn: ['errors'], weight: 1 },
  ],
};

describe('a plan file that is right', () => {
  test('is read from YAML, with what it leaves out', () => {
    expect(readPlanFile(written(YAML)).value).toEqual(READ);
  });

  test('is the same from JSON, whatever its name ends with', () => {
    for (const name of ['plan.json', 'plan.txt']) {
      expect(readPlanFile(written(JSON.stringify(READ), name)).value).toEqual(READ);
    }
  });

  test('may use anchors, for what several subtasks share', () => {
    const text = 'subtasks:\n  - { id: a, kind: triage, title: &t Same }\n  - { id: b, kind: triage, title: *t }\n';
    expect(readPlanFile(written(text)).value.subtasks.map(({ title }) => title)).toEqual(['Same', 'Same']);
  });
});

describe('a problem is told with its line', () => {
  const subtasks = (...lines: string[]): string => ['# a plan', 'subtasks:', ...lines, ''].join('\n');

  test.each([
    ['an unknown kind', ['  - id: a', '    kind: guess', '    title: A'], 'line 4: subtasks[0].kind: '],
    ['an id with capitals', ['  - id: Errors', '    kind: triage', '    title: A'], 'line 3: subtasks[0].id: '],
    [
      'an unknown key',
      ['  - id: a', '    kind: triage', '    title: A', '    colour: red'],
      'line 6: subtasks[0].colour: Unrecognized key: "colour"',
    ],
    [
      'what is missing, at what it is missing from',
      ['  - id: a', '    kind: triage', '  - id: b'],
      'line 3: subtasks[0].title: ',
    ],
    ['a list where a text belongs', ['  - id: a', '    kind: triage', '    title: [A]'], 'line 5: subtasks[0].title: '],
    [
      'what begins on the next line, at its name',
      ['  - id: a', '    kind: triage', '    title:', '      - A'],
      'line 5: subtasks[0].title: ',
    ],
    [
      'a weight below nothing',
      ['  - id: a', '    title: A', '    kind: triage', '    weight: -1'],
      'line 6: subtasks[0].weight: ',
    ],
    [
      'an entry deep inside',
      ['  - id: a', '    kind: triage', '    title: A', '    dependsOn:', '      - b', '      - C D'],
      'line 8: subtasks[0].dependsOn[1]: ',
    ],
  ])('%s', async (_, lines, problem) => {
    expect(said(subtasks(...lines))).toContain(`  ${problem}`);
  });

  test('in JSON as in YAML', () => {
    const json = JSON.stringify({ limits: { slots: 0 }, subtasks: [{ id: 'a', kind: 'nothing' }] }, null, 2);
    const message = said(json, 'plan.json');
    expect(message).toMatch(/^The plan file plan\.json is not valid:/);
    expect(message).toMatch(/^ {2}line 3: limits\.slots: /m);
    expect(message).toMatch(/^ {2}line 8: subtasks\[0\]\.kind: /m);
  });

  test('of the graph as well as of the form', () => {
    const { value, describe: told } = readPlanFile(
      written(YAML.replace('[errors]', '[nothing]').replace('check: tests', 'check: lint')),
    );
    const { problems = [] } = parsePlan({ subtasks: value.subtasks }, planRules({ checks: ['tests'] }));
    expect(told(problems)).toMatch(/^ {2}line 16: subtasks\[2\]\.dependsOn\[0\]: .*"nothing"/m);
    expect(told(problems)).toMatch(/^ {2}line 12: subtasks\[1\]\.check: .*"lint".*\(known are: tests\)/m);
  });

  test.each([
    [
      'YAML',
      subtasks(
        ...['  - id: a', '    kind: triage', '    title: A', '    dependsOn:', '      - b', '      - c'],
        ...['  - { id: b, kind: triage, title: B }', '  - { id: c, kind: triage, title: C, dependsOn: [', '      a] }'],
      ),
      8,
    ],
    [
      'JSON',
      JSON.stringify(
        {
          subtasks: [
            { id: 'a', kind: 'triage', title: 'A', dependsOn: ['b', 'c'] },
            { id: 'b', kind: 'triage', title: 'B' },
            { id: 'c', kind: 'triage', title: 'C', dependsOn: ['a'] },
          ],
        },
        null,
        2,
      ),
      9,
    ],
  ])('of a circle is that of the dependency which begins it, in %s', (_, text, line) => {
    const { value, describe: told } = readPlanFile(written(text));
    const { problems = [] } = parsePlan({ subtasks: value.subtasks }, planRules());
    expect(told(problems)).toMatch(
      new RegExp(`^ {2}line ${line}: subtasks\\[0\\]\\.dependsOn\\[1\\]: .*circle: a → c → a`, 'm'),
    );
  });

  test('of a policy file, too', () => {
    const message = said(
      'budgetUsd: 5\nladders:\n  triage:\n    - { tier: huge, tries: 1 }\n',
      'policy.yaml',
      readPolicyFile,
    );
    expect(message).toMatch(/^The policy file policy\.yaml is not valid:\n {2}line 4: ladders\.triage\[0\]\.tier: /);
  });
});

describe('many problems', () => {
  const wrong = (count: number): string =>
    JSON.stringify(
      { subtasks: Array.from({ length: count }, (_, index) => ({ id: `s${index}`, kind: 'x' })) },
      null,
      1,
    );

  test('are told all at once, in the order of the file', () => {
    const lines = [...said(wrong(5)).matchAll(/line (\d+): /g)].map(([, line]) => Number(line));
    expect(lines).toHaveLength(5);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  test('beyond thirty are counted', () => {
    const message = said(wrong(100));
    expect(message.split('\n')).toHaveLength(32);
    expect(message).toMatch(/… and 70 more$/);
  });
});

describe('a file that can’t be read', () => {
  test('as it is not there says so', () => {
    const file = join(temporaryFolder(), 'nowhere.yaml');
    expect(() => readPlanFile(file)).toThrow(`The plan file ${file} can't be read: ENOENT`);
    expect(() => readPlanFile(file)).toThrow(InputInvalid);
  });

  test.each([
    ['that breaks off', '{"subtasks": [', /is not valid YAML or JSON:\n.*line 1/],
    ['with a key twice', 'objective: a\nobjective: b\nsubtasks: []\n', /Map keys must be unique at line 2/],
    ['with a tab as indentation', 'subtasks:\n\t- id: a\n', /line 2/],
    ['that is empty', '', /is not valid:\n.*expected object/],
    ['that is a list', '- a\n- b\n', /is not valid:\n {2}line 1: .*expected object/],
    ['of bytes', Buffer.from([0, 255, 254, 1]), /is not valid/],
    ['with an alias to nothing', 'subtasks: *missing\n', /is not valid/],
  ])('%s says what is wrong', async (_, text, message) => {
    expect(said(text)).toMatch(message);
  });

  test('whose aliases would fill the memory is refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`,
    );
    expect(said(['l0: &l0 [x]', ...levels, 'subtasks: *l12', ''].join('\n'))).toMatch(/is not valid/);
  });
});
