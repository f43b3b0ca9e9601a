/** `mapShard` as the nano worker runs it: every item ends once, known ones cost nothing, what a model gets wrong climbs. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { createManagerActivities, createNanoActivities } from '../../activities/index.ts';
import { jsonLines } from '../../activities/map/read-items.ts';
import type { ItemOutcome, MapSpec } from '../../src/contracts/map.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { databaseFile } from '../../src/store/store.ts';
import { sectionText, userText } from '../../src/standin/request.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { fleet, limits, subtask } from '../support/builders.ts';
import { jsonlFile, LABELS, labelledRows, type Row } from '../support/items.ts';
import { servicesSetup } from '../support/services.ts';

const CLASSIFY: MapSpec = {
  operation: { name: 'classify', labels: LABELS.map((name) => ({ name })), other: false },
  input: { path: '', goldColumn: 'gold' },
  ...{ pack: 1, lane: 'live', reuse: true },
};

/** The right answer stands in the text. */
const goldOf = (text: string): string => /\[\[gold:(\w+)/.exec(text)?.[1] ?? '';

const answer = (json: unknown): Reaction => ({ kind: 'answer', utterance: { json } });

const right = ({ request }: Incoming): Reaction => answer({ label: goldOf(userText(request)) });

async function mapOf(
  rows: Row[],
  {
    change = {},
    script = right,
    spec = CLASSIFY,
  }: {
    change?: Partial<MapSpec>;
    script?: (incoming: Incoming) => Reaction | null;
    spec?: MapSpec;
  } = {},
) {
  const setup = await servicesSetup({ script });
  const { services, store, standIn, run } = setup;
  const { tiers } = fleet();
  const map = { ...spec, ...change, input: { ...spec.input, path: jsonlFile(rows) } };
  const plan: Plan = { subtasks: [{ id: 'map', kind: 'map', title: 'Map', dependsOn: [], weight: 1, ...map }] };
  const planRef = await store.blobs.putJson(plan);
  const assignment = (objectiveId = 'objective'): Assignment => ({
    ...{ objectiveId, attempt: 1, tier: 'nano', profile: tiers.nano, tiers, limits: limits() },
    ...{ textRef: '', workspaceRef: '', previous: null, dependencies: [] },
    subtask: subtask('map', [], { kind: 'map', planRef }),
  });
  const [manager, nano] = [createManagerActivities(services), createNanoActivities(services)];
  const shard = async (objectiveId = 'objective') => {
    await store.ledger.openAccount({ accountId: objectiveId, parentId: null, caps: {} });
    const { itemsRef } = await run(manager.freezeItems, assignment(objectiveId));
    const input = { assignment: assignment(objectiveId), phase: 'items' as const, itemsRef, shard: 0 };
    const counts = await run(nano.mapShard, input);
    const done = await store.items.shard({ objectiveId, subtaskId: 'map', attempt: 1, phase: 'items' }, 0);
    const lines = (await jsonLines(store.blobs, done?.resultsRef ?? '')) as (ItemOutcome & { id: string })[];
    return { counts, lines };
  };
  /** What is known of items, as another connection sees it. */
  const onDisk = (sql: string): unknown[] => {
    const database = new DatabaseSync(databaseFile(setup.folder), { timeout: 4000 });
    const rows = database.prepare(sql).all();
    database.close();
    return rows;
  };
  return { ...setup, shard, onDisk, keys: () => standIn.log.creates.map(({ callKey }) => callKey) };
}

describe('a shard', () => {
  test('brings a result for each item, in the order of the input', async () => {
    const rows = labelledRows(120);
    const { shard, keys } = await mapOf(rows);
    const { counts, lines } = await shard();
    expect(lines.map((line) => [line.id, 'result' in line && line.result])).toEqual(
      rows.map(({ id, gold }) => [id, { label: gold }]),
    );
    expect(counts).toMatchObject({ done: 120, dead: 0, reused: 0, calls: 120 });
    expect(lines.reduce((sum, { costMicros }) => sum + costMicros, 0)).toBe(counts.costMicros);
    expect(keys()).toHaveLength(120);
  });

  test('done again makes no call, and says the same', async () => {
    const { shard, keys } = await mapOf(labelledRows(20));
    const first = await shard();
    expect(await shard()).toEqual(first);
    expect(keys()).toHaveLength(20);
  });

  test('of another objective takes what is known, and pays for what is new', async () => {
    const { shard, keys } = await mapOf(labelledRows(20));
    await shard();
    const { counts, lines } = await shard('tomorrow');
    expect(counts).toMatchObject({ done: 20, reused: 20, calls: 0, costMicros: 0 });
    expect(lines.every(({ isReused }) => isReused)).toBe(true);
    expect(keys()).toHaveLength(20);
  });

  test('that may reuse nothing pays again', async () => {
    const { shard, keys } = await mapOf(labelledRows(5), { change: { reuse: false } });
    await shard();
    expect((await shard('tomorrow')).counts).toMatchObject({ reused: 0, calls: 5 });
    expect(keys()).toHaveLength(10);
  });

  test('asks once about two rows with the same text', async () => {
    const [row] = labelledRows(1);
    const { shard, keys } = await mapOf([row, { ...row, id: 'again' }] as Row[]);
    const { lines, counts } = await shard();
    expect(lines.map(({ id }) => id)).toEqual(['row-0', 'again']);
    expect(lines[1]).toMatchObject({ isReused: true, costMicros: 0, result: { label: row?.gold } });
    expect(counts).toMatchObject({ done: 2, reused: 1, calls: 1 });
    expect(keys()).toHaveLength(1);
  });
});

describe('an item', () => {
  const triedOn = (keys: string[]): string[] => keys.map((key) => key.split('/').at(-1) ?? '');

  test('that is answered wrongly twice goes a tier up', async () => {
    const script = (incoming: Incoming) =>
      incoming.request.model.includes('nano') ? answer({ label: 'nonsense' }) : right(incoming);
    const { shard, keys } = await mapOf(labelledRows(1), { script });
    const { lines } = await shard();
    expect(lines[0]).toMatchObject({ tier: 'mini', attempts: 3, result: { label: LABELS[0] } });
    expect(triedOn(keys())).toEqual(['map.nano-1', 'map.nano-2', 'map.mini-1']);
  });

  test('is told on its second try what was wrong with the first', async () => {
    const asked: string[] = [];
    const script = (incoming: Incoming) => {
      asked.push(sectionText(incoming.request, 'previous-attempt'));
      return asked.length === 1 ? answer({ label: 'nonsense' }) : right(incoming);
    };
    const { shard } = await mapOf(labelledRows(1), { script });
    expect((await shard()).lines[0]).toMatchObject({ tier: 'nano', attempts: 2 });
    expect(asked[0]).toBe('');
    expect(asked[1]).toContain('nonsense');
  });

  test('that nobody can answer is a dead letter with the reason and the last answer', async () => {
    const { shard, keys } = await mapOf(labelledRows(1), { script: () => answer({ label: 'nonsense' }) });
    const { lines, counts } = await shard();
    expect(lines[0]).toMatchObject({
      tier: 'manager',
      attempts: 6,
      dead: { type: 'ModelAnswerInvalid', last: { label: 'nonsense' } },
    });
    expect(counts).toMatchObject({ done: 1, dead: 1 });
    expect(keys()).toHaveLength(6);
    expect((await shard()).counts).toEqual(counts);
    expect(keys()).toHaveLength(6);
  });

  test('of a dead letter is tried anew by another map', async () => {
    const { shard, keys } = await mapOf(labelledRows(1), { script: () => answer({ label: 'nonsense' }) });
    await shard();
    await shard('tomorrow');
    expect(keys()).toHaveLength(12);
  });

  test('whose answer is not sure enough goes a tier up at once', async () => {
    const script = ({ request }: Incoming) =>
      answer({ label: goldOf(userText(request)), confidence: request.model.includes('nano') ? 0.4 : 0.9 });
    const { shard, keys } = await mapOf(labelledRows(1), { script, change: { threshold: 0.7 } });
    expect((await shard()).lines[0]).toMatchObject({ tier: 'mini', attempts: 2, confidence: 0.9 });
    expect(triedOn(keys())).toEqual(['map.nano-1', 'map.mini-1']);
  });
});

describe('what was answered and not kept when a worker died', () => {
  const nonsense = (incoming: Incoming) =>
    incoming.request.model.includes('nano') ? answer({ label: 'nonsense' }) : right(incoming);

  test.each<[string, (incoming: Incoming) => Reaction, Partial<MapSpec>]>([
    ['one by one', right, {}],
    ['after a climb', nonsense, {}],
    ['as dead letters', () => answer({ label: 'nonsense' }), {}],
    [
      'after packs that left all out',
      (incoming) => (incoming.callKey.endsWith('pack') ? answer({ items: [] }) : right(incoming)),
      { pack: 5 },
    ],
  ])('is found in the journal: %s', async (_, script, change) => {
    const { shard, keys, onDisk } = await mapOf(labelledRows(20), { script, change });
    const first = await shard();
    const made = keys().length;
    onDisk('DELETE FROM items');
    onDisk('DELETE FROM shards');
    expect(await shard()).toEqual(first);
    expect(keys()).toHaveLength(made);
  });
});

test('a shard that fails has kept what was answered until then', async () => {
  const denied: Reaction = { kind: 'error', status: 401, code: 'invalid_api_key' };
  const last = (incoming: Incoming): boolean => incoming.callKey.includes('/7/map.');
  const { shard, onDisk } = await mapOf(labelledRows(8), {
    script: (incoming) => (last(incoming) ? denied : right(incoming)),
  });
  await expect(shard()).rejects.toMatchObject({ type: 'ModelAccessDenied' });
  expect(onDisk('SELECT * FROM items')).toHaveLength(7);
});

describe('what an item has cost', () => {
  const SPOILT: Reaction[] = [{ kind: 'refusal' }, { kind: 'incomplete', reason: 'max_output_tokens' }];

  test.each(SPOILT)('holds an answer that was paid for and could not be used: $kind', async (spoilt) => {
    const script = (incoming: Incoming) => (incoming.request.model.includes('nano') ? spoilt : right(incoming));
    const { shard, store } = await mapOf(labelledRows(3), { script });
    const { lines, counts } = await shard();
    expect(lines.map(({ tier, attempts }) => [tier, attempts])).toEqual(Array(3).fill(['mini', 2]));
    const books = await store.ledger.account('objective');
    expect(counts.costMicros).toBe(books?.micros.settled);
    expect(lines.reduce((sum, { costMicros }) => sum + costMicros, 0)).toBe(books?.micros.settled);
  });

  test.each<[string, (incoming: Incoming) => Reaction]>([
    ['can’t be used', () => ({ kind: 'incomplete', reason: 'max_output_tokens' })],
    ['leaves items out', () => answer({ items: [] })],
  ])('holds its part of a pack that %s', async (_, pack) => {
    const isPack = ({ callKey }: Incoming): boolean => callKey.endsWith('map.pack');
    const script = (incoming: Incoming) => (isPack(incoming) ? pack(incoming) : right(incoming));
    const { shard, store } = await mapOf(labelledRows(10), { script, change: { pack: 5 } });
    const { counts } = await shard();
    expect(counts.costMicros).toBe((await store.ledger.account('objective'))?.micros.settled);
  });
});

describe('a pack', () => {
  const packed = ({ request }: Incoming, leaveOut: (id: number) => boolean): Reaction => {
    const items = [...userText(request).matchAll(/<item-text id="(\d+)">\n([\s\S]*?)\n<\/item-text>/g)];
    if (items.length === 0) return answer({ label: goldOf(userText(request)) });
    const answers = items.map(([, id, text = '']) => ({ id: Number(id), label: goldOf(text) }));
    return answer({ items: answers.filter(({ id }) => !leaveOut(id)).toReversed() });
  };

  test('answers many items with one call, joined by id', async () => {
    const rows = labelledRows(25);
    const { shard, keys } = await mapOf(rows, {
      script: (incoming) => packed(incoming, () => false),
      change: { pack: 10 },
    });
    const { lines, counts } = await shard();
    expect(lines.map((line) => 'result' in line && line.result)).toEqual(rows.map(({ gold }) => ({ label: gold })));
    expect(keys()).toHaveLength(3);
    expect(lines.reduce((sum, { costMicros }) => sum + costMicros, 0)).toBe(counts.costMicros);
  });

  test('answers for a row that says what another one says', async () => {
    const rows = labelledRows(10);
    const { shard, keys } = await mapOf([...rows, { ...rows[3], id: 'again' }] as Row[], {
      script: (incoming) => packed(incoming, () => false),
      change: { pack: 10 },
    });
    const { lines } = await shard();
    expect(lines[10]).toMatchObject({ id: 'again', isReused: true, result: { label: rows[3]?.gold } });
    expect(keys()).toHaveLength(1);
  });

  test('asks one by one for what was left out', async () => {
    const rows = labelledRows(10);
    const { shard, keys } = await mapOf(rows, {
      script: (incoming) => packed(incoming, (id) => id % 5 === 0),
      change: { pack: 10 },
    });
    const { lines } = await shard();
    expect(lines.map((line) => 'result' in line && line.result)).toEqual(rows.map(({ gold }) => ({ label: gold })));
    expect(keys()).toHaveLength(3);
  });
});
