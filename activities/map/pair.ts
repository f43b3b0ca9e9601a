/**
 * `pairItems`: which items of a ranking came so close to each other that they are compared, as items of a phase of their own. Side effects: objects in
 * the store, the same when it is done again.
 */
import type { ItemsManifest } from '../../src/contracts/map.ts';
import { COMPARING_PHASES, type FrozenItems } from '../../src/contracts/map-run.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { ITEM_BOUNDS } from '../../src/map/input/freeze-items.ts';
import { Shards } from '../../src/map/input/shards.ts';
import { closePairs, type RankPair } from '../../src/map/rank.ts';
import { strengthsOf } from '../../src/map/rank-strengths.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { comparisonsOf, inPlaces, pairId, roundsOf } from './comparisons.ts';
import { pairText, plannedMap } from './question.ts';
import { manifestOf, shardItems } from './read-items.ts';
import { scoredOf } from './scored.ts';

export function createPairItemsActivity({ store }: Services) {
  const { blobs, items } = store;

  /** `earlier`: the rounds before. Each has its part of the comparisons. */
  async function pairItems(assignment: Assignment, itemsRef: string, earlier: string[]): Promise<FrozenItems> {
    return underHeartbeat(async () => {
      const { operation } = await plannedMap(blobs, assignment);
      if (operation.name !== 'rank') throw new TypedFailure('StoreCorrupt', 'Only a ranking compares its items.');
      const { objectiveId, subtask, attempt } = assignment;
      const address = { objectiveId, subtaskId: subtask.id, attempt };
      const shards = await items.shards({ ...address, phase: 'items' });
      const { positions, scores } = await scoredOf(
        blobs,
        shards.map(({ resultsRef }) => resultsRef),
      );
      const known = await comparisonsOf(blobs, await roundsOf(items, address, earlier.length));
      const compared = inPlaces(known, positions);
      const most = Math.floor((positions.length * operation.comparisons) / COMPARING_PHASES.length);
      const pairs = closePairs(strengthsOf(scores, compared), most, compared);
      const positionOf = (place: number): number => positions[place] ?? 0;
      return freezePairs(
        blobs,
        await manifestOf(blobs, itemsRef),
        pairs.map(({ first, second }) => ({ first: positionOf(first), second: positionOf(second) })),
      );
    });
  }

  return { pairItems };
}

/** Pairs of positions as items. */
async function freezePairs(blobs: Blobs, manifest: ItemsManifest, pairs: RankPair[]): Promise<FrozenItems> {
  const texts = await textsOf(blobs, manifest, new Set(pairs.flatMap(({ first, second }) => [first, second])));
  const shards = new Shards(blobs, ITEM_BOUNDS);
  for (const pair of pairs) {
    const [id, first, second] = [pairId(pair), texts.get(pair.first) ?? '', texts.get(pair.second) ?? ''];
    await shards.add({ id, text: pairText({ first, second }), at: id });
  }
  await shards.flush();
  const { items, put } = shards;
  const paired: ItemsManifest = { ...manifest, items, hasGold: false, shards: put, files: [], leftOut: [] };
  return { itemsRef: await blobs.putJson(paired), items, shards: put.length };
}

async function textsOf(blobs: Blobs, manifest: ItemsManifest, wanted: Set<number>): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  for (const shard of manifest.shards.keys()) {
    const { list, start } = await shardItems(blobs, manifest, shard);
    for (const [index, { text }] of list.entries()) if (wanted.has(start + index)) texts.set(start + index, text);
  }
  return texts;
}
