/** A map's first calls in batches, as the nano worker makes them: its shards find them answered, and make live what is not. */
import { describe, expect, test } from '@jest/globals';
import { createManagerActivities, createNanoActivities } from '../../activities/index.ts';
import { callKeyOf } from '../../src/contracts/addresses.ts';
import type { MapSpec } from '../../src/contracts/map.ts';
import type { MapInputRecord } from '../../src/contracts/map-run.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import { userText } from '../../src/standin/request.ts';
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { HOUR_MS, TIMES } from '../support/batches.ts';
import { fleet, limits, subtask } from '../support/builders.ts';
import { jsonlFile, LABELS, labelledRows, type Row } from '../support/items.ts';
import { servicesSetup } from '../support/services.ts';

const goldOf = (text: string): string => /\[\[gold:(\w+)/.exec(text)?.[1] ?? '';
const answer = (json: unknown): Reaction => ({ kind: 'answer', utterance: { json } });

/** The right answer stands in the text, of one item or of several. */
function right({ request }: Incoming): Reaction {
  const items = [...userText(request).matchAll(/<item-text id="(\d+)">\n([\s\S]*?)\n<\/item-text>/g)];
  if (items.length === 0) return answer({ label: goldOf(userText(request)) });
  return answer({ items: items.map(([, id, text = '']) => ({ id: Number(id), label: goldOf(text) })) });
}

interface Situation {
  change?: Partial<MapSpec>;
  script?: (incoming: Incoming) => Reaction | null;
  takesMs?: number;
  capMicros?: number;
}

async function mapOf(rows: Row[], { change = {}, script = right, takesMs, capMicros }: Situation = {}) {
  const batches = { ...TIMES, ...(takesMs !== undefined && { takesMs }) };
  const setup = await servicesSetup({ script, batches, ...(capMicros !== undefined && { capMicros }) });
  const { services, store, standIn, run } = setup;
  const { tiers } = fleet();
  const map: MapSpec = {
    operation: { name: 'classify', labels: LABELS.map((name) => ({ name })), other: false },
    input: { path: jsonlFile(rows), goldColumn: 'gold' },
    ...{ pack: 1, lane: 'batch', reuse: true, ...change },
  };
  const plan: Plan = { subtasks: [{ id: 'map', kind: 'map', title: 'Map', dependsOn: [], weight: 1, ...map }] };
  const assignment: MapInputRecord['assignment'] = {
    ...{ objectiveId: 'objective', attempt: 1, tier: 'nano', profile: tiers.nano, tiers, limits: limits() },
    ...{ textRef: '', workspaceRef: '', previous: null, dependencies: [] },
    subtask: subtask('map', [], { kind: 'map', planRef: await store.blobs.putJson(plan) }),
  };
  const nano = createNanoActivities(services);
  const frozen = await run(createManagerActivities(services).freezeItems, assignment);
  const name = (number = 1) => ({ assignment, phase: 'items' as const, number });
  const { itemsRef } = frozen;
  return {
    ...{ ...setup, frozen },
    submit: (number = 1, mostCalls = 20_000, fromShard = 0) =>
      run(nano.submitMapBatch, { ...name(number), itemsRef, fromShard, mostCalls }),
    collect: (number = 1) => run(nano.collectMapBatch, name(number)),
    collectAfter: (ms = 2 * HOUR_MS, number = 1) => {
      standIn.clock.advance(ms);
      return run(nano.collectMapBatch, name(number));
    },
    withdraw: () => run(nano.withdrawMapBatches, [name(1), name(2)]),
    shard: (shard = 0) => run(nano.mapShard, { assignment, phase: 'items', itemsRef, shard }),
    /** Purposes of the creates that were made live. */
    live: () =>
      standIn.log.creates
        .filter(({ line }) => line === null)
        .map(({ callKey }) => callKey.split('/').slice(3).join('/')),
    total: () => standIn.log.creates.length,
  };
}

describe('a map in batches', () => {
  test('has its items answered there, and its shards make no call', async () => {
    const { frozen, submit, collect, collectAfter, shard, live, total } = await mapOf(labelledRows(1200));
    expect(frozen).toMatchObject({ lane: 'batch', shards: 2 });
    expect(await submit()).toEqual({ calls: 1200, throughShard: 2, isHeld: false });
    expect(await collect()).toMatchObject({ isEnded: false, says: 'validating', done: 0 });
    expect(await collectAfter()).toMatchObject({ isEnded: true, done: 1200, rejected: null });
    const counts = [await shard(0), await shard(1)];
    expect(counts).toMatchObject([
      { done: 1000, dead: 0, calls: 1000 },
      { done: 200, dead: 0, calls: 200 },
    ]);
    expect([live(), total()]).toEqual([[], 1200]);
  });

  test('costs half of what it costs live', async () => {
    const rows = labelledRows(10);
    const batched = await mapOf(rows);
    await batched.submit();
    await batched.collectAfter();
    const live = await mapOf(rows, { change: { lane: 'live' } });
    const [half, whole] = [await batched.shard(), await live.shard()];
    // Each call is rounded up to a whole micro-dollar.
    expect(half.costMicros - whole.costMicros / 2).toBeGreaterThanOrEqual(0);
    expect(half.costMicros - whole.costMicros / 2).toBeLessThanOrEqual(10);
  });

  test('asks in packs where it would live, and once about what is said twice', async () => {
    const rows = labelledRows(25);
    const twice = [...rows, { ...rows[0], id: 'again' }] as Row[];
    const { submit, collectAfter, shard, live } = await mapOf(twice, { change: { pack: 10 } });
    expect(await submit()).toMatchObject({ calls: 3 });
    await collectAfter();
    expect(await shard()).toMatchObject({ done: 26, dead: 0, reused: 1 });
    expect(live()).toEqual([]);
  });

  test('leaves what went wrong to the live lane', async () => {
    const script = (incoming: Incoming): Reaction => {
      const { callKey, before } = incoming;
      const position = Number(callKey.split('/')[3]);
      if (before > 0 || position > 2 || !callKey.endsWith('nano-1')) return right(incoming);
      if (position === 0) return { kind: 'error', status: 500, code: 'server_error' };
      return position === 1 ? answer({ label: 'nonsense' }) : { kind: 'refusal' };
    };
    const { submit, collectAfter, shard, live } = await mapOf(labelledRows(5), { script });
    await submit();
    await collectAfter();
    expect(await shard()).toMatchObject({ done: 5, dead: 0 });
    // What was answered and can't be used is asked again, as it would be live; what has no answer is asked for.
    expect(live().toSorted()).toEqual(['0/map.nano-1', '1/map.nano-2', '2/map.nano-1']);
  });

  test('uses what an expired batch has done, and makes the rest live', async () => {
    const { submit, collectAfter, shard, live } = await mapOf(labelledRows(4), { takesMs: 48 * HOUR_MS });
    await submit();
    expect(await collectAfter(25 * HOUR_MS)).toMatchObject({ isEnded: true, says: 'expired' });
    expect(await shard()).toMatchObject({ done: 4, dead: 0, calls: 4 });
    expect(live().toSorted()).toEqual(['1/map.nano-1', '2/map.nano-1', '3/map.nano-1']);
  });

  test('asks nobody about what is known', async () => {
    const { submit, shard, live } = await mapOf(labelledRows(3));
    await shard();
    expect(live()).toHaveLength(3);
    expect(await submit()).toEqual({ calls: 0, throughShard: 1, isHeld: false });
  });

  test('goes in as many batches as it takes, and a shard is through with its last call', async () => {
    const { submit, collectAfter, shard, live } = await mapOf(labelledRows(1200));
    expect(await submit(1, 700)).toEqual({ calls: 700, throughShard: 0, isHeld: false });
    expect(await submit(2, 700)).toEqual({ calls: 500, throughShard: 2, isHeld: false });
    await collectAfter();
    await collectAfter(0, 2);
    await shard(0);
    await shard(1);
    expect(live()).toEqual([]);
  });

  test('is told where others hold its budget, and fails where it is spent', async () => {
    // One call of Nano reserves 4,000 tokens at 0.625 µ$ and its question.
    const { submit, collectAfter, store } = await mapOf(labelledRows(3), { capMicros: 4000 });
    expect(await submit()).toEqual({ calls: 1, throughShard: 0, isHeld: false });
    expect(await submit(2)).toEqual({ calls: 0, throughShard: 0, isHeld: true });
    await collectAfter();
    expect(await submit(2)).toMatchObject({ calls: 1 });
    await collectAfter(2 * HOUR_MS, 2);
    await store.journal.intend({
      ...{ objectiveId: 'objective', subtaskId: 'b', attempt: 1, turn: 1, purpose: 'turn', tier: 'nano' },
      callKey: callKeyOf({ objectiveId: 'objective', subtaskId: 'b', attempt: 1, turn: 1, purpose: 'turn' }),
      ...{ accountId: 'objective', transcriptHead: 'sha256:x', unsaved: null, body: '{}', requestDigest: 'd' },
      head: (await store.journal.find('objective/map/1/0/map.nano-1'))?.head as never,
      ...{ ownerId: 'nobody', reserve: { micros: 3000, tokens: 0, calls: 1, quota: 0 } },
    });
    await store.journal.doubt({ callKey: 'objective/b/1/1/turn', n: 1 });
    await expect(submit(3)).rejects.toMatchObject({ type: 'BudgetExceeded' });
  });

  test('that is given up tells the provider, as far as there are any', async () => {
    const { submit, withdraw, store, collect } = await mapOf(labelledRows(3));
    await submit();
    await withdraw();
    expect(await collect()).toMatchObject({ says: 'cancelling' });
    expect((await store.ledger.account('objective'))?.calls.reserved).toBe(3);
  });
});
