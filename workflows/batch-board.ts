/**
 * What one phase of a map knows and decides about its batches: when the next one is sent, which one is asked about, and which shards may be worked on
 * live. No SDK. Invariants: (1) at most `BATCHES_AT_ONCE` are out; (2) a shard is open once every batch that may hold calls of it has ended;
 * (3) none is sent while paused.
 */
import type { BatchOut, BatchSnapshot, BatchStanding, SubmittedMapBatch } from '../src/contracts/map-run.ts';

/** One is worked on while the other is being made. */
const BATCHES_AT_ONCE = 2;
/** Well below what a provider takes: a worker holds the file in memory. */
const MOST_CALLS = 20_000;
/** No time comes before it; a history can hold it. */
const UNTIL_ONE_ENDS = 1e15;

export type BatchStep =
  | { what: 'submit'; number: number; fromShard: number; mostCalls: number }
  | { what: 'collect'; batch: BatchOut }
  /** Null: until something else happens. */
  | { what: 'wait'; ms: number | null };

/** Before a batch is asked about, or sent again: twice as long each time. */
export interface BatchWaits {
  firstMs: number;
  mostMs: number;
}

export class BatchBoard {
  readonly #shards: number;
  readonly #waits: BatchWaits;
  #state: BatchSnapshot;

  constructor(shards: number, waits: BatchWaits, carried?: BatchSnapshot) {
    this.#shards = shards;
    this.#waits = waits;
    this.#state = carried ?? {
      ...{ out: [], nextNumber: 1, fromShard: 0, mostCalls: MOST_CALLS, waitsUntilMs: 0, refusals: 0 },
    };
  }

  get out(): readonly BatchOut[] {
    return this.#state.out;
  }

  /** Shards below it may be worked on. */
  get openShards(): number {
    return Math.min(this.#state.fromShard, ...this.out.map(({ fromShard }) => fromShard));
  }

  /** Every call had its batch. */
  get isThrough(): boolean {
    return this.openShards >= this.#shards;
  }

  step(nowMs: number, isPaused: boolean): BatchStep {
    const { out, nextNumber, fromShard, mostCalls, waitsUntilMs } = this.#state;
    const due = out.find(({ dueAtMs }) => dueAtMs <= nowMs);
    if (due) return { what: 'collect', batch: due };
    const mayFollow = !isPaused && fromShard < this.#shards && out.length < BATCHES_AT_ONCE;
    if (mayFollow && waitsUntilMs <= nowMs) return { what: 'submit', number: nextNumber, fromShard, mostCalls };
    const times = [...out.map(({ dueAtMs }) => dueAtMs), ...(mayFollow ? [waitsUntilMs] : [])];
    return { what: 'wait', ms: times.length === 0 ? null : Math.min(...times) - nowMs };
  }

  submitted({ calls, throughShard, isHeld }: SubmittedMapBatch, nowMs: number): void {
    const { nextNumber: number, fromShard, out } = this.#state;
    if (isHeld) return this.#refused(out.length > 0 ? UNTIL_ONE_ENDS : nowMs);
    const batch = { number, fromShard, calls, done: 0, polls: 0, dueAtMs: nowMs + this.#waitMs(0) };
    this.#state = { ...this.#state, nextNumber: number + 1, fromShard: throughShard };
    if (calls > 0) this.#state.out = [...out, batch];
  }

  /** Asked about: what stands in it, where it has not ended; its calls go again, a few at a time, where it was turned away as a whole. */
  told(number: number, { isEnded, done, rejected }: BatchStanding, nowMs: number): void {
    const batch = this.out.find((each) => each.number === number);
    if (!batch) return;
    if (!isEnded) return this.postponed(number, nowMs, done);
    const { fromShard, mostCalls } = this.#state;
    this.#state = { ...this.#state, out: this.out.filter((each) => each !== batch) };
    if (!rejected) {
      this.#state = {
        ...this.#state,
        refusals: 0,
        waitsUntilMs: nowMs,
        mostCalls: Math.min(MOST_CALLS, mostCalls * 2),
      };
      return;
    }
    this.#state = {
      ...this.#state,
      fromShard: Math.min(fromShard, batch.fromShard),
      mostCalls: Math.max(1, Math.floor(batch.calls / 2)),
    };
    this.#refused(nowMs);
  }

  postponed(number: number, nowMs: number, done?: number): void {
    this.#state.out = this.out.map((batch) => {
      if (batch.number !== number) return batch;
      const polls = batch.polls + 1;
      return { ...batch, polls, done: done ?? batch.done, dueAtMs: nowMs + this.#waitMs(polls) };
    });
  }

  snapshot(): BatchSnapshot {
    return this.#state;
  }

  #refused(sinceMs: number): void {
    const { refusals } = this.#state;
    this.#state = { ...this.#state, refusals: refusals + 1, waitsUntilMs: sinceMs + this.#waitMs(refusals) };
  }

  #waitMs(times: number): number {
    const { firstMs, mostMs } = this.#waits;
    return Math.max(firstMs, Math.min(firstMs * 2 ** times, mostMs));
  }
}
