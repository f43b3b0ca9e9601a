/**
 * `mapShard`: a run of items, many calls at once. A retry computes what is missing. Side effects: journaled calls; each outcome, before it counts; at
 * the end the shard's results as an object with a line for each item, in order. When it is stopped, nothing new is begun, and what is
 * under way may end.
 */
import { Context } from '@temporalio/activity';
import type { ItemOutcome } from '../../src/contracts/map.ts';
import { addCounts, type MapCounts, NO_COUNTS, type ShardInput } from '../../src/contracts/map-run.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { approachOf } from './approach.ts';
import { askOn } from './ask.ts';
import { Climb } from './climb.ts';
import { manifestOf, shardItems } from './read-items.ts';
import { type Ways, workOff } from './work-off.ts';

const CALLS_AT_ONCE = 100;
/** For calls under way when an objective is cancelled or paused: they are small. */
const LAST_ANSWERS_MS = 5000;

export function createMapShardActivity(services: Services) {
  const { store } = services;

  async function mapShard({ assignment, phase, itemsRef, shard }: ShardInput): Promise<MapCounts> {
    const { objectiveId, subtask, attempt } = assignment;
    const address = { objectiveId, subtaskId: subtask.id, attempt, phase };
    const before = await store.items.shard(address, shard);
    if (before) return before.counts;
    let counts = NO_COUNTS;
    const stop = Context.current().cancellationSignal;
    const work = async (cancelled: AbortSignal): Promise<MapCounts> => {
      const items = await shardItems(store.blobs, await manifestOf(store.blobs, itemsRef), shard);
      const ended: ItemOutcome[] = [];
      await workOff(items, await waysOf(assignment, phase, stop, afterGrace(cancelled)), (index, outcome) => {
        ended[index] = outcome;
        counts = addCounts(counts, countsOf(outcome));
      });
      const lines = ended.map((outcome, index) => `${JSON.stringify({ id: items.list[index]?.id, ...outcome })}\n`);
      const resultsRef = await store.blobs.put(lines.join(''));
      await store.items.keepShard({ ...address, shard, resultsRef, counts });
      return counts;
    };
    return underHeartbeat(work, () => counts);
  }

  async function waysOf(
    assignment: Assignment,
    phase: ShardInput['phase'],
    stop: AbortSignal,
    cancelled: AbortSignal,
  ): Promise<Ways> {
    const { rules, kept, calls, pack } = await approachOf(services, assignment, phase);
    const climb = new Climb(rules, askOn(services, calls, cancelled));
    return { kept, climb, feeding: { atOnce: CALLS_AT_ONCE, stop }, pack };
  }

  return { mapShard };
}

/** Aborts with it, a little later. */
function afterGrace(cancelled: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const later = (): void => void setTimeout(() => controller.abort(cancelled.reason), LAST_ANSWERS_MS).unref();
  cancelled.addEventListener('abort', later, { once: true });
  return controller.signal;
}

const countsOf = (outcome: ItemOutcome): MapCounts => ({
  done: 1,
  dead: 'dead' in outcome ? 1 : 0,
  reused: outcome.isReused ? 1 : 0,
  calls: outcome.attempts,
  costMicros: outcome.costMicros,
});
