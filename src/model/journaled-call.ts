/**
 * A paid model call that is never made twice once its answer was acknowledged. Invariants:
 * (1) nothing is sent before its intent and reservation are on disk;
 * (2) an answer is returned only after it is on disk;
 * (3) in one process a key is in flight once; across processes its intent's owner is waited for while it lives;
 * (4) every create ends settled, released or in doubt: never forgotten.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { callKeyOf, subtaskAccountId } from '../contracts/addresses.ts';
import type { ModelReply } from '../contracts/model.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { CallRecord } from '../store/journal.ts';
import type { CreateRecord } from '../store/ledger.ts';
import { BatchCalls } from './batch-calls.ts';
import { kept } from './call-failures.ts';
import type { Gate, Leave, Limiter } from './limiter.ts';
import { ProviderFailure } from './port.ts';
import { Full, Lines } from './lines.ts';
import { askedIn, type JournaledWire, newWire, type PaidCall, type SingleCall, writtenWire } from './journaled-wire.ts';
import { Reservation } from './reservation.ts';
import {
  type Answered,
  appended,
  type OpenCreate,
  type PaidReply,
  Settlement,
  type SettlementParts,
  withdrawn,
} from './settlement.ts';
import { SharedWork } from './shared-work.ts';

const OWNER_POLL_MS = 500;
const BATCH_POLL_MS = 30_000;

export interface CallerParts extends SettlementParts {
  limiter: Limiter;
  /** Is it for a background objective that whoever calls now works? Default: no. */
  isBackground?: () => boolean;
}

export class ModelCaller {
  readonly #parts: CallerParts;
  readonly #inFlight = new SharedWork<Answered>();
  readonly #lines = new Lines();
  readonly #settlement: Settlement;
  /** Calls that can wait, at a lower price. Their answers are found by `callSingle`. */
  readonly batches: BatchCalls;

  constructor(parts: CallerParts) {
    this.#parts = parts;
    this.#settlement = new Settlement(parts, this.#lines);
    this.batches = new BatchCalls(parts, this.#settlement);
  }

  /** `cancelled` aborts when nobody wants the answer any more; then the provider is told, and the cost is booked. */
  async call(call: PaidCall, cancelled: AbortSignal): Promise<PaidReply> {
    const { heads, ...answered } = await this.#join(call, cancelled);
    return { ...answered, ...kept(callKeyOf(call), heads) };
  }

  /** The same for a call that nobody goes on from. */
  callSingle(call: SingleCall, cancelled: AbortSignal): Promise<Pick<Answered, 'reply' | 'costMicros'>> {
    return this.#join(call, cancelled);
  }

  #join(call: PaidCall | SingleCall, cancelled: AbortSignal): Promise<Answered> {
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
      ({ callKey, ownerId, batchKey }) =>
        batchKey === null && !this.#inFlight.has(callKey) && !this.#isElsewhere(ownerId),
    );
    const batches = new Set(leftovers.flatMap(({ batchKey }) => batchKey ?? []));
    await Promise.all([
      ...ours.map((create) => this.#settleLeftover(create)),
      ...[...batches].map((batchKey) => this.batches.settleLeftover(batchKey)),
    ]);
  }

