/**
 * A paid model call that is never made twice once its answer was acknowledged. Invariants:
 * (1) nothing is sent before its intent and reservation are on disk;
 * (2) an answer is returned only after it is on disk;
 * (3) in one process a key is in flight once; across processes its intent's owner is waited for while it lives;
 * (4) every create ends settled, released or in doubt: never forgotten.
 */
import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallAddress, callKeyOf, subtaskAccountId, type Tier } from '../contracts/addresses.ts';
import type { ModelReply, ModelRequest, RequestHead } from '../contracts/model.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { CallRecord } from '../store/journal.ts';
import type { CreateRecord } from '../store/ledger.ts';
import { chunkOf, type Conversation } from '../store/transcripts.ts';
import type { Gate, Limiter, Outcome } from './limiter.ts';
import { ProviderFailure } from './port.ts';
import { Full, Lines } from './lines.ts';
import { type JournaledWire, Reservation } from './reservation.ts';
import { type OpenCreate, type PaidReply, Settlement, type SettlementParts, withdrawn } from './settlement.ts';
import { SharedWork } from './shared-work.ts';

export interface PaidCall extends CallAddress {
  tier: Tier;
  head: RequestHead;
  /** The conversation so far, in the store's transcripts. Asked for once: a call that was written down before keeps its own. */
  conversation: () => Promise<Conversation>;
}

const OWNER_POLL_MS = 500;

export interface CallerParts extends SettlementParts {
  limiter: Limiter;
}

export class ModelCaller {
  readonly #parts: CallerParts;
  readonly #inFlight = new SharedWork<PaidReply>();
  readonly #lines = new Lines();
  readonly #settlement: Settlement;

  constructor(parts: CallerParts) {
    this.#parts = parts;
    this.#settlement = new Settlement(parts, this.#lines);
  }

  /** `cancelled` aborts when nobody wants the answer any more; then the provider is told, and the cost is booked. */
  call(call: PaidCall, cancelled: AbortSignal): Promise<PaidReply> {
    const key = callKeyOf(call);
    return this.#inFlight.join(key, cancelled, (signal) => this.#answer(key, call, signal));
  }

  /**
   * Creates of an objective that ended without a word: withdrawn at the provider and booked, so that nothing stays reserved. What is under way
   * in a worker that lives is left to it.
   */
  async settleLeftovers(objectiveId: string): Promise<void> {
    const leftovers = await this.#parts.store.ledger.openCreates(objectiveId);
    const ours = leftovers.filter(
      ({ callKey, ownerId }) => !this.#inFlight.has(callKey) && !this.#isElsewhere(ownerId),
    );
    await Promise.all(ours.map((create) => this.#settleLeftover(create)));
  }

  async #settleLeftover({ callKey, n, responseId, reserved }: CreateRecord & { callKey: string }): Promise<void> {
    const { journal } = this.#parts.store;
    const record = responseId === null ? null : await journal.find(callKey);
    if (!record) return journal.doubt({ callKey, n });
    const failure = await this.#settlement.withdraw(responseId, await this.#request(callKey, record));
    await this.#settlement.book({ callKey, n, worst: reserved }, failure);
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
    const wire = await this.#wireCall(callKey, call, record);
    const reservation = new Reservation(this.#parts, wire, call, record !== null);
    const { provider, model } = wire.request;
    const gate = this.#parts.limiter.gate(provider, model);
    const accounts = [subtaskAccountId(call.objectiveId, call.subtaskId), call.objectiveId];
    const entered = await this.#lines.through(accounts, () => this.#enter(reservation, gate, signal), signal);
    if (!entered) return null;
    let outcome: Outcome = 'other';
    let retryAfterMs: number | undefined;
    try {
      const spentMicros = record?.costMicros ?? 0;
      const { n, worst } = entered;
      const paid = await this.#send(entered.wire, { callKey, n, worst, spentMicros }, gate, signal);
      if (paid) outcome = 'answered';
      return paid;
    } catch (error) {
      if (error instanceof ProviderFailure && error.type === 'ModelRateLimited') {
        outcome = 'limited';
        retryAfterMs = error.retryAfterMs;
      }
      throw error;
    } finally {
      entered.leave(outcome, retryAfterMs);
    }
  }

  /** The gate first, then the reservation: a call that waits for the provider holds no money, and one that waits for money no place at the gate. */
  async #enter(reservation: Reservation, gate: Gate, signal: AbortSignal) {
    const leave = await gate.enter(signal);
    let isEntered = false;
    try {
      signal.throwIfAborted();
      const reserved = await reservation.take();
      if (!reserved || reserved instanceof Full) return reserved;
      isEntered = true;
      return { ...reserved, leave };
    } finally {
      if (!isEntered) leave('other');
    }
  }

  async #send(
    { request, body, conversation }: JournaledWire,
    create: Omit<OpenCreate, 'transcriptHead'>,
    gate: Gate,
    signal: AbortSignal,
  ): Promise<PaidReply | null> {
    const { journal } = this.#parts.store;
    const { callKey, n } = create;
    const provider = this.#parts.providers.of(request.provider);
    if (signal.aborted) {
      // Nothing was sent.
      await this.#settlement.book(create, withdrawn('no'));
      throw signal.reason as Error;
    }
    let responseId: string | null = null;
    const onIdentified = async (id: string): Promise<void> => {
      responseId = id;
      await journal.identify({ callKey, n, responseId: id });
    };
    return this.#settlement.end({ ...create, transcriptHead: conversation.head }, request, signal, {
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
    const create = { callKey, n: open.n, worst: open.reserved, transcriptHead, spentMicros };
    return this.#settlement.end(create, request, signal, {
      work: () => provider.retrieve(responseId, request, signal),
      responseId: () => responseId,
    });
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
}

const toPaidReply = (reply: ModelReply, { costMicros, transcriptHead }: CallRecord): PaidReply => ({
  reply,
  costMicros,
  askedHead: transcriptHead,
  transcriptHead: chunkOf(transcriptHead, reply.items).ref,
});

const isOpen = ({ state }: CreateRecord): boolean => state === 'sent' || state === 'identified';
