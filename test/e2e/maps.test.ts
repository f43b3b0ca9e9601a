/** Maps from their input to their results: every id once and in order, through kills, pauses, caps and the next day. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import { subtaskWorkflowId } from '../../src/contracts/addresses.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { againstBills } from '../support/bills.ts';
import { bookedCreates, breaches } from '../support/books.ts';
import { newId } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { pendingActivities, runsOf, signalsOf } from '../support/history.ts';
import { contentsOf, folderWith, temporaryFolder } from '../support/folders.ts';
import { jsonlFile, labelledRows, readJsonl, type Row } from '../support/items.ts';
import { CLASSIFY, type ResultLine, resultsOf, startMap, summaryOf } from '../support/maps.ts';
import { fixtureRepository } from '../support/repository.ts';
import { productForSuite } from '../support/suite.ts';
import { until } from '../support/until.ts';

const product = productForSuite();

const createsOf = ({ id }: ObjectiveHandle) =>
  product.standIn.log.creates.filter(({ callKey }) => callKey.startsWith(`${id}/`));

const pausedFor = (handle: ObjectiveHandle, reason: string): Promise<void> =>
  until(async () => (await handle.view()).progress?.pause?.reason === reason);

/** Every id once, in the order of the input, with the right label. */
const expectRight = (lines: ResultLine[], rows: Row[]): void =>
  expect(lines.map(({ id, result }) => [id, result])).toEqual(rows.map(({ id, gold }) => [id, { label: gold }]));

async function expectBooks(handle: ObjectiveHandle): Promise<void> {
  const [created, ledger] = [createsOf(handle), await handle.ledger()];
  expect(breaches(created, bookedCreates(product.home, handle.id))).toEqual([]);
  expect([verifyLedger(ledger), againstBills(created, ledger.creates)]).toEqual([[], []]);
  expect(ledger.accounts.filter(({ micros }) => micros.reserved !== 0)).toEqual([]);
}

describe('a map of 5,000 items, three workers and a server killed on its way', () => {
  const ITEMS = 5000;
  const ERROR_RATE = 0.1;
  const MOST_IN_FLIGHT = 100;
  const rows = labelledRows(ITEMS, ERROR_RATE);

  test('ends with every id once, pays for next to nothing twice, and errs as often as its model does', async () => {
    let answered = 0;
    const kills = [400, 1700, 3100].map((at) => at + Math.floor(Math.random() * 800));
    const serverAt = 4100 + Math.floor(Math.random() * 400);
    product.script = () => {
      answered += 1;
      if (kills.includes(answered)) product.kill('nano');
      if (answered === serverAt) product.kill('temporal');
      return null;
    };
    const handle = await startMap(product, jsonlFile(rows));
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 1 } });

    expect(resultsOf(product, handle).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    const { done, dead, agreement } = summaryOf(product, handle);
    expect([done, dead]).toEqual([ITEMS, 0]);
    const accuracy = agreement?.kind === 'labels' ? (agreement.accuracy ?? 0) : 0;
    const sigma = Math.sqrt((ERROR_RATE * (1 - ERROR_RATE)) / ITEMS);
    expect(Math.abs(accuracy - (1 - ERROR_RATE))).toBeLessThanOrEqual(3 * sigma);

    const repeated = createsOf(handle).length - ITEMS;
    expect(repeated).toBeLessThanOrEqual((kills.length + 1) * MOST_IN_FLIGHT);
    await expectBooks(handle);
    for (const { events } of await runsOf(product, handle.id)) expect(events).toBeLessThan(4096);
  }, 900_000);

  test('done the next day with 1,000 new rows pays for 1,000', async () => {
    product.script = () => null;
    const more = labelledRows(ITEMS + 1000, ERROR_RATE);
    const handle = await startMap(product, jsonlFile(more));
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(resultsOf(product, handle).map(({ id }) => id)).toEqual(more.map(({ id }) => id));
    expect(summaryOf(product, handle)).toMatchObject({ done: ITEMS + 1000, reused: ITEMS, calls: 1000 });
    expect(createsOf(handle)).toHaveLength(1000);
  });
});

