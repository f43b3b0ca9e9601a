/** Plans that a model writes: what it is told of them, and what is refused. */
import { describe, expect, test } from '@jest/globals';
import { createPlanActivities } from '../../activities/planning/plan.ts';
import { freeze } from '../../activities/workspace/freeze.ts';
import { Workspaces } from '../../activities/workspace/workspaces.ts';
import type { ObjectiveInput } from '../../src/contracts/objective.ts';
import { PlanSchema } from '../../src/contracts/plan.ts';
import type { Incoming, Script } from '../../src/standin/reaction.ts';
import { fleet, limits } from '../support/builders.ts';
import { Sandbox } from '../../src/pod/sandbox.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { drafted, saysExtend, saysPlan } from '../support/says.ts';
import { servicesSetup } from '../support/services.ts';

const { tiers, ladders } = fleet();
const muteMini = { ...tiers, mini: { ...tiers.mini, model: 'mute-model', capabilities: [] } };

const CALLS = ['draftPlan', 'reviewProgress'] as const;

const unsandboxed = new Sandbox({ mode: 'none', folder: '/nowhere' });

async function setup(change: Partial<ObjectiveInput>, script?: Script, sandbox = unsandboxed) {
  const asked: Incoming[] = [];
  const subtasks = [
    { id: 'look', kind: 'investigate', title: 'Look', instructions: 'Look.', paths: [], dependsOn: [], weight: 1 },
  ];
  const { services, store, run } = await servicesSetup({
    script: (incoming) => {
      asked.push(incoming);
      if (script) return script(incoming);
      if (incoming.callKey.includes('/plan')) return saysPlan(drafted('again', { kind: 'triage' }));
      return saysExtend([], drafted('again', asked.length === 1 ? {} : { kind: 'triage' }));
    },
  });
  const input: ObjectiveInput = {
    objectiveId: 'objective',
    title: 'Test',
    textRef: await store.blobs.put('Find it.'),
    workspacePath: '/nowhere',
    planRef: await store.blobs.putJson({ subtasks }),
    planOnly: false,
    checksRef: await store.blobs.putJson({}),
    tiers,
    ladders,
    limits: limits(),
    budgetMicros: null,
    hasSearchAttributes: false,
    ...change,
  };
  const activities = createPlanActivities({ ...services, sandbox }, new Workspaces(store.blobs, services.cacheFolder));
  const { workspaceRef } = await freeze(store.blobs, folderWith({ 'a.ts': 'x' }));
  return { asked, input, run, activities, store, workspaceRef };
}

/** What the model was told of kinds. */
const kindsIn = (asked: Incoming[]): string[] =>
  [...JSON.stringify(asked[0]?.request.input).matchAll(/\\n- (\w+): /g)].map(([, kind = '']) => kind);

describe('a manager', () => {
  const unit = { unit: { command: 'true', timeoutSeconds: 1 } };

  test.each<[string, Partial<ObjectiveInput>, object, string[]]>([
    ['every kind', {}, unit, ['investigate', 'check', 'triage', 'map', 'code', 'ask']],
    ['no check where no command is named', {}, {}, ['investigate', 'triage', 'map', 'code', 'ask']],
    [
      'no kind that changes files where there are none',
      { workspacePath: '' },
      {},
      ['investigate', 'triage', 'map', 'ask'],
    ],
    [
      'no kind that a tier of its ladder lacks the model for',
      { tiers: muteMini },
      unit,
      ['check', 'triage', 'map', 'ask'],
    ],
    [
      'a kind whose ladder leaves that tier out',
      { tiers: muteMini, ladders: { ...ladders, investigate: [{ tier: 'manager', tries: 1 }] } },
      {},
      ['investigate', 'triage', 'map', 'ask'],
    ],
  ])('is told of %s, before it plans and when it looks again', async (_, change, checks, kinds) => {
    for (const call of CALLS) {
      const { asked, input, run, activities, store, workspaceRef } = await setup(change);
      const checked = { ...input, checksRef: await store.blobs.putJson(checks) };
      if (call === 'draftPlan') await run(activities.draftPlan, checked, workspaceRef);
      else await run(activities.reviewProgress, checked, 1, []);
      expect([call, kindsIn(asked)]).toEqual([call, kinds]);
    }
  });
});

