/** What a caller says, laid over each other: the command line over the plan, the plan over the policy, the policy over the defaults. */
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { prepareObjective, type StartOptions } from '../../src/client/prepare.ts';
import { KINDS } from '../../src/contracts/kinds.ts';
import { InputInvalid } from '../../src/located-yaml.ts';
import { openStore } from '../../src/store/store.ts';
import { readPlanFile, readPolicyFile } from '../../src/client/plan-file.ts';
import { fleet } from '../support/builders.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';

const store = openStore(temporaryFolder('flotilla-store'));
afterAll(() => store.close());
const workspace = temporaryFolder();
const subtasks = [{ id: 'triage', kind: 'triage', title: 'Triage' }];

const prepared = (options: StartOptions, tiers = fleet().tiers) =>
  prepareObjective({ objective: 'Find it.', workspace, ...options }, store, tiers, false);

describe('limits', () => {
  test('that a plan does not name are those of the policy', async () => {
    const { limits } = await prepared({
      plan: { subtasks, limits: { slots: 3 } },
      policy: { limits: { slots: 5, maxTurns: 7 } },
    });
    expect(limits).toMatchObject({ slots: 3, maxTurns: 7, maxSubtasks: 100 });
  });

  test('of the command line win', async () => {
    expect((await prepared({ plan: { subtasks, limits: { slots: 3 } }, slots: 9 })).limits.slots).toBe(9);
  });

  test('let a given plan be extended only where someone says so', async () => {
    const replans = async (options: StartOptions) => (await prepared(options)).limits.maxReplans;
    expect(await replans({})).toBe(2);
    expect(await replans({ plan: { subtasks } })).toBe(0);
    expect(await replans({ plan: { subtasks, limits: { slots: 3 } } })).toBe(0);
    expect(await replans({ plan: { subtasks, limits: { maxReplans: 1 } } })).toBe(1);
    expect(await replans({ plan: { subtasks }, policy: { limits: { maxReplans: 4 } } })).toBe(4);
  });

  test('beyond their bounds are refused by name', async () => {
    await expect(prepared({ slots: 257 })).rejects.toThrow(/limits.*slots/);
    await expect(prepared({ policy: { limits: { maxTurns: 0 } } })).rejects.toThrow(/limits\.maxTurns/);
  });
});

test('a budget is that of the command line, else of the plan, else of the policy', async () => {
  const cap = async (options: StartOptions) => (await prepared(options)).budgetMicros;
  const [plan, policy] = [{ subtasks, budgetUsd: 2 }, { budgetUsd: 3 }];
  expect(await cap({ plan, policy, budgetUsd: 1 })).toBe(1_000_000);
  expect(await cap({ plan, policy })).toBe(2_000_000);
  expect(await cap({ policy })).toBe(3_000_000);
  expect(await cap({})).toBeNull();
});

test('a threshold for approval is that of the command line, else of the plan, else of the policy; 0 is one', async () => {
  const threshold = async (options: StartOptions) => (await prepared(options)).approveAboveMicros;
  const [plan, policy] = [{ subtasks, approveAboveUsd: 2 }, { approveAboveUsd: 3 }];
  expect(await threshold({ plan, policy, approveAboveUsd: 0 })).toBe(0);
  expect(await threshold({ plan, policy })).toBe(2_000_000);
  expect(await threshold({ policy })).toBe(3_000_000);
  expect(await prepared({})).not.toHaveProperty('approveAboveMicros');
});

test('an objective is interactive, unless its caller says otherwise or all of it is left to batches', async () => {
  const priority = async (options: StartOptions) => (await prepared(options)).priority ?? 'interactive';
  const map = (id: string, lane: 'live' | 'batch') => ({
    ...{ id, kind: 'map', title: id, lane, input: { path: 'rows.csv' } },
    operation: { name: 'score', rubric: 'How polite is it?' },
  });
  const batches = { subtasks: [map('a', 'batch'), map('b', 'batch')] };
  expect(await priority({})).toBe('interactive');
  expect(await priority({ priority: 'background' })).toBe('background');
  expect(await priority({ plan: batches })).toBe('background');
  expect(await priority({ plan: batches, priority: 'interactive' })).toBe('interactive');
  expect(await priority({ plan: { subtasks: [map('a', 'batch'), map('b', 'live')] } })).toBe('interactive');
  const misspelt = { priority: 'backgruond' as 'background' };
  await expect(prepared(misspelt)).rejects.toThrow(/^The priority is not valid: .*"interactive"\|"background"/);
});

test('the ladder of a kind is replaced whole, the others stay', async () => {
  const { ladders } = await prepared({ policy: { ladders: { triage: [{ tier: 'manager', tries: 1 }] } } });
  expect(ladders).toMatchObject({
    triage: [{ tier: 'manager', tries: 1 }],
    investigate: [{ tier: 'mini', tries: 2 }, {}],
  });
});

test('where work starts is data: what is judged by a model’s reading starts on Mini, what comes in numbers on Nano', async () => {
  const { ladders } = await prepared({});
  expect(Object.entries(ladders).map(([kind, rungs]) => [kind, rungs[0]?.tier])).toEqual([
    ['investigate', 'mini'],
    ['check', undefined],
    ['triage', 'nano'],
    ['map', 'nano'],
    ['code', 'mini'],
    ['ask', 'nano'],
  ]);
});

