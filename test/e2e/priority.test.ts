/**
 * A backlog of one objective and another objective behind it: who is served is seen at the stand-in, where calls of the backlog are held and
 * let go one at a time. One partition to a Task Queue: the order is that of a partition.
 */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, type WorkflowClient } from '@temporalio/client';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import { subtaskWorkflowId } from '../../src/contracts/addresses.ts';
import type { Priority } from '../../src/contracts/priority.ts';
import { addressesOf, newId } from '../support/calls.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { jsonlFile, LABELS, labelledRows } from '../support/items.ts';
import { Product } from '../support/product.ts';
import { fixtureRepository } from '../support/repository.ts';
import { startTemporalServer, withConnection } from '../support/temporal-server.ts';
import { Turnstile } from '../support/turnstile.ts';
import { until } from '../support/until.ts';

const SLOTS = 6;
const SETTINGS = [
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // As the product's own server has them: without, a task waits 50 ms for the next look.
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
];
let address = '';
let product: Product;

beforeAll(async () => {
  const settings = SETTINGS.flatMap((setting) => ['--dynamic-config-value', setting]);
  ({ address } = await startTemporalServer(settings));
  process.env['TEMPORAL_ADDRESS'] = address;
  product = new Product(temporaryFolder('flotilla-home'), { FLOTILLA_SLOTS: String(SLOTS) });
  await product.start(['--server', 'none']);
});
afterAll(() => product.stop());

const held: { handle: ObjectiveHandle; turnstile: Turnstile }[] = [];
afterEach(async () => {
  for (const { handle, turnstile } of held.splice(0)) {
    await handle.cancel();
    turnstile.open();
    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
  }
});

const withWorkflows = <T>(ask: (workflow: WorkflowClient) => Promise<T>): Promise<T> =>
  withConnection(address, (connection) => ask(new Client({ connection }).workflow));

/** Of `temporal.api.enums.v1.PendingActivityState` (github.com/temporalio/api). */
const SCHEDULED = 1;
const STARTED = 2;

/** How many of these Workflows have an Activity in this state. */
const countWith = (state: number, workflowIds: string[]): Promise<number> =>
  withWorkflows(async (workflow) => {
    const found = await Promise.all(
      workflowIds.map((id) =>
        workflow
          .getHandle(id)
          .describe()
          .catch(() => null),
      ),
    );
    return found.filter((one) => one?.raw.pendingActivities?.some((activity) => Number(activity.state) === state))
      .length;
  });

const has = async (state: number, workflowId: string): Promise<boolean> => (await countWith(state, [workflowId])) > 0;

/** Of every Activity that a Workflow has started: `key objective`. */
const keysOf = (workflowId: string): Promise<Set<string>> =>
  withWorkflows(async (workflow) => {
    const { events } = await workflow.getHandle(workflowId).fetchHistory();
    const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    return new Set(scheduled.map(({ priority }) => `${priority?.priorityKey} ${priority?.fairnessKey}`));
  });

/** Starts it, and holds its calls; resolves when they have taken all places. */
async function startHeld(id: string, priority: Priority, subtasks: unknown[]): Promise<Turnstile> {
  const turnstile = new Turnstile();
  product.script = ({ callKey }) => (callKey.startsWith(`${id}/`) ? turnstile.hold() : null);
  const handle = await start(id, priority, subtasks);
  held.push({ handle, turnstile });
  await until(() => turnstile.held === SLOTS);
  return turnstile;
}

/** Lets one go each time that all places are taken by held calls and `isNext`, until `isOver`. Resolves to how many. */
async function letGoUntil(isOver: () => boolean, turnstile: Turnstile, isNext: () => Promise<boolean>) {
  for (let gone = 0; ; gone += 1) {
    await until(async () => isOver() || (turnstile.held === SLOTS && (await isNext())));
    if (isOver()) return gone;
    turnstile.letOneGo();
  }
}

const start = (id: string, priority: Priority, subtasks: unknown[]): Promise<ObjectiveHandle> =>
  product.flotilla.start({
    ...{ id, objective: 'Find what is left to do.', isWithoutAnswer: true, priority },
    workspace: fixtureRepository(),
    plan: { subtasks, limits: { slots: 100 } },
  });

const investigation = (id: string) => ({
  ...{ id, kind: 'investigate', title: id, instructions: 'Search for `TODO`, read what matches, and report it.' },
});

