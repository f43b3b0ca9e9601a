/**
 * How a create ends in the books, whatever the end: settled at its price, released, or in doubt; never forgotten. Its answer is
 * returned only after it is on disk.
 */
import { isSubtaskAccount } from '../contracts/addresses.ts';
import { type Amounts, NOTHING } from '../contracts/amounts.ts';
import type { AskedRequest, ModelReply } from '../contracts/model.ts';
import { costOf, laneOf } from '../pricing.ts';
import { type Chunk, chunkOf } from '../store/transcripts.ts';
import { budgetFailure, patient, whileStoreIsDown } from './call-failures.ts';
import type { Lines } from './lines.ts';
import { type Bill, type Billed, ProviderFailure } from './port.ts';
import type { ReservationParts } from './reservation.ts';

export interface Answered {
  reply: ModelReply;
  /** All creates of the call together. */
  costMicros: number;
  /** Null where no conversation is kept. */
  heads: Heads | null;
}

interface Heads {
  /** The conversation that was sent. */
  askedHead: string;
  /** The same with the reply at its end. */
  transcriptHead: string;
}

export type PaidReply = Omit<Answered, 'heads'> & Heads;

/** The reply at the end of its conversation; null where none is kept. */
export function appended(askedHead: string | null, { items }: ModelReply): { chunk: Chunk; heads: Heads } | null {
  if (askedHead === null) return null;
  const chunk = chunkOf(askedHead, items);
  return { chunk, heads: { askedHead, transcriptHead: chunk.ref } };
}

/** A create under way, and what is needed to book its end. */
export interface OpenCreate {
  callKey: string;
  n: number;
  worst: Amounts;
  transcriptHead: string | null;
  /** What earlier creates of the call have cost. */
  spentMicros: number;
}

export interface SettlementParts extends ReservationParts {
  /** How long a provider may take to stop a call and to tell its bill. */
  withdrawMs?: number;
}

const UNKEPT = { chunk: null, heads: null };

export const WITHDRAW_MS = 5000;

export class Settlement {
  readonly #parts: SettlementParts;
  readonly #lines: Lines;

  /** Who waits in `lines` for room is told of each settlement. */
  constructor(parts: SettlementParts, lines: Lines) {
    this.#parts = parts;
    this.#lines = lines;
  }

  /** Books how a create ended, whatever the end; throws what its caller must hear of. */
  async end(
    create: OpenCreate,
    request: AskedRequest,
    signal: AbortSignal,
    { work, responseId }: { work: () => Promise<ModelReply>; responseId: () => string | null },
  ): Promise<Answered | null> {
    let reply: ModelReply;
    try {
      reply = await work();
    } catch (error) {
      const failure = signal.aborted ? await this.withdraw(responseId(), request) : error;
      if (failure instanceof ProviderFailure) await this.book(create, failure);
      throw signal.aborted ? (signal.reason as Error) : patient(error, create.n);
    }
    const { isBooked, overrun, cost, heads } = await this.answered(create, reply);
    if (!isBooked) return null;
    // The answer is kept: whoever asks again, once the cap is raised, gets it.
    if (overrun) throw overrun;
    return { reply, costMicros: create.spentMicros + cost.micros, heads };
  }

  /** On disk when it resolves. `overrun`: it passed a cap of a person's, who is to hear of it. */
  async answered(
    { callKey, n, worst, transcriptHead }: Omit<OpenCreate, 'spentMicros'>,
    reply: ModelReply,
  ): Promise<Pick<Answered, 'heads'> & { isBooked: boolean; overrun: Error | null; cost: Amounts }> {
    const { journal } = this.#parts.store;
    const cost = this.#priceOf(reply, worst);
    const { chunk, heads } = appended(transcriptHead, reply) ?? UNKEPT;
    const { isBooked, over } = await whileStoreIsDown(() => journal.answer({ callKey, n, reply, cost, chunk }));
    this.#lines.settled();
    const overrun = over && !isSubtaskAccount(over.accountId) ? budgetFailure(over) : null;
    return { isBooked, overrun, cost, heads };
  }

  async book(
    { callKey, n, worst }: Pick<OpenCreate, 'callKey' | 'n' | 'worst'>,
    { billed, type }: ProviderFailure,
  ): Promise<void> {
    const { journal } = this.#parts.store;
    if (billed === 'pending') return;
    if (billed === 'unknown') await journal.doubt({ callKey, n });
    else {
      const cost = billed === 'no' ? NOTHING : this.#priceOf(billed, worst);
      const isUsageMissing = billed !== 'no' && billed.usage === null;
      await journal.reject({ callKey, n, cost, failure: type, isUsageMissing });
    }
    this.#lines.settled();
  }

  /** Tells the provider to stop, and learns what the call cost, if it can be learnt in time. */
  async withdraw(responseId: string | null, request: AskedRequest): Promise<ProviderFailure> {
    if (responseId === null) return withdrawn('unknown');
    const signal = AbortSignal.timeout(this.#parts.withdrawMs ?? WITHDRAW_MS);
    try {
      const provider = this.#parts.providers.of(request.provider);
      await provider.cancel(responseId, signal);
      return withdrawn(await provider.retrieve(responseId, request, signal));
    } catch (error) {
      return error instanceof ProviderFailure && error.billed !== 'pending' ? error : withdrawn('unknown');
    }
  }

  /** Without a usage, or for a model of unknown price, the worst case. */
  #priceOf({ model, usage, serviceTier = null }: Bill, worst: Amounts): Amounts {
    const figures = this.#parts.catalogue.figuresOf(model);
    return usage && figures ? costOf(figures, usage, laneOf(serviceTier)) : worst;
  }
}

export const withdrawn = (billed: Billed) => new ProviderFailure('ModelUnavailable', 'The call was cancelled.', billed);