describe('a map', () => {
  test('stops at its cap between two items, and goes on when it is raised', async () => {
    product.script = () => null;
    const rows = labelledRows(300).map((row) => ({ ...row, text: `${row.text} capped` }));
    const handle = await startMap(product, jsonlFile(rows), { options: { budgetUsd: 0.012 } });
    await pausedFor(handle, 'BudgetExceeded');
    const [account] = await handle.accounts();
    expect((account?.micros.settled ?? 0) + (account?.micros.inDoubt ?? 0)).toBeLessThanOrEqual(12_000);
    await handle.raiseBudget({ by: { micros: 5_000_000 } });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expectRight(resultsOf(product, handle), rows);
    expect(createsOf(handle)).toHaveLength(rows.length);
    await expectBooks(handle);
  });

  test('pauses between two items, and repeats none when it goes on', async () => {
    const rows = labelledRows(400).map((row) => ({ ...row, text: `${row.text} paused` }));
    const id = newId('paused');
    const gate = new Gate();
    let asked = 0;
    product.script = ({ callKey }) => {
      if (!callKey.startsWith(`${id}/`)) return null;
      asked += 1;
      return asked < 150 ? null : gate.hold();
    };
    const handle = await startMap(product, jsonlFile(rows), { options: { id } });
    await until(() => gate.arrived > 0);
    await handle.pause();
    await until(async () => (await signalsOf(product, subtaskWorkflowId(id, 'map', 1))).includes('pause'));
    gate.open();
    await pausedFor(handle, 'person');
    // What is under way ends; nothing new begins.
    await until(async () => (await pendingActivities(product, subtaskWorkflowId(id, 'map', 1))) === 0);
    const before = asked;
    const another = await startMap(product, jsonlFile(labelledRows(10)));
    expect(await another.result()).toMatchObject({ status: 'completed' });
    expect(asked).toBe(before);
    await handle.resume();
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expectRight(resultsOf(product, handle), rows);
    expect(createsOf(handle)).toHaveLength(rows.length);
  });

  test('tells how many items are done while it runs', async () => {
    const rows = labelledRows(400).map((row) => ({ ...row, text: `${row.text} counted` }));
    const id = newId('counted');
    const gates = [new Gate(), new Gate()];
    let asked = 0;
    product.script = ({ callKey }) => {
      if (!callKey.startsWith(`${id}/`)) return null;
      asked += 1;
      if (asked <= 50) return null;
      return gates[asked <= 200 ? 0 : 1]?.hold() ?? null;
    };
    const handle = await startMap(product, jsonlFile(rows), { options: { id } });
    const done = async () => (await handle.view()).maps['map']?.done;
    for (const [index, gate] of gates.entries()) {
      await until(async () => (await done()) === [50, 200][index]);
      gate.open();
    }
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expectRight(resultsOf(product, handle), rows);
  });

  test('that is cancelled ends so, with nothing reserved', async () => {
    const rows = labelledRows(400).map((row) => ({ ...row, text: `${row.text} cancelled` }));
    const begun = Promise.withResolvers<undefined>();
    let asked = 0;
    product.script = () => {
      asked += 1;
      if (asked === 50) begun.resolve(undefined);
      return null;
    };
    const handle = await startMap(product, jsonlFile(rows));
    await begun.promise;
    await handle.cancel();
    await until(async () => (await handle.view()).progress?.phase === 'ended');
    await expectBooks(handle);
  });

  test('of 40,000 packed items continues as new, and brings each once', async () => {
    product.script = () => null;
    const rows = labelledRows(40_000);
    const handle = await product.flotilla.start({
      ...{ objective: 'Sort many.', workspace: null, isWithoutAnswer: true },
      plan: {
        limits: { maxHistoryEvents: 200 },
        subtasks: [
          {
            ...{ id: 'map', kind: 'map', title: 'Sort', pack: 50 },
            operation: { name: 'classify', labels: ['card', 'cash', 'loan', 'fraud', 'app'].map((name) => ({ name })) },
            input: { path: jsonlFile(rows), goldColumn: 'gold' },
          },
        ],
      },
    });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expectRight(resultsOf(product, handle), rows);
    expect(createsOf(handle)).toHaveLength(800);
    const runs = (await runsOf(product, handle.id)).filter(({ workflowId }) => workflowId !== handle.id);
    expect(runs.length).toBeGreaterThan(1);
    for (const { events, text } of runs) {
      expect(events).toBeLessThan(400);
      expect(text).not.toContain('about something');
    }
  }, 900_000);

  test('that ranks puts items in order by scores, and those that are close by comparing them', async () => {
    product.script = () => null;
    // Ten in a row have the same score; only comparing tells them apart.
    const rows = Array.from({ length: 40 }, (_, index) => ({
      id: `r${index}`,
      text: `Offer ${index} [[score:${10 * Math.floor(index / 10) + 20}]] [[rank:${index}]]`,
    }));
    const file = jsonlFile(rows);
    const operation = { name: 'rank', criterion: 'the better offer', comparisons: 10 };
    const handle = await startMap(product, file, { map: { operation, input: { path: file } } });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    const lines = resultsOf(product, handle) as (ResultLine & { result: { rank: number } })[];
    expect(lines.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    const ranks = lines.map(({ result }) => result.rank);
    expect(ranks.toSorted((a, b) => a - b)).toEqual(rows.map((_, index) => index + 1));
    // By the scores alone, 180 pairs would stand in the wrong order.
    const wrong = ranks.flatMap((rank, index) => ranks.slice(index + 1).filter((later) => later > rank));
    expect(wrong.length).toBeLessThan(18);
  });

  test('whose input is wrong fails with the lines, before anything is paid', async () => {
    const file = jsonlFile([
      { id: 'a', text: 'one' },
      { id: 'a', text: 'two' },
    ]);
    const handle = await startMap(product, file, { map: { input: { path: file } } });
    expect(await handle.result()).toMatchObject({ status: 'failed' });
    const progress = await handle.progress();
    expect(progress.subtasks[0]?.failure).toMatchObject({ type: 'MapInputInvalid' });
    expect(progress.subtasks[0]?.failure?.message).toMatch(/lines? 1.*2|2.*1/s);
    expect(createsOf(handle)).toEqual([]);
  });
});

test('a review reads every line of a repository, beside an investigation of it', async () => {
  product.script = () => null;
  const handle = await product.flotilla.start({
    objective: 'Look at it twice.',
    workspace: fixtureRepository(),
    plan: {
      subtasks: [
        {
          id: 'review',
          kind: 'map',
          title: 'Review',
          operation: { name: 'review', lookFor: 'eval' },
          input: { path: '.' },
        },
        { id: 'look', kind: 'investigate', title: 'Look', instructions: 'Look for `eval`.' },
      ],
    },
  });
  expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 2 } });
  const report = await handle.report();
  expect(report?.subtasks.find(({ id }) => id === 'review')?.summary).toMatch(/^review: \d+ items/);
});

