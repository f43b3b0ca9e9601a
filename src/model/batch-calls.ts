/**
 * Paid calls at the price of a batch, written down as live ones are: their answers lie in the journal under the same keys. Invariants:
 * (1) nothing is sent before the batch, its intents and reservations are on disk;
 * (2) a batch is sent once: who finds one that may have left looks for it at the provider first;
 * (3) each of its calls ends settled, released or in doubt.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchRecord } from '../store/batches.ts';
import { BatchBooks, type BatchStanding } from './batch-books.ts';
import { BatchFilling, roomFor } from './batch-filling.ts';
import { whileStoreIsDown } from './call-failures.ts';
import type { SingleCall } from './journaled-wire.ts';
import { type BatchedWire, ProviderFailure } from './port.ts';
import type { Settlement, SettlementParts } from './settlement.ts';
import { SharedWork } from './shared-work.ts';

export interface NewBatch {
  key: string;
  objectiveId: string;
  subtaskId: string;
  provider: string;
  mostCalls: number;
}

export interface SubmittedBatch {
  /** In the batch; 0 where there was none to send. */
  calls: number;
  /** How many groups, from the first on, have nothing left for another batch. */
  groups: number;
}

/** Bodies of one batch: they are held in memory, and so is the file that is made of them. */
const MOST_BYTES = 32_000_000;
const OWNER_POLL_MS = 500;
const NOBODY = 'nobody';

export class BatchCalls {
  readonly #parts: SettlementParts;
  readonly #books: BatchBooks;
  readonly #inFlight = new SharedWork<SubmittedBatch>();

  constructor(parts: SettlementParts, settlement: Settlement) {
    this.#parts = parts;
    this.#books = new BatchBooks(parts, settlement);
  }

  /**
   * Sends those of the calls that were never made, group by group, as long as there is room; asked again with the same key, it is the same batch.
   * Throws what the budget says where not even one call fits.
   */
  submit(batch: NewBatch, groups: AsyncIterable<SingleCall[]>, cancelled: AbortSignal): Promise<SubmittedBatch> {
    return this.#inFlight.join(batch.key, cancelled, (signal) => this.#submit(batch, groups, signal));
  }

  /**
   * How a batch that was submitted stands; once it has ended, every call of it is in the books. Asked again, it goes on where it broke off. Throws
   * `BudgetExceeded`, once, where the answers passed a cap: they are kept.
   */
  collect(key: string, signal: AbortSignal): Promise<BatchStanding> {
    return this.#books.collect(key, signal);
  }

  /** Tells the provider to stop. What is not booked at once is left for the end of the objective. */
  withdraw(key: string, signal: AbortSignal): Promise<void> {
    return this.#books.withdraw(key, signal);
  }

  /** Of an objective that ended: nothing stays reserved. What a worker that lives is about to send is left to it. */
  async settleLeftover(key: string): Promise<void> {
    const batch = await this.#parts.store.batches.find(key);
    if (this.#inFlight.has(key) || !batch || (batch.batchId === null && this.#isElsewhere(batch.ownerId))) return;
    await this.#books.giveUp(key);
  }

  async #submit(batch: NewBatch, groups: AsyncIterable<SingleCall[]>, signal: AbortSignal): Promise<SubmittedBatch> {
    this.#books.lane(batch.provider);
    const owned = await this.#own(batch, signal);
    try {
      const isSent = (await this.#books.idOf(owned, signal)) !== null;
      const filling = await this.#fillingOf(batch);
      if (isSent) filling.close();
      await filling.adopt();
      let through = 0;
      for await (const calls of groups) {
        if (!(await filling.add(calls, signal))) break;
        through += 1;
      }
      const { wires, refusal } = filling;
      if (wires.length === 0 && refusal) throw refusal;
      if (!isSent && wires.length > 0) await this.#send(batch, wires, signal);
      return { calls: wires.length, groups: through };
    } catch (error) {
      if (signal.aborted) await this.#books.giveUp(batch.key);
      throw error;
    } finally {
      await this.#leave(owned);
    }
  }

  /** The batch as ours to send, or as it was sent. */
  async #own({ key: batchKey, provider }: NewBatch, signal: AbortSignal): Promise<BatchRecord> {
    const { batches, owners } = this.#parts.store;
    const { ownerId } = owners;
    for (;;) {
      signal.throwIfAborted();
      const seen = await batches.find(batchKey);
      if (seen && seen.batchId !== null) return seen;
      if (seen && this.#isElsewhere(seen.ownerId)) {
        await sleep(OWNER_POLL_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      owners.take();
      const opened = await batches.open({ batchKey, provider, ownerId, from: seen?.ownerId ?? null });
      if (opened.batchId !== null || opened.ownerId === ownerId) return opened;
    }
  }

  /** Whoever tries next need not wait for us. */
  async #leave({ batchKey, provider }: BatchRecord): Promise<void> {
    const { batches, owners } = this.#parts.store;
    await whileStoreIsDown(() => batches.open({ batchKey, provider, ownerId: NOBODY, from: owners.ownerId }));
  }

  async #fillingOf({ key, mostCalls, ...subtask }: NewBatch): Promise<BatchFilling> {
    const room = await roomFor(this.#parts.store.ledger, subtask);
    return new BatchFilling(this.#parts, { batchKey: key, mostCalls, mostBytes: MOST_BYTES, room });
  }

  async #send({ key, provider }: NewBatch, wires: BatchedWire[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#parts.store.batches.mark({ batchKey: key, state: 'sent' });
    try {
      await this.#books.identify(key, await this.#books.lane(provider).submit(key, wires, signal));
    } catch (error) {
      if (error instanceof ProviderFailure && error.billed === 'no') await this.#books.release(key, error);
      throw error;
    }
  }

  /** Our own that is not in flight here is nobody's. */
  #isElsewhere(ownerId: string): boolean {
    const { owners } = this.#parts.store;
    return ownerId !== owners.ownerId && owners.isAlive(ownerId);
  }
}
