/** Objectives that began on yesterday's code go on on today's: what their histories hold is enough for every Activity that calls a model. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createPlanActivities } from '../../activities/planning/plan.ts';
import { createTakeTurn } from '../../activities/subagent/take-turn.ts';
import { freeze } from '../../activities/workspace/freeze.ts';
import { Workspaces } from '../../activities/workspace/workspaces.ts';
import type { ObjectiveInput } from '../../src/contracts/objective.ts';
import type { SubagentInput } from '../../src/contracts/subagent.ts';
import type { Incoming } from '../../src/standin/reaction.ts';
import { folderWith } from '../support/folders.ts';
import { callsTool, drafted, saysExtend, saysPlan } from '../support/says.ts';
import { servicesSetup } from '../support/services.ts';

interface Started {
  workflowExecutionStartedEventAttributes: { input: { payloads: { data: string }[] } };
}

/** The input of a Workflow, as it was recorded before tiers could have a model of any provider. */
function recordedInput(name: string): unknown {
  const file = new URL(`../replay/histories/${name}.v1.json`, import.meta.url);
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: [Started] };
  const [payload] = events[0].workflowExecutionStartedEventAttributes.input.payloads;
  return JSON.parse(Buffer.from(payload?.data ?? '', 'base64').toString());
}

async function setup() {
  const asked: Incoming[] = [];
  const { services, store, run } = await servicesSetup({
    script: (incoming) => {
      asked.push(incoming);
      if (incoming.callKey.includes('review')) return saysExtend([], drafted('more'));
      return incoming.callKey.includes('plan') ? saysPlan(drafted('first')) : callsTool('list_files', { path: '.' });
    },
  });
  await store.ledger.openAccount({ accountId: 'succeeds', parentId: null, caps: {} });
  const workspaces = new Workspaces(store.blobs, services.cacheFolder);
  const { workspaceRef } = await freeze(store.blobs, folderWith({ 'a.ts': 'x' }));
  const texts = { textRef: await store.blobs.put('Find it.'), checksRef: await store.blobs.putJson({}) };
  return { asked, services, store, run, workspaces, workspaceRef, texts };
}

/** As if they were written for a provider that was not there to be named. */
const strict = expect.objectContaining({ format: expect.objectContaining({ strict: true }) as unknown }) as unknown;

describe('an input that names no provider and no capabilities', () => {
  test('is planned and reviewed on its models', async () => {
    const { asked, services, store, run, workspaces, workspaceRef, texts } = await setup();
    const plan = { subtasks: [{ id: 'a', kind: 'investigate', title: 'A', instructions: 'Look.' }] };
    const recorded = recordedInput('objective.succeeds') as ObjectiveInput;
    expect(Object.keys(recorded.tiers.mini)).toEqual(['model', 'effort', 'maxOutputTokens', 'background']);
    const input = { ...recorded, ...texts, planRef: await store.blobs.putJson(plan) };
    const { draftPlan, adoptPlan, reviewProgress } = createPlanActivities(services, workspaces);
    expect(await run(draftPlan, input, workspaceRef)).toMatchObject({ calls: 1, subtasks: [{ id: 'first' }] });
    expect(await run(adoptPlan, input)).toMatchObject({ subtasks: [{ id: 'a' }] });
    expect(await run(reviewProgress, input, 1, [])).toMatchObject({ calls: 1, subtasks: [{ id: 'more' }] });
    expect(asked.map(({ request }) => [request.model, request.text])).toEqual([
      ['gpt-5.4', strict],
      ['gpt-5.4', strict],
    ]);
  });

  test('lets its subagents take their turns', async () => {
    const { asked, services, store, run, workspaces, workspaceRef, texts } = await setup();
    const plan = {
      subtasks: [
        {
          id: 'unfinished',
          kind: 'investigate',
          title: 'A',
          instructions: 'Look.',
          paths: [],
          dependsOn: [],
          weight: 1,
        },
      ],
    };
    const { assignment } = recordedInput('subagent.finishes') as SubagentInput;
    const subtask = { ...assignment.subtask, planRef: await store.blobs.putJson(plan) };
    const { takeTurn } = createTakeTurn(services, workspaces);
    const taken = await run(takeTurn, {
      address: { objectiveId: 'succeeds', subtaskId: 'unfinished', attempt: 1, turn: 1 },
      tier: 'mini',
      profile: assignment.profile,
      site: { workspaceRef, maxToolOutputBytes: 32_768 },
      conversation: { opens: { ...assignment, ...texts, subtask } },
    });
    expect(taken.toolCalls).toMatchObject([{ name: 'list_files' }]);
    expect(asked.map(({ request }) => request.model)).toEqual(['gpt-5.4-mini']);
  });
});
