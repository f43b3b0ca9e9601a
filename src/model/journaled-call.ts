/**
 * A paid model call that is never made twice once its answer was acknowledged. Invariants:
 * (1) nothing is sent before its intent and reservation are on disk;
 * (2) an answer is returned only after it is on disk, and always from there;
 * (3) in one process a key is in flight once; across processes its intent's owner is waited for while it lives;
 * (4) every create ends settled, released or in doubt: never forgotten.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallAddress, callKeyOf, type Tier } from '../contracts/addresses.ts';
import type { ModelReply, ModelRequest, RequestHead } from '../contracts/model.ts';
import { formatUsd } from '../contracts/money.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { figuresOf } from '../catalogue.ts';
import { costMicros, worstCaseMicros } from '../pricing.ts';
import { type CallRecord, chunkOf, type CreateRecord, type Refusal } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import { type ModelProvider, ProviderFailure } from './port.ts';
import { SharedWork } from './shared-work.ts';

export interface PaidCall extends CallAddress {
  tier: Tier;
  accountId: string;
  head: RequestHead;
  /** The conversation so far, in the store's transcripts. Asked for once: a call that was written down before keeps its own. */
  conversation: () => Promise<string>;
}

export interface PaidReply {
  reply: ModelReply;
  /** All creates of the call together. */
  costMicros: number;
  /** The conversation that was sent. */
  askedHead: string;
  /** The same with the reply at its end. */
  transcriptHead: string;
}

/** A create under way, and what is needed to book its end. */
interface OpenCreate {
  callKey: string;
  n: number;
  worstMicros: number;
  transcriptHead: string;
}

const OWNER_POLL_MS = 500;
const RESERVED_RETRY_MS = 1000;
const STORE_RETRY_MS = 1000;
const STORE_TRIES = 60;

export class ModelCaller {
  readonly #provider: ModelProvider;
  readonly #store: Store;
  readonly #inFlight = new SharedWork<PaidReply>();

  constructor(provider: ModelProvider, store: Store) {
    this.#provider = provider;
    this.#store = store;
  }

  /** `cancelled` aborts when nobody wants the answer any more; then the provider is told, and the cost is booked. */
  call(call: PaidCall, cancelled: AbortSignal): Promise<PaidReply> {
    const key = callKeyOf(call);
    return this.#inFlight.join(key, cancelled, (signal) => this.#answer(key, call, signal));
  }

  async #answer(callKey: string, call: PaidCall, signal: AbortSignal): Promise<PaidReply> {
    for (;;) {
      signal.throwIfAborted();
      const record = await this.#store.journal.find(callKey);
      if (record?.reply) return toPaidReply(record.reply, record);
      const open = record?.latest && isOpen(record.latest) ? record.latest : null;
      if (!record || !open) await this.#create(callKey, call, record, signal);
      else if (open.responseId !== null) await this.#pickUp(record, open, open.responseId, signal);
      else if (this.#isElsewhere(open.ownerId))
        await sleep(OWNER_POLL_MS, undefined, { signal }).catch(() => undefined);
      else await this.#store.journal.doubt({ callKey, n: open.n });
    }
  }