test('what a map leaves is read by a map of it, and by an agent line by line', async () => {
  product.script = () => null;
  const rows = labelledRows(60);
  const results = '.flotilla/results/sort/results.jsonl';
  const handle = await product.flotilla.start({
    ...{ objective: 'Sort, then look at what came out.', isWithoutAnswer: true },
    workspace: folderWith({ 'a.txt': 'nothing here' }),
    plan: {
      subtasks: [
        { ...{ id: 'sort', kind: 'map', title: 'Sort', operation: CLASSIFY }, input: { path: jsonlFile(rows) } },
        {
          ...{ id: 'again', kind: 'map', title: 'Again', dependsOn: ['sort'], operation: CLASSIFY },
          input: { path: results, textColumn: 'result' },
        },
        {
          ...{ id: 'look', kind: 'investigate', title: 'Look', dependsOn: ['sort'] },
          instructions: 'Find the rows that are `"label":"fraud"`.',
        },
      ],
    },
  });
  expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 3 } });
  const again = readJsonl<ResultLine>(join(product.home, 'reports', handle.id, 'again', 'results.jsonl'));
  expect(again.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  const findings = (await handle.report())?.findings ?? [];
  expect(findings.length).toBeGreaterThan(0);
  for (const { path, quote } of findings) expect([path, quote.includes('fraud')]).toEqual([results, true]);
  for (const { text } of await runsOf(product, handle.id)) expect(text).not.toContain('Request 1 about');

  const out = temporaryFolder('flotilla-out');
  const { stdout } = await product.cli('report', handle.id, '--out', out);
  expect(stdout).toContain('report.html, sort/, again/');
  for (const id of ['sort', 'again'])
    expect(contentsOf(join(out, id))).toEqual(contentsOf(join(product.home, 'reports', handle.id, id)));
});
