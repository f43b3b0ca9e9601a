/**
 * What one attempt of a map knows and decides: which shards may start, and how far it is. No SDK. Invariants: (1) at most `SHARDS_AT_ONCE` shards are
 * out; (2) none starts while paused or draining; (3) each is recorded once.
 */
import type { Spend } from '../src/contracts/objective.ts';
import {
  addCounts,
  type BatchSnapshot,
  COMPARING_PHASES,
  type FrozenItems,
  type FrozenMap,
  type MapCounts,
  type MapPhase,
  type MapProgress,
  type MapSnapshot,
  NO_COUNTS,
} from '../src/contracts/map-run.ts';
import { BatchBoard, type BatchWaits } from './batch-board.ts';

/** Enough that a worker has calls to make while a shard ends and the next one begins. */
export const SHARDS_AT_ONCE = 4;

export class MapState {
  readonly #startedAtMs: number;
  readonly #batchWaits: BatchWaits;
  #items: FrozenMap | null = null;
  #pairs: FrozenItems[] = [];
  #board: BatchBoard | null = null;
  #nextShard = 0;
  /** Stopped in their middle: they start again before others do. */
  #again: number[] = [];
  #out = new Set<number>();
  #counts: MapCounts = NO_COUNTS;
  #isPaused = false;
  #isDraining = false;

  constructor(nowMs: number, batchWaits: BatchWaits, carried?: MapSnapshot) {
    this.#startedAtMs = carried?.startedAtMs ?? nowMs;
    this.#batchWaits = batchWaits;
    if (!carried) return;
    this.#items = carried.items;
    this.#pairs = carried.pairs;
    this.#nextShard = carried.nextShard;
    this.#counts = carried.counts;
    this.#enter(carried.batches);
  }

  /** Contract: the items are frozen. */
  get items(): FrozenMap {
    if (!this.#items) throw new Error('The items are not frozen yet.');
    return this.#items;
  }

  get pairs(): FrozenItems[] {
    return this.#pairs;
  }

  /** What is worked on now. */
  get current(): FrozenItems {
    return this.#pairs.at(-1) ?? this.items;
  }

  /** Of the phase, in the lane `batch`. */
  get board(): BatchBoard | null {
    return this.#board;
  }

  get phase(): MapPhase {
    return COMPARING_PHASES[this.#pairs.length - 1] ?? 'items';
  }

  /** Does a round of comparisons come after this phase? */
  get isToBePaired(): boolean {
    return this.items.isRanked && this.#pairs.length < COMPARING_PHASES.length;
  }

  get spend(): Spend {
    const { calls, costMicros } = this.#counts;
    return { calls, costMicros };
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get hasStartable(): boolean {
    return this.#startable().length > 0;
  }

  /** Every shard of the phase is done. */
  get isThrough(): boolean {
    return this.#out.size === 0 && this.#again.length === 0 && this.#isThroughFresh;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** No shard is out: the run may continue as new. A pause is not carried. */
  get isDrained(): boolean {
    return this.#isDraining && !this.#isPaused && this.#out.size === 0 && this.#again.length === 0;
  }

  froze(items: FrozenMap): void {
    this.#items = items;
    this.#enter();
  }

  paired(pairs: FrozenItems): void {
    [this.#pairs, this.#nextShard] = [[...this.#pairs, pairs], 0];
    this.#enter();
  }

  takeStartable(): number[] {
    const shards = this.#startable();
    for (const shard of shards) {
      this.#out.add(shard);
      if (shard === this.#nextShard) this.#nextShard += 1;
    }
    this.#again = this.#again.filter((shard) => !shards.includes(shard));
    return shards;
  }

  /** Done, or stopped in its middle: then it is to be started again. */
  ended(shard: number, counts: MapCounts | null): void {
    this.#out.delete(shard);
    if (counts) this.#counts = addCounts(this.#counts, counts);
    else this.#again.push(shard);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  drain(): void {
    this.#isDraining = true;
  }

  progress(): MapProgress {
    const { items = 0 } = this.#items ?? {};
    const pairs = this.#pairs.length === 0 ? null : this.#pairs.reduce((sum, round) => sum + round.items, 0);
    const progress = { phase: this.phase, items, pairs, counts: this.#counts, startedAtMs: this.#startedAtMs };
    const out = this.#board?.out ?? [];
    if (out.length === 0) return progress;
    const sum = (of: 'calls' | 'done'): number => out.reduce((total, batch) => total + batch[of], 0);
    return { ...progress, batches: { out: out.length, calls: sum('calls'), done: sum('done') } };
  }

  /** Contract: drained. */
  snapshot(): MapSnapshot {
    const [items, pairs, nextShard, counts] = [this.items, this.#pairs, this.#nextShard, this.#counts];
    const batches = this.#board?.snapshot();
    return { items, pairs, nextShard, counts, startedAtMs: this.#startedAtMs, ...(batches && { batches }) };
  }

  #enter(batches?: BatchSnapshot): void {
    this.#board = this.items.lane === 'batch' ? new BatchBoard(this.#shards, this.#batchWaits, batches) : null;
  }

  get #shards(): number {
    return this.#items ? this.current.shards : 0;
  }

  get #isThroughFresh(): boolean {
    return this.#nextShard >= this.#shards;
  }

  /** What was stopped comes first; what is new does not start any more once the run is to end. */
  #startable(): number[] {
    if (this.#isPaused) return [];
    const free = Math.max(0, SHARDS_AT_ONCE - this.#out.size);
    const open = this.#board?.openShards ?? this.#shards;
    const fresh = this.#isDraining ? 0 : Math.max(0, open - this.#nextShard);
    const next = Array.from({ length: Math.min(free, fresh) }, (_, index) => this.#nextShard + index);
    return [...this.#again, ...next].slice(0, free);
  }
}
