/** `flotilla.map(…)`: what it starts, and what is refused before anything is. */
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type MapOptions, mapObjective } from '../../src/client/map.ts';
import { prepareObjective, type StartOptions } from '../../src/client/prepare.ts';
import { PlanSchema } from '../../src/contracts/plan.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { readPlanFile } from '../../src/client/plan-file.ts';
import { InputInvalid } from '../../src/located-yaml.ts';
import { openStore } from '../../src/store/store.ts';
import { fleet } from '../support/builders.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';

const store = openStore(temporaryFolder('flotilla-store'));
afterAll(() => store.close());
const folder = folderWith({ 'rows.csv': 'text\nhello\n', 'src/a.ts': 'x', 'rows.json': '[]' });
const rows = join(folder, 'rows.csv');

const prepared = (options: StartOptions) => prepareObjective(options, store, fleet().tiers, false);
const LABELS = [{ name: 'a' }, { name: 'b' }];
const sorted = (change: Partial<MapOptions> = {}): MapOptions => ({
  operation: { name: 'classify', labels: LABELS },
  input: { path: rows },
  ...change,
});
const started = (change?: Partial<MapOptions>) => prepared(mapObjective(sorted(change)));

async function subtaskOf(change?: Partial<MapOptions>) {
  const { planRef } = await started(change);
  const { subtasks } = await store.blobs.getJson(planRef ?? '', PlanSchema);
  expect(subtasks).toHaveLength(1);
  return subtasks[0];
}

const refusalOf = async (change: Partial<MapOptions>): Promise<string> => {
  try {
    await started(change);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(InputInvalid);
    return (error as Error).message;
  }
};

describe('a map by itself', () => {
  test('is an objective of one subtask, which sees no files and writes no answer', async () => {
    const input = await started({ budgetUsd: 2, priority: 'background' });
    expect(input).toMatchObject({
      title: 'classify rows.csv',
      isWithoutAnswer: true,
      budgetMicros: 2_000_000,
      priority: 'background',
    });
    expect(input.objectiveId).toMatch(/^classify-rows-csv-[0-9a-f]{6}$/);
    expect(input.limits.maxReplans).toBe(0);
    const { workspaceRef = '' } = input.workspace ?? {};
    expect(await store.blobs.getJson(workspaceRef, ManifestSchema)).toMatchObject({ files: [] });
  });

  test('says what it leaves out', async () => {
    expect(await subtaskOf()).toEqual({
      ...{ id: 'map', kind: 'map', title: 'classify rows.csv', dependsOn: [], weight: 1 },
      operation: { name: 'classify', labels: LABELS, other: false },
      ...{ input: { path: rows }, pack: 1, lane: 'live', reuse: true },
    });
  });

  test('does what it is asked for', async () => {
    const calls = { threshold: 0.8, pack: 5, lane: 'batch', reuse: false, tier: 'mini' } as const;
    const input = { path: rows, format: 'csv', textColumn: 'text', idColumn: 'text', goldColumn: 'text' } as const;
    expect(await subtaskOf({ ...calls, input })).toMatchObject({ ...calls, input });
  });

  test.each(['rows.csv', 'src', 'src/**/*.ts'])('reads %s from where its caller is', async (path) => {
    const from = relative(process.cwd(), join(folder, path));
    expect(await subtaskOf({ input: { path: from } })).toMatchObject({ input: { path: join(folder, path) } });
  });

  test('with an id of its caller’s is the same input each time', async () => {
    const input = await started({ id: 'mine' });
    expect(input.objectiveId).toBe('mine');
    expect(await started({ id: 'mine' })).toEqual(input);
  });
});

describe('a map is refused, before anything starts, for', () => {
  test.each<[string, Partial<MapOptions>, string]>([
    [
      'an input that is not there',
      { input: { path: '/no/rows.csv' } },
      'input.path: There is no file or folder /no/rows.csv.',
    ],
    [
      'a glob of nothing',
      { input: { path: join(folder, '*.go') } },
      `input.path: ${folder}/*.go means no file that can be read.`,
    ],
    ['an input that is no table', { input: { path: join(folder, 'rows.json') } }, 'rows.json is one JSON document'],
    ['a folder that is to be a table', { input: { path: folder, format: 'csv' } }, 'a table (csv) is one file'],
    [
      'labels that are no choice',
      { operation: { name: 'classify', labels: [{ name: 'a' }] } },
      'operation.labels: 1 given',
    ],
    [
      'a label without a name',
      { operation: { name: 'classify', labels: [{ name: '' }] } },
      'operation.labels[0].name: ',
    ],
    ['an operation that there is not', { operation: { name: 'dance' } as never }, 'operation.name: '],
    ['a setting that there is not', { colour: 'red' } as never, 'Unrecognized key: "colour"'],
    ['a confidence in percent', { threshold: 80 }, 'threshold: '],
    ['a pack of none', { pack: 0 }, 'pack: '],
  ])('%s', async (_, change, told) => {
    expect(await refusalOf(change)).toMatch(/^The map is not valid: /);
    expect(await refusalOf(change)).toContain(told);
  });

  test('a budget of nothing', async () => {
    expect(await refusalOf({ budgetUsd: 0 })).toMatch(/^A budget is an amount in US dollars/);
  });
});

test('an input of a plan file that is not there is told with its line', async () => {
  const plan = `subtasks:
  - id: sort
    kind: map
    title: Sort
    operation: { name: classify, labels: [{ name: a }] }
    input:
      path: /no/rows.csv
`;
  const started = (text: string) => {
    const { value, describe } = readPlanFile(join(folderWith({ 'plan.yaml': text }), 'plan.yaml'));
    return prepared({ objective: 'Sort', workspace: folder, plan: value, describePlanProblems: describe });
  };
  await expect(started(plan)).rejects.toThrow(/line 5: subtasks\[0\]\.operation\.labels: 1 given/);
  const choice = plan.replace('{ name: a }', '{ name: a }, { name: b }');
  await expect(started(choice)).rejects.toThrow(/line 7: subtasks\[0\]\.input\.path: There is no file or folder/);
  await expect(started(choice.replace('/no/', ''))).resolves.toMatchObject({ title: 'Sort' });
});
