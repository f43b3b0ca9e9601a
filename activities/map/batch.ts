/**
 * `submitMapBatch`, `collectMapBatch`, `withdrawMapBatches`: the first calls of a map's items at the price of a batch. Shards find their answers in the
 * journal, and make live what has none. Side effects: journaled calls, a batch at the provider; each the same when it is done again.
 */
import { batchKeyOf } from '../../src/contracts/addresses.ts';
import type { BatchInput, BatchName, BatchStanding, SubmittedMapBatch } from '../../src/contracts/map-run.ts';
import type { ItemsManifest } from '../../src/contracts/map.ts';
import { wholeProfile } from '../../src/contracts/profile.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { SingleCall } from '../../src/model/journaled-wire.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { type Approach, approachOf } from './approach.ts';
import { singleCallOf, type Question } from './ask.ts';
import { itemQuestion, packQuestion } from './questions.ts';
import { manifestOf, shardItems } from './read-items.ts';
import { beginningOf, type ShardItems } from './work-off.ts';

export function createMapBatchActivities(services: Pick<Services, 'store' | 'caller' | 'answererOf'>) {
  const { store, caller } = services;

  /** From a shard on, as many calls as a batch takes. */
  async function submitMapBatch(input: BatchInput): Promise<SubmittedMapBatch> {
    const { assignment, itemsRef, fromShard, mostCalls } = input;
    const { objectiveId, subtask, profile } = assignment;
    const { provider } = wholeProfile(profile);
    const batch = { key: keyOf(input), objectiveId, subtaskId: subtask.id, provider, mostCalls };
    return underHeartbeat(async (cancelled) => {
      const approach = await approachOf(services, assignment, input.phase);
      const shards = firstCalls(approach, await manifestOf(store.blobs, itemsRef), input);
      try {
        const { calls, groups } = await caller.batches.submit(batch, shards, cancelled);
        return { calls, throughShard: fromShard + groups, isHeld: false };
      } catch (error) {
        if (!(error instanceof TypedFailure) || error.type !== 'BudgetReserved') throw error;
        return { calls: 0, throughShard: fromShard, isHeld: true };
      }
    });
  }

  async function collectMapBatch(name: BatchName): Promise<BatchStanding> {
    const { status, says, counts, rejected } = await underHeartbeat((cancelled) =>
      caller.batches.collect(keyOf(name), cancelled),
    );
    return { isEnded: status === 'ended', says, done: counts.completed + counts.failed, rejected };
  }

  /** What can't be told to stop now is given up when the objective ends. */
  async function withdrawMapBatches(names: BatchName[]): Promise<void> {
    await underHeartbeat(async (cancelled) => {
      const working = names.map((name) => caller.batches.withdraw(keyOf(name), cancelled));
      for (const { reason } of (await Promise.allSettled(working)).filter((end) => end.status === 'rejected'))
        if (!(reason instanceof TypedFailure)) throw reason as Error;
    });
  }

  /** A group for each shard: what its items are asked first. */
  async function* firstCalls(
    approach: Approach,
    manifest: ItemsManifest,
    { phase, fromShard }: Pick<BatchInput, 'phase' | 'fromShard'>,
  ): AsyncGenerator<SingleCall[]> {
    const address = { ...approach.calls.address, phase };
    for (let shard = fromShard; shard < manifest.shards.length; shard += 1) {
      if (await store.items.shard(address, shard)) {
        yield [];
        continue;
      }
      const items = await shardItems(store.blobs, manifest, shard);
      yield questionsOf(approach, items, await approach.kept.known(items.list)).map((question) =>
        singleCallOf(approach.calls, question),
      );
    }
  }

  return { submitMapBatch, collectMapBatch, withdrawMapBatches };
}

const keyOf = ({ assignment, phase, number }: BatchName): string => {
  const { objectiveId, subtask, attempt } = assignment;
  return batchKeyOf({ objectiveId, subtaskId: subtask.id, attempt }, phase, number);
};

/** What is asked first about a shard's items of which nothing is known. */
function questionsOf({ rules, pack }: Approach, { list, start }: ShardItems, known: unknown[]): Question[] {
  const { operation, tier } = rules;
  const open = list.flatMap((item, index) => (known[index] ? [] : [{ item, index }]));
  const { packs, singles } = beginningOf(list, open, pack);
  return [
    ...packs.map((together) => {
      const items = together.map(({ item }) => item);
      return packQuestion(operation, tier, items, start + (together[0]?.index ?? 0));
    }),
    ...singles.map(({ item, index }) => itemQuestion(operation, { tier, n: 1 }, item, start + index)),
  ];
}
