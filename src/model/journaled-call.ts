/**
 * A paid model call that is never made twice once its answer was acknowledged. Invariants:
 * (1) nothing is sent before its intent and reservation are on disk;
 * (2) an answer is returned only after it is on disk;
 * (3) in one process a key is in flight once; across processes its intent's owner is waited for while it lives;
 * (4) every create ends settled, released or in doubt: never forgotten.
 */
import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallAddress, callKeyOf, type Tier } from '../contracts/addresses.ts';
import type { ModelReply, ModelRequest, RequestHead } from '../contracts/model.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { Catalogue, ModelFigures } from '../catalogue/catalogue.ts';
import { costMicros, worstCaseMicros } from '../pricing.ts';
import { type CallRecord, chunkOf, type Conversation, type CreateRecord } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import type { Gate, Limiter, Outcome } from './limiter.ts';
import { ProviderFailure, type WireCall } from './port.ts';
import type { Providers } from './providers.ts';
import { budgetFailure, patient, whileStoreIsDown } from './call-failures.ts';
import { SharedWork } from './shared-work.ts';

export interface PaidCall extends CallAddress {
  tier: Tier;
  accountId: string;
  head: RequestHead;
  /** The conversation so far, in the store's transcripts. Asked for once: a call that was written down before keeps its own. */
  conversation: () => Promise<Conversation>;
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
  /** What earlier creates of the call have cost. */
  spentMicros: number;
}

const OWNER_POLL_MS = 500;

export interface CallerParts {
  store: Store;
  providers: Pick<Providers, 'of'>;
  catalogue: Catalogue;
  limiter: Limiter;
}

export class ModelCaller {
  readonly #parts: CallerParts;
  readonly #inFlight = new SharedWork<PaidReply>();

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** `cancelled` aborts when nobody wants the answer any more; then the provider is told, and the cost is booked. */
  call(call: PaidCall, cancelled: AbortSignal): Promise<PaidReply> {
    const key = callKeyOf(call);
    return this.#inFlight.join(key, cancelled, (signal) => this.#answer(key, call, signal));
  }

  async #answer(callKey: string, call: PaidCall, signal: AbortSignal): Promise<PaidReply> {
    for (;;) {
      signal.throwIfAborted();
      const { journal } = this.#parts.store;
      const record = await journal.find(callKey);
      if (record?.reply) return toPaidReply(record.reply, record);
      const open = record?.latest && isOpen(record.latest) ? record.latest : null;
      if (!record || !open || open.responseId !== null) {
        const paid = await (record && open?.responseId != null
          ? this.#pickUp(record, open, open.responseId, signal)
          : this.#create(callKey, call, record, signal));
        if (paid) return paid;
      } else if (this.#isElsewhere(open.ownerId))
        await sleep(OWNER_POLL_MS, undefined, { signal }).catch(() => undefined);
      else await journal.doubt({ callKey, n: open.n });
    }
  }

  /** Our own unfinished create that is no longer in flight here ended without a word: nobody waits for it. */
  #isElsewhere(ownerId: string): boolean {
    const { owners } = this.#parts.store;
    return ownerId !== owners.ownerId && owners.isAlive(ownerId);
  }

