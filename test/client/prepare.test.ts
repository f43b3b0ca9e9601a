/** What a caller says, laid over each other: the command line over the plan, the plan over the policy, the policy over the defaults. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { prepareObjective, type StartOptions } from '../../src/client/prepare.ts';
import { openStore } from '../../src/store/store.ts';
import { loadTiers } from '../../src/tiers.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { temporaryFolder } from '../support/folders.ts';

const store = openStore(temporaryFolder('flotilla-store'));
afterAll(() => store.close());
const workspace = temporaryFolder();
const subtasks = [{ id: 'triage', kind: 'triage', title: 'Triage' }];

const prepared = (options: StartOptions) =>
  prepareObjective({ objective: 'Find it.', workspace, ...options }, store, loadTiers(loadCatalogue()), false);

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
    await expect(prepared({ slots: 65 })).rejects.toThrow(/limits.*slots/);
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

test('the ladder of a kind is replaced whole, the others stay', async () => {
  const { ladders } = await prepared({ policy: { ladders: { triage: [{ tier: 'manager', tries: 1 }] } } });
  expect(ladders).toMatchObject({
    triage: [{ tier: 'manager', tries: 1 }],
    investigate: [{ tier: 'mini', tries: 2 }, {}],
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
