/** How far maps under way are: what their Workflows know of shards that have ended, and what shards under way tell with their heartbeats. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { subtaskWorkflowId } from '../contracts/addresses.ts';
import { KINDS } from '../contracts/kinds.ts';
import { addCounts, type MapCounts, type MapPhase, type MapProgress, NO_COUNTS } from '../contracts/map-run.ts';
import type { SubtaskRecord } from '../contracts/objective.ts';
import { mapProgressQuery } from '../../workflows/messages.ts';

export interface MapStanding {
  /** After `items`: every item of a ranking has been looked at, and those that came close are compared, in rounds. */
  phase: MapPhase;
  /** Items (then: pairs, of the rounds so far) that are done, and of how many: 0 until they are counted. */
  done: number;
  items: number;
  /** Of all phases: without a result; known from earlier maps. */
  dead: number;
  reused: number;
  calls: number;
  costMicros: number;
  /** Done in a second. */
  perSecond: number;
  /** At this rate; null where it can't be told. */
  secondsLeft: number | null;
}

interface Sample {
  atMs: number;
  done: number;
}

/** What is remembered of one attempt of a map. */
interface Remembered {
  counts: MapCounts;
  samples: Sample[];
  standing: MapStanding;
}

const RATE_MS = 30_000;
const EVERY_MS = 1000;
/** Of maps that are asked each time; where there are more, they are asked less often. */
const AT_ONCE = 20;
const TIMEOUT_MS = 1500;

export class MapProgressReader {
  readonly #client: Client;
  readonly #objectiveId: string;
  /** By Workflow id. */
  readonly #remembered = new Map<string, Remembered>();
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(client: Client, objectiveId: string) {
    this.#client = client;
    this.#objectiveId = objectiveId;
  }

  /** Of those that run, by subtask. Contract: never rejects; where nobody answers, what was known last. */
  async standing(subtasks: SubtaskRecord[], isServerThere: boolean): Promise<Record<string, MapStanding>> {
    const running = subtasks
      .filter(({ kind, state }) => KINDS[kind].runsAs === 'map' && state === 'running')
      .map(({ id, attempt }) => ({ id, workflowId: subtaskWorkflowId(this.#objectiveId, id, attempt) }));
    const everyMs = EVERY_MS * Math.ceil(running.length / AT_ONCE);
    if (isServerThere && performance.now() - this.#askedAtMs >= everyMs) {
      await Promise.all(running.map(({ workflowId }) => this.#ask(workflowId)));
      this.#askedAtMs = performance.now();
    }
    return Object.fromEntries(
      running.flatMap(({ id, workflowId }) => {
        const standing = this.#remembered.get(workflowId)?.standing;
        return standing ? [[id, standing]] : [];
      }),
    );
  }

  async #ask(workflowId: string): Promise<void> {
    const handle = this.#client.workflow.getHandle(workflowId);
    try {
      await this.#client.withDeadline(Date.now() + TIMEOUT_MS, async () => {
        const progress = await handle.query(mapProgressQuery);
        const { raw } = await handle.describe();
        const underway = (raw.pendingActivities ?? []).map(countsIn);
        const before = this.#remembered.get(workflowId);
        this.#remembered.set(workflowId, remembered(progress, underway, Date.now(), before));
      });
    } catch {
      // Its worker is busy or gone, or it has just ended: what is known stands, and is asked for again.
    }
  }
}

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** What a shard heartbeats; other Activities of a map tell nothing. */
function countsIn({ heartbeatDetails }: PendingActivity): MapCounts {
  const [payload] = heartbeatDetails?.payloads ?? [];
  const told = payload ? defaultPayloadConverter.fromPayload<Partial<MapCounts> | null>(payload) : null;
  return { ...NO_COUNTS, ...told };
}

/**
 * A shard that is tried again counts from its beginning, and one that ends between two questions is in no answer: what was seen stands. The rate
 * is that of the last half minute, once so much was seen; that of the whole before.
 */
export function remembered(
  { phase, items, pairs, counts: ended, startedAtMs }: MapProgress,
  underway: MapCounts[],
  nowMs: number,
  before?: Remembered,
): Remembered {
  const all = underway.reduce(addCounts, ended);
  const counts = before && before.counts.done > all.done ? before.counts : all;
  const samples = [...(before?.samples ?? [{ atMs: startedAtMs, done: 0 }]), { atMs: nowMs, done: counts.done }];
  const kept = samples.slice(
    Math.max(
      0,
      samples.findLastIndex(({ atMs }) => atMs <= nowMs - RATE_MS),
    ),
  );
  const perSecond = rateOf(kept);
  const [done, most] = phase === 'items' ? [counts.done, items] : [counts.done - items, pairs ?? 0];
  const secondsLeft = perSecond > 0 && most > 0 ? Math.ceil(Math.max(0, most - done) / perSecond) : null;
  return {
    ...{ counts, samples: kept },
    standing: { ...counts, phase, items: most, done: Math.min(done, most), perSecond, secondsLeft },
  };
}

/** A clock that is behind the server's tells nothing. */
function rateOf(samples: Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs <= first.atMs) return 0;
  return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
}
