/** Plans that a model writes: what it is told of them, and what is refused. */
import { describe, expect, test } from '@jest/globals';
import { createPlanActivities } from '../../activities/planning/plan.ts';
import { freeze } from '../../activities/workspace/freeze.ts';
import { Workspaces } from '../../activities/workspace/workspaces.ts';
import type { ObjectiveInput } from '../../src/contracts/objective.ts';
import type { Incoming } from '../../src/standin/reaction.ts';
import { fleet, limits } from '../support/builders.ts';
import { folderWith } from '../support/folders.ts';
import { drafted, saysExtend, saysPlan } from '../support/says.ts';
import { servicesSetup } from '../support/services.ts';

const { tiers, ladders } = fleet();
const muteMini = { ...tiers, mini: { ...tiers.mini, model: 'mute-model', capabilities: [] } };

async function setup(change: Partial<ObjectiveInput>) {
  const asked: Incoming[] = [];
  const subtasks = [
    { id: 'look', kind: 'investigate', title: 'Look', instructions: 'Look.', paths: [], dependsOn: [], weight: 1 },
  ];
  const { services, store, run } = await servicesSetup({
    script: (incoming) => {
      asked.push(incoming);
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
  const activities = createPlanActivities(services, new Workspaces(store.blobs, services.cacheFolder));
  const { workspaceRef } = await freeze(store.blobs, folderWith({ 'a.ts': 'x' }));
  return { asked, input, run, activities, store, workspaceRef };
}

/** What the model was told of kinds. */
const kindsIn = (asked: Incoming[]): string[] =>
  [...JSON.stringify(asked[0]?.request.input).matchAll(/\\n- (\w+): /g)].map(([, kind = '']) => kind);

describe('a manager', () => {
  const unit = { unit: { command: 'true', timeoutSeconds: 1 } };

  test.each<[string, Partial<ObjectiveInput>, object, string[]]>([
    ['every kind', {}, unit, ['investigate', 'check', 'triage']],
    ['no check where no command is named', {}, {}, ['investigate', 'triage']],
    ['no kind that a tier of its ladder lacks the model for', { tiers: muteMini }, unit, ['check', 'triage']],
    [
      'a kind whose ladder leaves that tier out',
      { tiers: muteMini, ladders: { ...ladders, investigate: [{ tier: 'manager', tries: 1 }] } },
      {},
      ['investigate', 'triage'],
    ],
  ])('is told of %s, before it plans and when it looks again', async (_, change, checks, kinds) => {
    for (const call of ['draftPlan', 'reviewProgress'] as const) {
      const { asked, input, run, activities, store, workspaceRef } = await setup(change);
      const checked = { ...input, checksRef: await store.blobs.putJson(checks) };
      if (call === 'draftPlan') await run(activities.draftPlan, checked, workspaceRef);
      else await run(activities.reviewProgress, checked, 1, []);
      expect([call, kindsIn(asked)]).toEqual([call, kinds]);
    }
  });

  test('that has no kind to plan with is not asked: the objective fails at once, by name', async () => {
    const { asked, input, run, activities, workspaceRef } = await setup({ tiers: muteMini });
    await expect(run(activities.draftPlan, input, workspaceRef)).rejects.toMatchObject({
      type: 'NothingPlannable',
      message:
        'There is no kind of subtask to plan with: the kind "investigate" needs a model with tools, and that of the tier "mini" (mute-model) lacks tools; the kind "check" needs a command, and none is named.',
    });
    expect(asked).toEqual([]);
  });
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
