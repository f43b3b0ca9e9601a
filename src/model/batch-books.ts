/** How a batch ends in the books: asked about, its results booked call by call, told to stop, given up. Every step may be done again. */
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { BatchedCall, BatchRecord } from '../store/batches.ts';
import { whileStoreIsDown } from './call-failures.ts';
import { type BatchLane, type BatchResult, type BatchState, ProviderFailure } from './port.ts';
import { type Settlement, type SettlementParts, WITHDRAW_MS, withdrawn } from './settlement.ts';

export type BatchStanding = Pick<BatchState, 'status' | 'says' | 'counts' | 'rejected'>;

type NamedBatch = BatchRecord & { batchId: string };

const BOOKED_AT_ONCE = 500;

export class BatchBooks {
  readonly #parts: SettlementParts;
  readonly #settlement: Settlement;

  constructor(parts: SettlementParts, settlement: Settlement) {
    this.#parts = parts;
    this.#settlement = settlement;
  }

  /** How it stands; once it has ended, every call of it is in the books. Throws `BudgetExceeded`, once, where the answers passed a cap. */
  async collect(key: string, signal: AbortSignal): Promise<BatchStanding> {
    const batch = await this.#named(key);
    const standing = await this.#stateOf(batch, signal);
    if (standing === null) {
      await this.#bookAll(key, withdrawn('unknown'));
      await this.#mark(key, 'ended');
      return GONE;
    }
    if (standing.status === 'working') return standing;
    const overrun = await this.#book(batch, standing, signal);
    await this.#mark(key, standing.rejected ? 'turned-away' : 'ended');
    if (overrun) throw overrun;
    return standing;
  }

  /** Nobody wants it any more: it is told to stop. What it has done is booked, if it ends at once. */
  async withdraw(key: string, signal: AbortSignal): Promise<void> {
    const batch = await this.#parts.store.batches.find(key);
    if (!batch || (await this.idOf(batch, signal)) === null) return;
    if ((await this.collect(key, signal)).status === 'ended') return;
    const { batchId, provider } = await this.#named(key);
    await this.lane(provider).cancel(batchId, signal);
    await this.collect(key, signal);
  }

  /** The same, and what is not known in time is in doubt. */
  async giveUp(key: string): Promise<void> {
    const signal = AbortSignal.timeout(this.#parts.withdrawMs ?? WITHDRAW_MS);
    await this.withdraw(key, signal).catch(() => undefined);
    const batch = await this.#parts.store.batches.find(key);
    if (batch?.state === 'filling') await this.release(key, withdrawn('no'));
    else await this.#bookAll(key, withdrawn('unknown'));
  }

  /** Nothing of it was made. */
  async release(key: string, failure: ProviderFailure): Promise<void> {
    await this.#bookAll(key, failure);
    await this.#mark(key, 'turned-away');
  }

  /** Its id at the provider, who is asked where it may have left without our hearing of it; null where there is none. */
  async idOf(batch: BatchRecord, signal: AbortSignal): Promise<string | null> {
    const { batchKey, provider, batchId, state, startedAtMs } = batch;
    if (batchId !== null || state !== 'sent') return batchId;
    const [found = null] = await this.lane(provider).find(batchKey, startedAtMs, signal);
    if (found !== null) await this.identify(batchKey, found);
    return found;
  }

  identify(batchKey: string, batchId: string): Promise<void> {
    return whileStoreIsDown(() => this.#parts.store.batches.identify({ batchKey, batchId }));
  }

  lane(provider: string): BatchLane {
    const { batches } = this.#parts.providers.of(provider);
    if (batches) return batches;
    throw new TypedFailure('ModelRequestRejected', `The provider "${provider}" has no batches; use the live lane.`);
  }

  async #named(key: string): Promise<NamedBatch> {
    const batch = await this.#parts.store.batches.find(key);
    if (batch && batch.batchId !== null) return { ...batch, batchId: batch.batchId };
    throw new TypedFailure('StoreCorrupt', `The batch ${key} was never sent.`);
  }

  /** Null where the provider no longer knows it. */
  async #stateOf({ batchId, provider }: NamedBatch, signal: AbortSignal): Promise<BatchState | null> {
    try {
      return await this.lane(provider).state(batchId, signal);
    } catch (error) {
      if (error instanceof ProviderFailure && error.billed === 'unknown') return null;
      throw error;
    }
  }

  /** Each call as it is told of. What passed a cap, if anything did. */
  async #book({ batchKey, provider }: BatchRecord, standing: BatchState, signal: AbortSignal): Promise<Error | null> {
    const open = new Map((await this.#parts.store.batches.calls(batchKey)).map((call) => [call.callKey, call]));
    if (open.size === 0) return null;
    let overrun: Error | null = null;
    let told: BatchResult[] = [];
    const book = async (): Promise<void> => {
      const failures = await Promise.all(told.map((result) => this.#end(open.get(result.callKey), result)));
      overrun ??= failures.find((failure) => failure !== null) ?? null;
      told = [];
    };
    for await (const result of this.lane(provider).results(standing, open, signal)) {
      if (told.push(result) === BOOKED_AT_ONCE) await book();
    }
    await book();
    return overrun;
  }

  async #end(call: BatchedCall | undefined, result: BatchResult): Promise<Error | null> {
    if (!call) return null;
    const create = { ...call, worst: call.reserved };
    if ('reply' in result) return (await this.#settlement.answered(create, result.reply)).overrun;
    await this.#settlement.book(create, result.failure);
    return null;
  }

  async #bookAll(key: string, failure: ProviderFailure): Promise<void> {
    const open = await this.#parts.store.batches.calls(key);
    for (let start = 0; start < open.length; start += BOOKED_AT_ONCE) {
      const together = open.slice(start, start + BOOKED_AT_ONCE);
      await Promise.all(together.map((call) => this.#settlement.book({ ...call, worst: call.reserved }, failure)));
    }
  }

  #mark(batchKey: string, state: BatchRecord['state']): Promise<void> {
    return this.#parts.store.batches.mark({ batchKey, state });
  }
}

const GONE: BatchStanding = {
  status: 'ended',
  says: 'The provider no longer knows it.',
  counts: { total: 0, completed: 0, failed: 0 },
  rejected: null,
};
