/** Maps in the lane of batches, from their input to their results: through a kill, a pause, a cap and a cancellation, by the clock of the stand-in. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ItemOutcome } from '../../src/contracts/map.ts';
import type { Reaction } from '../../src/standin/reaction.ts';
import { userText } from '../../src/standin/request.ts';
import { HOUR_MS, TIMES } from '../support/batches.ts';
import { bookedCreates, breaches } from '../support/books.ts';
import { newId } from '../support/calls.ts';
import { runsOf } from '../support/history.ts';
import { jsonlFile, LABELS, labelledRows, readJsonl, type Row } from '../support/items.ts';
import { clientOf } from '../support/stand-in.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite({ standIn: { batches: TIMES } });
let ticking: NodeJS.Timeout | undefined;

beforeEach(() => {
  product.script = ({ request }) => {
    const label = /\[\[gold:(\w+)/.exec(userText(request))?.[1];
    return { kind: 'answer', utterance: { json: { label } } };
  };
});
afterEach(() => clearInterval(ticking));

/** From now on an hour passes each time that somebody asks about a batch: so many on a slow machine as on a fast one. */
function letTimePass(): void {
  const looks = () => product.standIn.log.requests.filter(({ path }) => path.startsWith('/v1/batches')).length;
  let seen = looks();
  ticking = setInterval(() => {
    if (looks() === seen) return;
    seen = looks();
    product.standIn.clock.advance(HOUR_MS);
  }, 20);
}

const start = (id: string, rows: Row[], policy: object = {}) =>
  product.flotilla.start({
    ...{ id, objective: 'Sort them.', workspace: null, isWithoutAnswer: true },
    plan: {
      ...policy,
      limits: { batchPollSeconds: 1, batchPollMostSeconds: 1, maxHistoryEvents: 200 },
      subtasks: [
        {
          ...{ id: 'map', kind: 'map', title: 'Sort', lane: 'batch', reuse: false },
          operation: { name: 'classify', labels: LABELS.map((name) => ({ name })) },
          input: { path: jsonlFile(rows), goldColumn: 'gold' },
        },
      ],
    },
  });

const batchesOf = async (id: string) => {
  const { data } = await clientOf(product.standIn.baseUrl).batches.list();
  return data.filter(({ metadata }) => metadata?.['batch_key']?.startsWith(`${id}/`));
};

const createsOf = (id: string) => product.standIn.log.creates.filter(({ callKey }) => callKey.startsWith(`${id}/`));

function expectAllSorted(id: string, rows: Row[]): void {
  const file = join(product.home, 'reports', id, 'map', 'results.jsonl');
  const lines = readJsonl<ItemOutcome & { id: string }>(file);
  expect(lines.map((line) => [line.id, 'result' in line && line.result])).toEqual(
    rows.map((row) => [row.id, { label: row.gold }]),
  );
  expect(breaches(createsOf(id), bookedCreates(product.home, id))).toEqual([]);
}

test('a worker that is killed while a batch is out pays nothing twice; all calls are those of the batch', async () => {
  const id = newId('batched');
  const rows = labelledRows(1200);
  const handle = await start(id, rows);
  await until(async () => (await batchesOf(id)).length === 1);
  product.kill('nano');
  letTimePass();
  expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 1 } });
  expectAllSorted(id, rows);
  expect(await batchesOf(id)).toMatchObject([{ status: 'completed', request_counts: { completed: 1200 } }]);
  expect(createsOf(id)).toHaveLength(1200);
  expect(createsOf(id).filter(({ line }) => line === null)).toEqual([]);
  for (const { events, largestPayloadBytes } of await runsOf(product, id))
    expect([events < 4096, largestPayloadBytes < 100_000]).toEqual([true, true]);
});

test('a map continues as new while its batch is out, and brings it home', async () => {
  const id = newId('renewed');
  const rows = labelledRows(30);
  const handle = await start(id, rows);
  const runs = async () => (await runsOf(product, id)).filter(({ workflowId }) => workflowId === `${id}/map/1`);
  await until(async () => (await runs()).length >= 2);
  letTimePass();
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  expectAllSorted(id, rows);
  expect(await batchesOf(id)).toMatchObject([{ status: 'completed', request_counts: { completed: 30 } }]);
  expect(createsOf(id).filter(({ line }) => line === null)).toEqual([]);
}, 240_000);

test('a pause sends no other batch, brings home what is out, and resume goes on', async () => {
  const id = newId('paused');
  const rows = labelledRows(30);
  const handle = await start(id, rows);
  await until(async () => (await batchesOf(id)).length === 1);
  await handle.pause();
  letTimePass();
  const isSettled = async () => (await handle.view()).account?.micros.reserved === 0;
  await until(isSettled);
  expect((await handle.progress()).status).toBe('paused');
  await handle.resume();
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  expectAllSorted(id, rows);
});

test('a cap that holds one call at a time stops the objective when it is used up, and a raise lets it go on', async () => {
  const id = newId('capped');
  const rows = labelledRows(3);
  const { script } = product;
  const details = { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } };
  // Of Nano at half its price: up to 2,500 µ$ for an answer, of which this one takes 1,875.
  const usage = { input_tokens: 100, output_tokens: 3000, total_tokens: 3100, ...details };
  product.script = async (incoming) => ({ ...(await script(incoming)), usage }) as Reaction;
  const handle = await start(id, rows, { budgetUsd: 0.003 });
  letTimePass();
  await until(async () => (await handle.view()).progress?.pause?.reason === 'BudgetExceeded');
  expect(createsOf(id)).toHaveLength(1);
  await handle.raiseBudget({ by: { micros: 1_000_000 } });
  await handle.resume();
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  expectAllSorted(id, rows);
  expect((await batchesOf(id)).map(({ request_counts: counts }) => counts?.completed)).toEqual([2, 1]);
});

test('a cancellation reaches the provider, and nothing stays reserved', async () => {
  const id = newId('cancelled');
  const handle = await start(id, labelledRows(30));
  await until(async () => (await batchesOf(id)).length === 1);
  await handle.cancel();
  await expect(handle.result()).resolves.toMatchObject({ status: 'cancelled' });
  for (const { status } of await batchesOf(id)) expect(status).toMatch(/^cancell/);
  expect((await handle.view()).account?.micros.reserved).toBe(0);
});