  async #settleLeftover({ callKey, n, responseId, reserved }: CreateRecord & { callKey: string }): Promise<void> {
    const { journal } = this.#parts.store;
    const record = responseId === null ? null : await journal.find(callKey);
    if (!record) return journal.doubt({ callKey, n });
    const failure = await this.#settlement.withdraw(responseId, askedIn(record));
    await this.#settlement.book({ callKey, n, worst: reserved }, failure);
  }

  async #answer(callKey: string, call: PaidCall | SingleCall, signal: AbortSignal): Promise<Answered> {
    for (;;) {
      signal.throwIfAborted();
      const { journal } = this.#parts.store;
      const record = await journal.find(callKey);
      if (record?.reply) return toAnswered(record.reply, record);
      const open = record?.latest && isOpen(record.latest) ? record.latest : null;
      if (open?.batchKey != null) throw inBatch(callKey, open.batchKey);
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
    call: PaidCall | SingleCall,
    record: CallRecord | null,
    signal: AbortSignal,
  ): Promise<Answered | null> {
    const wire = await (record ? writtenWire(this.#parts, record) : newWire(this.#parts, callKey, call));
    const reservation = new Reservation(this.#parts, wire, call);
    const { provider, model } = wire.request;
    const gate = this.#parts.limiter.gate(provider, model);
    const accounts = [subtaskAccountId(call.objectiveId, call.subtaskId), call.objectiveId];
    const entered = await this.#lines.through(accounts, () => this.#enter(call, reservation, gate, signal), signal);
    if (!entered) return null;
    const { n, worst, leave } = entered;
    const create = { callKey, n, worst, spentMicros: record?.costMicros ?? 0 };
    try {
      return await this.#send(entered.wire, create, { gate, leave }, signal);
    } finally {
      leave('other');
    }
  }

  /** The gate first, then the reservation: a call that waits for the provider holds no money, and one that waits for money no place at the gate. */
  async #enter(
    { objectiveId }: Pick<PaidCall, 'objectiveId'>,
    reservation: Reservation,
    gate: Gate,
    signal: AbortSignal,
  ) {
    const isBackground = this.#parts.isBackground?.() ?? false;
    const leave = await gate.enter({ objectiveId, isBackground }, signal);
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
    { request, body, transcriptHead }: JournaledWire,
    create: Omit<OpenCreate, 'transcriptHead'>,
    { gate, leave }: { gate: Gate; leave: Leave },
    signal: AbortSignal,
  ): Promise<Answered | null> {
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
    return this.#settlement.end({ ...create, transcriptHead }, request, signal, {
      work: () =>
        untilAnswered(leave, () =>
          provider.create({ request, body }, { onIdentified, onLimits: (limits) => gate.observe(limits), signal }),
        ),
      responseId: () => responseId,
    });
  }

  /** Somebody made the call and is gone, or another attempt of ours was cut off: its response is asked for by id. */
  async #pickUp(
    record: CallRecord,
    open: CreateRecord,
    responseId: string,
    signal: AbortSignal,
  ): Promise<Answered | null> {
    const { callKey, transcriptHead } = record;
    const request = askedIn(record);
    const provider = this.#parts.providers.of(request.provider);
    const spentMicros = record.costMicros;
    const create = { callKey, n: open.n, worst: open.reserved, transcriptHead, spentMicros };
    return this.#settlement.end(create, request, signal, {
      work: () => provider.retrieve(responseId, request, signal),
      responseId: () => responseId,
    });
  }
}

/** A place at the gate is held while the provider is at work: what is booked afterwards needs none. */
async function untilAnswered<T>(leave: Leave, work: () => Promise<T>): Promise<T> {
  try {
    const answer = await work();
    leave('answered');
    return answer;
  } catch (error) {
    const isLimited = error instanceof ProviderFailure && error.type === 'ModelRateLimited';
    leave(isLimited ? 'limited' : 'other', isLimited ? error.retryAfterMs : undefined);
    throw error;
  }
}

const toAnswered = (reply: ModelReply, { costMicros, transcriptHead }: CallRecord): Answered => ({
  reply,
  costMicros,
  heads: appended(transcriptHead, reply)?.heads ?? null,
});

/** Whoever sent the batch hears of its end; until then the answer may come from there. */
const inBatch = (callKey: string, batchKey: string): TypedFailure =>
  new TypedFailure(
    'ModelUnavailable',
    `Call ${callKey} is part of the batch ${batchKey}, which the provider works on.`,
    { retryAfterMs: BATCH_POLL_MS },
  );

const isOpen = ({ state }: CreateRecord): boolean => state === 'sent' || state === 'identified';