test('a manager is told of no kind that changes files where there can be no pods', async () => {
  const sandbox = new Sandbox({ mode: 'pod', folder: temporaryFolder(), paths: ['/no/such/toolchain'] });
  const { asked, input, run, activities, workspaceRef } = await setup({}, undefined, sandbox);
  await run(activities.draftPlan, input, workspaceRef);
  expect(kindsIn(asked)).toEqual(['investigate', 'triage', 'map', 'ask']);
});

/** A manager that says `wrong` first, and `right` once it is told why not: what is planned, and what it was told. */
async function corrected(call: (typeof CALLS)[number], wrong: object, right: object, change = {}) {
  const answers = [wrong, right];
  const { asked, input, run, activities, workspaceRef } = await setup(change, ({ callKey }) => {
    const subtask = answers.shift();
    return callKey.includes('/plan') ? saysPlan(subtask) : saysExtend([], subtask);
  });
  const planned =
    call === 'draftPlan'
      ? await run(activities.draftPlan, input, workspaceRef)
      : await run(activities.reviewProgress, input, 1, []);
  return { planned, told: JSON.stringify(asked[1]?.request.input) };
}

test.each(CALLS)(
  'a kind that changes files is sent back where there can be none, whatever the manager was told: %s',
  async (call) => {
    const code = drafted('fix', { kind: 'code' });
    const { planned, told } = await corrected(call, code, drafted('look'), { workspacePath: '' });
    expect(planned).toMatchObject({ calls: 2, subtasks: [{ id: 'look' }] });
    expect(told).toContain('changes files: there is no workspace, or no sandbox');
  },
);

test('no pod is tried for a plan of the caller’s', async () => {
  let tries = 0;
  class Counted extends Sandbox {
    override state() {
      tries += 1;
      return super.state();
    }
  }
  const sandbox = new Counted({ mode: 'pod', folder: temporaryFolder() });
  const { input, run, activities } = await setup({}, undefined, sandbox);
  await run(activities.adoptPlan, input);
  expect(tries).toBe(0);
});

describe('a plan whose kinds need what the models of their tiers lack', () => {
  test('is sent back to the model that wrote it, with the reason', async () => {
    const { asked, input, run, activities } = await setup({ tiers: muteMini });
    const review = await run(activities.reviewProgress, input, 1, []);
    expect(review).toMatchObject({ calls: 2, subtasks: [{ id: 'again', kind: 'triage' }] });
    const told = JSON.stringify(asked[1]?.request.input);
    expect(told).toMatch(/Subtask \\+"again\\+" can't be carried out: .*needs a model with tools.*mute-model/);
  });

  test('is refused where it is a caller’s', async () => {
    const { input, run, activities } = await setup({ tiers: muteMini });
    await expect(run(activities.adoptPlan, input)).rejects.toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringMatching(/mute-model\) lacks tools/) as unknown,
    });
  });

  test('stands where they have it', async () => {
    const { asked, input, run, activities } = await setup({});
    expect(await run(activities.adoptPlan, input)).toMatchObject({ subtasks: [{ id: 'look' }] });
    expect(await run(activities.reviewProgress, input, 1, [])).toMatchObject({ calls: 1, subtasks: [{ id: 'again' }] });
    expect(asked).toHaveLength(1);
  });
});

describe('a map that reads from outside of the workspace', () => {
  const map = {
    operation: 'score',
    input: '/etc/passwd',
    textColumn: null,
    question: 'x',
    labels: [],
    schemaJson: null,
  };
  const outside = drafted('outside', { kind: 'map', map });

  test.each(CALLS)('is sent back to the model that planned it: %s', async (call) => {
    const { planned, told } = await corrected(call, outside, drafted('inside'));
    expect(planned).toMatchObject({ calls: 2, subtasks: [{ id: 'inside' }] });
    expect(told).toContain('which is not in the workspace');
  });

  test('stands where it is a caller’s', async () => {
    const { input, run, activities, store } = await setup({});
    const subtask = { id: 'sort', kind: 'map', title: 'Sort', operation: { name: 'score', rubric: 'x' } };
    const plan = PlanSchema.parse({ subtasks: [{ ...subtask, input: { path: '/data/rows.csv' } }] });
    const planRef = await store.blobs.putJson(plan);
    expect(await run(activities.adoptPlan, { ...input, planRef })).toMatchObject({ subtasks: [{ id: 'sort' }] });
  });
});
