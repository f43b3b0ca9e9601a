/**
 * How much is reserved for a request: its worst case. Input is taken at one token a byte, which is never too little; where that
 * does not fit the budget it is counted. What still does not fit may be asked for with a shorter answer.
 */
import type { Catalogue, ModelFigures } from '../catalogue/catalogue.ts';
import { type CallAddress, subtaskAccountId, type Tier } from '../contracts/addresses.ts';
import type { Amounts } from '../contracts/amounts.ts';
import type { AskedRequest, ConversationItem, RequestHead } from '../contracts/model.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { byO200k, type TokenCounter } from '../o200k.ts';
import { type Lane, worstCase } from '../pricing.ts';
import type { IntendOutcome } from '../store/journal.ts';
import { isSpent, type Refusal } from '../store/ledger.ts';
import type { Store } from '../store/store.ts';
import { budgetFailure } from './call-failures.ts';
import { digestOf, type JournaledWire } from './journaled-wire.ts';
import { Full } from './lines.ts';
import type { Providers } from './providers.ts';

export interface ReservationParts {
  store: Store;
  providers: Pick<Providers, 'of'>;
  catalogue: Catalogue;
}

type Caller = CallAddress & { tier: Tier };

/** How a request is to be served, where it is not by itself and at once. */
interface ReservationTerms {
  lane?: Lane;
  /** The batch that it is sent with. */
  batchKey?: string;
}

/** The create that may be sent now, with the request that was written down for it. */
interface Reserved {
  wire: JournaledWire;
  n: number;
  worst: Amounts;
}

export class Reservation {
  readonly #parts: ReservationParts;
  readonly #figures: ModelFigures;
  readonly #wire: JournaledWire;
  readonly #caller: Caller;
  readonly #terms: ReservationTerms;
  #inputTokens: number;
  #isCounted: boolean;

  /** Throws `ModelRequestRejected` for a model of unknown price: what has none can't be capped. */
  constructor(parts: ReservationParts, wire: JournaledWire, caller: Caller, terms: ReservationTerms = {}) {
    const { provider, model } = wire.request;
    const figures = parts.catalogue.figuresOf(model);
    if (!figures) {
      const message = `No price is known for the model "${model}" (see \`flotilla models\`).`;
      throw new TypedFailure('ModelRequestRejected', message);
    }
    this.#parts = parts;
    this.#figures = figures;
    this.#wire = wire;
    this.#caller = caller;
    this.#terms = terms;
    this.#inputTokens = Buffer.byteLength(wire.body);
    this.#isCounted = !parts.catalogue.countsByO200k(provider);
  }

  /** By what is known of its size so far. */
  get worst(): Amounts {
    return this.#worstOf(this.#wire);
  }

  /** Reservation and intent. Null when the call is not ours to make: the journal knows. Throws what is spent, by name. */
  async take(): Promise<Reserved | Full | null> {
    let wire = this.#wire;
    for (;;) {
      const { maxOutputTokens } = wire.request;
      const worst = this.#worstOf(wire);
      const outcome = await this.#intend(wire, worst);
      if (outcome.status === 'intended') return { wire, n: outcome.n, worst };
      if (outcome.status !== 'refused') return null;
      if (!this.#isCounted) {
        this.#inputTokens = await countedTokens(wire.body);
        this.#isCounted = true;
        continue;
      }
      const { refusal } = outcome;
      if (!isSpent(refusal)) return new Full(refusal.accountId, budgetFailure(refusal));
      const size = { inputTokens: this.#inputTokens, maxOutputTokens };
      const { input } = this.#wire;
      const shorter = input && affordableOutput(this.#figures, size, refusal);
      if (!input || shorter === null) throw budgetFailure(refusal);
      wire = this.#reworded(input, shorter);
    }
  }

  #intend({ request, body, digest, transcriptHead, unsaved }: JournaledWire, reserve: Amounts): Promise<IntendOutcome> {
    const { owners, journal } = this.#parts.store;
    const { objectiveId, subtaskId, attempt, turn, purpose, tier } = this.#caller;
    const { batchKey } = this.#terms;
    owners.take();
    return journal.intend({
      ...{ objectiveId, subtaskId, attempt, turn, purpose, tier },
      callKey: request.callKey,
      accountId: subtaskAccountId(objectiveId, subtaskId),
      head: headOf(request),
      transcriptHead,
      unsaved,
      body,
      requestDigest: digest,
      ownerId: owners.ownerId,
      reserve,
      ...(batchKey !== undefined && { batchKey }),
    });
  }

  #worstOf({ request }: JournaledWire): Amounts {
    return worstCase(this.#figures, this.#inputTokens, request.maxOutputTokens, this.#terms.lane);
  }

  /** The same question with a shorter answer. */
  #reworded(input: ConversationItem[], maxOutputTokens: number): JournaledWire {
    const request = { ...this.#wire.request, maxOutputTokens };
    const body = this.#parts.providers.of(request.provider).encode({ ...request, input });
    return { ...this.#wire, request, body, digest: digestOf(body) };
  }
}

/** What providers add around items and tools is not in the request's text; its JSON has more signs than they need. */
const MARGIN = 1.05;
const AROUND_ALL_TOKENS = 100;

let counter: Promise<TokenCounter> | null = null;

/** An upper bound of the input's tokens, as near as o200k comes. */
async function countedTokens(body: string): Promise<number> {
  counter ??= byO200k();
  const count = await counter;
  return Math.min(Buffer.byteLength(body), Math.ceil(count(body) * MARGIN) + AROUND_ALL_TOKENS);
}

/** An answer that is cut off is paid for nothing: below this, and below half of what was to be asked for, it is not tried. */
const LEAST_OUTPUT_TOKENS = 4096;

/** The longest answer that still fits what is not spent; null where none worth asking for does. */
export function affordableOutput(
  figures: ModelFigures,
  { inputTokens, maxOutputTokens }: { inputTokens: number; maxOutputTokens: number },
  { unit, cap, spent }: Pick<Refusal, 'unit' | 'cap' | 'spent'>,
): number | null {
  const fits = (output: number): boolean => worstCase(figures, inputTokens, output)[unit] <= cap - spent;
  let least = Math.min(LEAST_OUTPUT_TOKENS, Math.ceil(maxOutputTokens / 2));
  let most = maxOutputTokens - 1;
  if (least > most || !fits(least)) return null;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(middle)) least = middle;
    else most = middle - 1;
  }
  return least;
}

function headOf({ callKey: _callKey, ...head }: AskedRequest): RequestHead {
  return head;
}