describe('a ladder that can’t be climbed is refused by its line', () => {
  test.each([
    [
      'without a rung',
      'ladders:\n  investigate: []\n',
      'line 2: ladders.investigate: The ladder of "investigate" needs at least one rung.',
    ],
    ['without a try', 'ladders:\n  triage:\n    - { tier: nano, tries: 0 }\n', 'line 3: ladders.triage[0].tries: '],
    [
      'with a try too many',
      'ladders:\n  triage:\n    - { tier: nano, tries: 11 }\n',
      'line 3: ladders.triage[0].tries: ',
    ],
    [
      'of a kind that is not there',
      'ladders:\n  browse:\n    - { tier: nano, tries: 1 }\n',
      'line 2: ladders.browse: Unrecognized key: "browse"',
    ],
  ])('%s', (_, text, told) => {
    const file = join(folderWith({ 'policy.yaml': text }), 'policy.yaml');
    expect(() => readPolicyFile(file)).toThrow(told);
  });

  test('but a check needs none', async () => {
    const { ladders } = await prepared({ policy: { ladders: { check: [] } } });
    expect(ladders.check).toEqual([]);
  });
});

test.each<[string, StartOptions, RegExp]>([
  ['an empty objective', { objective: '  \n ' }, /The objective is empty/],
  ['an objective of a million characters', { objective: 'x'.repeat(1_000_000) }, /has 1000000 characters/],
  ['a workspace that is not there', { workspace: '/nowhere/at/all' }, /does not exist/],
  ['a workspace that is a file', { workspace: import.meta.filename }, /is not a directory/],
  ['an id with capitals', { id: 'My Id' }, /The id is not valid/],
  ['a plan with a cycle', { plan: { subtasks: [{ ...subtasks[0], dependsOn: ['triage'] }] } }, /The plan is not valid/],
  ['a budget of nothing', { budgetUsd: 0 }, /above 0/],
])('%s is refused before anything is started', async (_, options, message) => {
  await expect(prepared(options)).rejects.toMatchObject({
    name: 'InputInvalid',
    message: expect.stringMatching(message),
  });
});

describe('a tier whose model can’t do what a kind needs is refused before anything is started', () => {
  const { tiers } = fleet();
  const nanoMute = { ...tiers, nano: { ...tiers.nano, model: 'mute-model', capabilities: [] } };
  const lack = 'the kind "investigate" needs a model with tools, and that of the tier "nano" (mute-model) lacks tools.';
  const RUNG = 'ladders:\n  investigate:\n    - { tier: mini, tries: 1 }\n    - { tier: nano, tries: 1 }\n';
  const SUBTASKS = 'subtasks:\n  - id: a\n    kind: investigate\n    title: A\n    instructions: Look.\n';
  const file = (name: string, text: string): string => join(folderWith({ [name]: text }), name);
  const planned = (text: string): StartOptions => {
    const { value, describe: describePlanProblems } = readPlanFile(file('plan.yaml', text));
    return { plan: value, describePlanProblems };
  };
  const ruled = (text: string): StartOptions => {
    const { value, describe: describePolicyProblems } = readPolicyFile(file('policy.yaml', text));
    return { policy: value, describePolicyProblems };
  };

  test.each<[string, () => StartOptions, string[]]>([
    [
      'in the ladder of a policy file',
      () => ruled(RUNG),
      ['policy.yaml', `line 4: ladders.investigate[1].tier: ${lack}`],
    ],
    [
      'in the ladder of a plan file',
      () => planned(RUNG + SUBTASKS),
      ['plan.yaml', `line 4: ladders.investigate[1].tier: ${lack}`],
    ],
    [
      'of a subtask of a plan file',
      () => planned(`${SUBTASKS}    tier: nano\n`),
      [`line 6: subtasks[0].tier: Subtask "a" can't be carried out: ${lack}`],
    ],
    [
      'in a policy of a program',
      () => ({ policy: { ladders: { investigate: [{ tier: 'nano', tries: 1 }] } } }),
      [`The policy is not valid: ladders.investigate[0].tier: ${lack}`],
    ],
    [
      'in a plan of a program',
      () => ({ plan: { subtasks: [{ id: 'a', kind: 'investigate', title: 'A', instructions: 'x', tier: 'nano' }] } }),
      [`The plan is not valid: subtasks[0].tier: Subtask "a" can't be carried out: ${lack}`],
    ],
  ])('%s', async (_, options, told) => {
    const message = await prepared(options(), nanoMute).then(String, (error: unknown) => error);
    expect(message).toBeInstanceOf(InputInvalid);
    for (const text of told) expect((message as Error).message).toContain(text);
    await expect(prepared(options())).resolves.toMatchObject({ tiers });
  });

  test('as is a screen job on Nano, whose model can’t use a computer while Mini’s can', async () => {
    const screen = jest.replaceProperty(KINDS.investigate, 'needs', ['computer']);
    const message = await prepared(ruled(RUNG)).then(String, String);
    screen.restore();
    expect(message).toMatch(
      /line 4: ladders\.investigate\[1\]\.tier: .* needs a model with computer, .*"nano" .*lacks computer\.$/,
    );
    expect(message).not.toContain('"mini"');
  });

  test('but not in a ladder that the plan replaces', async () => {
    const plan = `ladders:\n  investigate: [{ tier: mini, tries: 1 }]\n${SUBTASKS}`;
    const { ladders } = await prepared({ ...ruled(RUNG), ...planned(plan) }, nanoMute);
    expect(ladders.investigate).toEqual([{ tier: 'mini', tries: 1 }]);
  });
});

test('a plan that changes files is refused where there are none', async () => {
  const code = { id: 'mend', kind: 'code', title: 'Mend', instructions: 'Mend it.' };
  await expect(prepared({ workspace: null, plan: { subtasks: [code] } })).rejects.toThrow(
    'Subtask "mend" changes files, and there is no workspace.',
  );
  await expect(prepared({ plan: { subtasks: [code] } })).resolves.toMatchObject({ workspacePath: workspace });
});
