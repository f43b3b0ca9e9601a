/** Plans that a model writes: what it is told of them, and what is refused. */
import { describe, expect, test } from '@jest/globals';
import { createPlanActivities } from '../../activities/planning/plan.ts';
import { Workspaces } from '../../activities/workspace/workspaces.ts';
import type { ObjectiveInput } from '../../src/contracts/objective.ts';
import type { Incoming } from '../../src/standin/reaction.ts';
import { fleet, limits } from '../support/builders.ts';
import { drafted, saysExtend } from '../support/says.ts';
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
  return { asked, input, run, activities };
}

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