  /** Our own unfinished create that is no longer in flight here ended without a word: nobody waits for it. */
  #isElsewhere(ownerId: string): boolean {
    const { owners } = this.#store;
    return ownerId !== owners.ownerId && owners.isAlive(ownerId);
  }

  async #create(callKey: string, call: PaidCall, record: CallRecord | null, signal: AbortSignal): Promise<void> {
    const { conversation, ...rest } = call;
    const head = record?.head ?? call.head;
    const transcriptHead = record?.transcriptHead ?? (await conversation());
    const { request, digest, bytes } = await this.#request(callKey, { head, transcriptHead });
    if (record && record.requestDigest !== digest) {
      throw new TypedFailure('StoreCorrupt', `The stored request of call ${callKey} does not match its digest.`);
    }
    const { owners, journal } = this.#store;
    owners.take();
    const reserveMicros = worstCaseMicros(request.model, bytes, request.maxOutputTokens);
    const outcome = await journal.intend({
      ...rest,
      callKey,
      head,
      transcriptHead,
      requestDigest: digest,
      ownerId: owners.ownerId,
      reserveMicros,
    });
    if (outcome.status === 'refused') throw budgetFailure(outcome.refusal);
    if (outcome.status !== 'intended') return;
    const create = { callKey, n: outcome.n };
    let responseId: string | null = null;
    const onIdentified = async (id: string): Promise<void> => {
      responseId = id;
      await journal.identify({ ...create, responseId: id });
    };
    await this.#settle({ ...create, worstMicros: reserveMicros, transcriptHead }, request, signal, {
      work: () => this.#provider.create(request, { onIdentified, signal }),
      responseId: () => responseId,
    });
  }

  /** Somebody made the call and is gone, or another attempt of ours was cut off: its response is asked for by id. */
  async #pickUp(record: CallRecord, open: CreateRecord, responseId: string, signal: AbortSignal): Promise<void> {
    const { callKey, transcriptHead } = record;
    const { request } = await this.#request(callKey, record);
    const create = { callKey, n: open.n, worstMicros: open.reservedMicros, transcriptHead };
    await this.#settle(create, request, signal, {
      work: () => this.#provider.retrieve(responseId, request, signal),
      responseId: () => responseId,
    });
  }

  /** Books how a create ended, whatever the end; throws what its caller must hear of. */
  async #settle(
    create: OpenCreate,
    request: ModelRequest,
    signal: AbortSignal,
    { work, responseId }: { work: () => Promise<ModelReply>; responseId: () => string | null },
  ): Promise<void> {
    const { journal } = this.#store;
    let reply: ModelReply;
    try {
      reply = await work();
    } catch (error) {
      const failure = signal.aborted ? await this.#withdraw(responseId(), request) : error;
      if (failure instanceof ProviderFailure) await this.#book(create, failure);
      throw signal.aborted ? (signal.reason as Error) : error;
    }
    const { callKey, n, worstMicros, transcriptHead } = create;
    const costMicros = priceOf(reply.model, reply.usage, worstMicros);
    const chunk = chunkOf(transcriptHead, reply.items);
    await whileStoreIsDown(() => journal.answer({ callKey, n, reply, costMicros, chunk }));
  }

  async #book({ callKey, n, worstMicros }: OpenCreate, { billed, type }: ProviderFailure): Promise<void> {
    const { journal } = this.#store;
    if (billed === 'pending') return;
    if (billed === 'unknown') return journal.doubt({ callKey, n });
    const costMicros = billed === 'no' ? 0 : priceOf(billed.model, billed.usage, worstMicros);
    await journal.reject({ callKey, n, costMicros, failure: type });
  }

  /** Tells the provider to stop, and learns what the call cost, if it can be learnt. */
  async #withdraw(responseId: string | null, request: ModelRequest): Promise<ProviderFailure> {
    const withdrawn = (billed: ProviderFailure['billed']) =>
      new ProviderFailure('ModelUnavailable', 'The call was cancelled.', billed);
    if (responseId === null) return withdrawn('unknown');
    try {
      await this.#provider.cancel(responseId);
      const reply = await this.#provider.retrieve(responseId, request, AbortSignal.timeout(5000));
      return withdrawn({ model: reply.model, usage: reply.usage });
    } catch (error) {
      return error instanceof ProviderFailure && error.billed !== 'pending' ? error : withdrawn('unknown');
    }
  }

  async #request(callKey: string, { head, transcriptHead }: Pick<CallRecord, 'head' | 'transcriptHead'>) {
    const input = await this.#store.transcripts.load(transcriptHead);
    const request: ModelRequest = { ...head, callKey, input };
    const json = JSON.stringify(request);
    return { request, digest: createHash('sha256').update(json).digest('hex'), bytes: Buffer.byteLength(json) };
  }
}

/** A paid answer is held in memory until the store takes it: asking again would cost again. */
async function whileStoreIsDown(write: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return void (await write());
    } catch (error) {
      if (!(error instanceof TypedFailure) || error.type !== 'StoreUnavailable' || tries === STORE_TRIES) throw error;
      await sleep(STORE_RETRY_MS);
    }
  }
}

const toPaidReply = (reply: ModelReply, { costMicros, transcriptHead }: CallRecord): PaidReply => ({
  reply,
  costMicros,
  askedHead: transcriptHead,
  transcriptHead: chunkOf(transcriptHead, reply.items).ref,
});

const isOpen = ({ state }: CreateRecord): boolean => state === 'sent' || state === 'identified';

/** Without a usage, or for a model of unknown price, the worst case. */
function priceOf(model: string, usage: ModelReply['usage'], worstMicros: number): number {
  return usage && figuresOf(model) ? costMicros(model, usage) : worstMicros;
}

function budgetFailure({ accountId, capMicros, spentMicros, reservedMicros, askedMicros }: Refusal): TypedFailure {
  const books =
    `The next call may cost up to ${formatUsd(askedMicros)}; of the cap of ${formatUsd(capMicros)} of "${accountId}", ` +
    `${formatUsd(spentMicros)} is spent and ${formatUsd(reservedMicros)} is held by calls in flight.`;
  if (spentMicros + askedMicros > capMicros) return new TypedFailure('BudgetExceeded', books);
  return new TypedFailure('BudgetReserved', books, { retryAfterMs: RESERVED_RETRY_MS });
}