const mapOver = (count: number) => ({
  ...{ id: 'map', kind: 'map', title: 'Sort', reuse: false },
  operation: { name: 'classify', labels: LABELS.map((name) => ({ name })) },
  input: { path: jsonlFile(labelledRows(count)) },
});

/** Says whether it has. */
function hasEnded(handle: ObjectiveHandle): () => boolean {
  let isOver = false;
  void handle.result().finally(() => (isOver = true));
  return () => isOver;
}

describe('behind a backlog of subagents', () => {
  test.each<Priority>(['background', 'interactive'])(
    'of an objective that is %s, an interactive one waits for a slot or two at each step, whatever else waits',
    async (priority) => {
      const id = newId(priority);
      const parts = Array.from({ length: 40 }, (_, n) => `part-${n}`);
      const turnstile = await startHeld(id, priority, parts.map(investigation));
      const children = parts.map((part) => subtaskWorkflowId(id, part, 1));
      await until(async () => (await countWith(SCHEDULED, children)) === 40 - SLOTS);

      const urgent = await start(newId('urgent'), 'interactive', [investigation('only')]);
      const only = subtaskWorkflowId(urgent.id, 'only', 1);
      const gone = await letGoUntil(hasEnded(urgent), turnstile, () => has(SCHEDULED, only));
      expect(await urgent.result()).toMatchObject({ status: 'completed' });
      // Its turns, and its end.
      const steps = addressesOf(product, urgent.id).length + 1;
      expect(gone).toBeLessThanOrEqual(2 * steps);
      expect(await countWith(SCHEDULED, children)).toBeGreaterThan(20);

      const keys = new Set([`${priority === 'background' ? 4 : 2} ${id}`]);
      expect(await keysOf(id)).toEqual(keys);
      expect(await keysOf(children[0] ?? '')).toEqual(keys);
    },
  );
});

describe('behind a map of thousands', () => {
  test.each<[Priority, number, string]>([
    ['background', 45, 'one in ten'],
    ['interactive', 135, 'every other one'],
  ])('that is %s, the calls of a small one are made among fewer than %i of it, %s', async (priority, fewer) => {
    const id = newId('huge');
    const turnstile = await startHeld(id, priority, [mapOver(4000)]);
    const small = await start(newId('small'), 'interactive', [mapOver(90)]);
    const ofSmall = subtaskWorkflowId(small.id, 'map', 1);
    await until(() => has(STARTED, ofSmall));
    // Between two of its steps nothing of it waits: the server would have to choose among the others.
    const isThere = async () => (await has(SCHEDULED, ofSmall)) || (await has(STARTED, ofSmall));
    await letGoUntil(hasEnded(small), turnstile, isThere);
    expect(await small.result()).toMatchObject({ status: 'completed' });

    const order = product.standIn.log.creates.map(({ callKey }) => callKey.split('/')[0]);
    const [first, last] = [order.indexOf(small.id), order.lastIndexOf(small.id)];
    const ofHuge = (from: number, to: number) => order.slice(from, to).filter((one) => one === id).length;
    expect(addressesOf(product, small.id)).toHaveLength(90);
    // Some 400 came before.
    expect(ofHuge(0, first)).toBeLessThan(200);
    expect(ofHuge(first, last)).toBeLessThan(fewer);

    const [single, shard] = priority === 'background' ? [4, 5] : [2, 3];
    expect(await keysOf(subtaskWorkflowId(id, 'map', 1))).toEqual(new Set([`${single} ${id}`, `${shard} ${id}`]));
    expect(await keysOf(ofSmall)).toEqual(new Set([`2 ${small.id}`, `3 ${small.id}`]));
  });
});

test('an objective that `run --background` started is one that nobody waits for, and so is all that it starts', async () => {
  product.script = () => null;
  const id = newId('left-to-itself');
  const plan = join(folderWith({ 'plan.json': JSON.stringify({ subtasks: [investigation('only')] }) }), 'plan.json');
  const options = ['-w', fixtureRepository(), '--id', id, '--background'];
  expect(await product.cli('run', 'Find what is left to do.', '--plan', plan, ...options)).toMatchObject({
    exitCode: 0,
  });
  expect(await keysOf(id)).toEqual(new Set([`4 ${id}`]));
  expect(await keysOf(subtaskWorkflowId(id, 'only', 1))).toEqual(new Set([`4 ${id}`]));
});