  /** Null when the call was not ours to make, or not ours to book, after all: the journal knows. */
  async #create(
    callKey: string,
    call: PaidCall,
    record: CallRecord | null,
    signal: AbortSignal,
  ): Promise<PaidReply | null> {
    const { limiter } = this.#parts;
    const wire = await this.#wireCall(callKey, call, record);
    const gate = limiter.gate(wire.request.provider, wire.request.model);
    // Before the reservation: a call that waits for the provider holds no money.
    const leave = await gate.enter(signal);
    let outcome: Outcome = 'other';
    let retryAfterMs: number | undefined;
    try {
      const paid = await this.#createOnce(wire, call, record?.costMicros ?? 0, signal, gate);
      if (paid) outcome = 'answered';
      return paid;
    } catch (error) {
      if (error instanceof ProviderFailure && error.type === 'ModelRateLimited') {
        outcome = 'limited';
        retryAfterMs = error.retryAfterMs;
      }
      throw error;
    } finally {
      leave(outcome, retryAfterMs);
    }
  }

  async #createOnce(
    wire: JournaledWire,
    call: PaidCall,
    spentMicros: number,
    signal: AbortSignal,
    gate: Gate,
  ): Promise<PaidReply | null> {
    const { callKey, request, body, digest, conversation } = wire;
    const { conversation: _thunk, ...rest } = call;
    const transcriptHead = conversation.head;
    const { owners, journal } = this.#parts.store;
    const provider = this.#parts.providers.of(request.provider);
    const figures = this.#figures(request.model);
    owners.take();
    const reserveMicros = worstCaseMicros(figures, Buffer.byteLength(body), request.maxOutputTokens);
    const outcome = await journal.intend({
      ...rest,
      callKey,
      head: headOf(request),
      transcriptHead,
      unsaved: conversation.unsaved,
      body,
      requestDigest: digest,
      ownerId: owners.ownerId,
      reserveMicros,
    });
    if (outcome.status === 'refused') throw budgetFailure(outcome.refusal);
    if (outcome.status !== 'intended') return null;
    const create = { callKey, n: outcome.n };
    let responseId: string | null = null;
    const onIdentified = async (id: string): Promise<void> => {
      responseId = id;
      await journal.identify({ ...create, responseId: id });
    };
    return this.#settle({ ...create, worstMicros: reserveMicros, transcriptHead, spentMicros }, request, signal, {
      work: () =>
        provider.create({ request, body }, { onIdentified, onLimits: (limits) => gate.observe(limits), signal }),
      responseId: () => responseId,
    });
  }

  /** Somebody made the call and is gone, or another attempt of ours was cut off: its response is asked for by id. */
  async #pickUp(
    record: CallRecord,
    open: CreateRecord,
    responseId: string,
    signal: AbortSignal,
  ): Promise<PaidReply | null> {
    const { callKey, transcriptHead } = record;
    const request = await this.#request(callKey, record);
    const provider = this.#parts.providers.of(request.provider);
    const spentMicros = record.costMicros;
    const create = { callKey, n: open.n, worstMicros: open.reservedMicros, transcriptHead, spentMicros };
    return this.#settle(create, request, signal, {
      work: () => provider.retrieve(responseId, request, signal),
      responseId: () => responseId,
    });
  }

  /** Books how a create ended, whatever the end; throws what its caller must hear of. */
  async #settle(
    create: OpenCreate,
    request: ModelRequest,
    signal: AbortSignal,
    { work, responseId }: { work: () => Promise<ModelReply>; responseId: () => string | null },
  ): Promise<PaidReply | null> {
    const { journal } = this.#parts.store;
    let reply: ModelReply;
    try {
      reply = await work();
    } catch (error) {
      const failure = signal.aborted ? await this.#withdraw(responseId(), request) : error;
      if (failure instanceof ProviderFailure) await this.#book(create, failure);
      throw signal.aborted ? (signal.reason as Error) : patient(error, create.n);
    }
    const { callKey, n, worstMicros, transcriptHead } = create;
    const costMicros = this.#priceOf(reply.model, reply.usage, worstMicros);
    const chunk = chunkOf(transcriptHead, reply.items);
    const isBooked = await whileStoreIsDown(() => journal.answer({ callKey, n, reply, costMicros, chunk }));
    if (!isBooked) return null;
    const total = create.spentMicros + costMicros;
    return { reply, costMicros: total, askedHead: transcriptHead, transcriptHead: chunk.ref };
  }

  async #book({ callKey, n, worstMicros }: OpenCreate, { billed, type }: ProviderFailure): Promise<void> {
    const { journal } = this.#parts.store;
    if (billed === 'pending') return;
    if (billed === 'unknown') return journal.doubt({ callKey, n });
    const costMicros = billed === 'no' ? 0 : this.#priceOf(billed.model, billed.usage, worstMicros);
    await journal.reject({ callKey, n, costMicros, failure: type });
  }

  /** Tells the provider to stop, and learns what the call cost, if it can be learnt. */
  async #withdraw(responseId: string | null, request: ModelRequest): Promise<ProviderFailure> {
    const withdrawn = (billed: ProviderFailure['billed']) =>
      new ProviderFailure('ModelUnavailable', 'The call was cancelled.', billed);
    if (responseId === null) return withdrawn('unknown');
    try {
      const provider = this.#parts.providers.of(request.provider);
      await provider.cancel(responseId);
      const reply = await provider.retrieve(responseId, request, AbortSignal.timeout(5000));
      return withdrawn({ model: reply.model, usage: reply.usage });
    } catch (error) {
      return error instanceof ProviderFailure && error.billed !== 'pending' ? error : withdrawn('unknown');
    }
  }

  /** What is sent: the bytes that were written down with the first intent, or those that are about to be. */
  async #wireCall(callKey: string, call: PaidCall, record: CallRecord | null): Promise<JournaledWire> {
    const head = record?.head ?? call.head;
    const { transcripts } = this.#parts.store;
    const conversation = await (record ? transcripts.open(record.transcriptHead) : call.conversation());
    const request: ModelRequest = { ...head, callKey, input: conversation.items };
    const body = record?.body ?? this.#parts.providers.of(request.provider).encode(request);
    const digest = hash('sha256', body, 'hex');
    if (record && record.requestDigest !== digest) {
      throw new TypedFailure('StoreCorrupt', `The stored request of call ${callKey} does not match its digest.`);
    }
    return { callKey, conversation, request, body, digest };
  }

  async #request(callKey: string, { head, transcriptHead }: Pick<CallRecord, 'head' | 'transcriptHead'>) {
    const request: ModelRequest = { ...head, callKey, input: await this.#parts.store.transcripts.load(transcriptHead) };
    return request;
  }

  #figures(model: string): ModelFigures {
    const figures = this.#parts.catalogue.figuresOf(model);
    if (figures) return figures;
    throw new TypedFailure(
      'ModelRequestRejected',
      `No price is known for the model "${model}" (see \`flotilla models\`).`,
    );
  }

  /** Without a usage, or for a model of unknown price, the worst case. */
  #priceOf(model: string, usage: ModelReply['usage'], worstMicros: number): number {
    const figures = this.#parts.catalogue.figuresOf(model);
    return usage && figures ? costMicros(figures, usage) : worstMicros;
  }
}

interface JournaledWire extends WireCall {
  callKey: string;
  conversation: Conversation;
  digest: string;
}

function headOf({ callKey: _callKey, input: _input, ...head }: ModelRequest): RequestHead {
  return head;
}

const toPaidReply = (reply: ModelReply, { costMicros, transcriptHead }: CallRecord): PaidReply => ({
  reply,
  costMicros,
  askedHead: transcriptHead,
  transcriptHead: chunkOf(transcriptHead, reply.items).ref,
});

const isOpen = ({ state }: CreateRecord): boolean => state === 'sent' || state === 'identified';
