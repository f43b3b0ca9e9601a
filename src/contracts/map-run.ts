/** Input, progress and carried state of `mapWorkflow`: one attempt of a map. References and numbers alone. Free of zod. */
import type { FailureNote } from './failures.ts';
import type { MapLane } from './map.ts';
import type { Assignment } from './subagent.ts';

/** How far a map is: what a shard has done, or all of them. */
export interface MapCounts {
  done: number;
  dead: number;
  reused: number;
  calls: number;
  costMicros: number;
}

/** `items`: each by itself. Then, of a ranking, those that came close to each other, two by two: where the second round looks follows from the first. */
export const MAP_PHASES = ['items', 'pairs-1', 'pairs-2'] as const;
export type MapPhase = (typeof MAP_PHASES)[number];
export const COMPARING_PHASES = ['pairs-1', 'pairs-2'] as const satisfies MapPhase[];

export const NO_COUNTS: MapCounts = { done: 0, dead: 0, reused: 0, calls: 0, costMicros: 0 };

export const addCounts = (a: MapCounts, b: MapCounts): MapCounts => ({
  done: a.done + b.done,
  dead: a.dead + b.dead,
  reused: a.reused + b.reused,
  calls: a.calls + b.calls,
  costMicros: a.costMicros + b.costMicros,
});

export interface MapInputRecord {
  assignment: Assignment;
  parentWorkflowId: string;
  hasSearchAttributes: boolean;
  /** Set by continue-as-new alone. */
  carried?: MapSnapshot;
}

/** What is worked on: a manifest of items in the store. */
export interface FrozenItems {
  itemsRef: string;
  items: number;
  shards: number;
}

export interface FrozenMap extends FrozenItems {
  /** Pairs of close items are compared once each has been looked at by itself. */
  isRanked: boolean;
  lane: MapLane;
}

export interface MapSnapshot {
  items: FrozenMap;
  /** Of a ranking: its rounds of comparisons, the one under way included. */
  pairs: FrozenItems[];
  /** Shards of the phase below it are done. */
  nextShard: number;
  /** Of all phases. */
  counts: MapCounts;
  startedAtMs: number;
  /** In the lane `batch`: those of the phase. */
  batches?: BatchSnapshot;
}

/** A batch at the provider. */
export interface BatchOut {
  /** Which of the phase, from 1. */
  number: number;
  /** The first shard that it may hold calls of. */
  fromShard: number;
  calls: number;
  /** As the provider last said. */
  done: number;
  /** How often it was asked about. */
  polls: number;
  dueAtMs: number;
}

export interface BatchSnapshot {
  out: BatchOut[];
  nextNumber: number;
  /** Calls of shards below it had their batch. */
  fromShard: number;
  mostCalls: number;
  /** No other is sent before. */
  waitsUntilMs: number;
  /** In a row: by the budget, or by the provider. */
  refusals: number;
}

/** The answer to the query of the same name: shards that have ended. */
export interface MapProgress {
  phase: MapPhase;
  items: number;
  /** Compared or to be, in the rounds of a ranking so far. */
  pairs: number | null;
  /** Of all phases. */
  counts: MapCounts;
  startedAtMs: number;
  /** At the provider, where there are any. */
  batches?: { out: number; calls: number; done: number };
}

/** One shard as an Activity. */
export interface ShardInput {
  assignment: Assignment;
  phase: MapPhase;
  itemsRef: string;
  shard: number;
}

/** One batch of a phase, by which it is known in the store and at the provider. */
export interface BatchName {
  assignment: Assignment;
  phase: MapPhase;
  number: number;
}

export interface BatchInput extends BatchName {
  itemsRef: string;
  /** Where it begins. */
  fromShard: number;
  mostCalls: number;
}

export interface SubmittedMapBatch {
  calls: number;
  /** Shards below it have no calls left for another batch. */
  throughShard: number;
  /** There is no room in the budget before others are settled: nothing was sent. */
  isHeld: boolean;
}

/** How a batch stands; once it has ended, all of its calls are in the books. */
export interface BatchStanding {
  isEnded: boolean;
  /** The provider's words. */
  says: string;
  done: number;
  /** Why none of its calls was made. */
  rejected: FailureNote | null;
}
