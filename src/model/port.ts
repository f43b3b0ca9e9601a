/**
 * The port to model providers. Activities see this and the journaled call, never an SDK's types.
 * Contract of every method: what goes wrong is thrown as a `ProviderFailure`; `signal` reaches the socket, and an abort is
 * thrown as the signal's reason.
 */
import type { FailureNote, FailureType } from '../contracts/failures.ts';
import type { AskedRequest, ModelReply, ModelRequest, Usage } from '../contracts/model.ts';
import { TypedFailure, type TypedFailureOptions } from '../contracts/typed-failure.ts';

/** A request and its bytes: what was stored with the intent is what is sent, whatever a deploy has changed meanwhile. */
export interface WireCall {
  request: AskedRequest;
  body: string;
}

/** What the provider says of the account's limits, with an answer or with a refusal. Null where it says nothing. */
export interface RateLimits {
  requests: { limit: number; remaining: number; resetMs: number } | null;
  tokens: { limit: number; remaining: number; resetMs: number } | null;
}

export interface CreateHooks {
  /** Called once, as soon as the provider has named the response; awaited before the answer is used. */
  onIdentified: (responseId: string) => Promise<void>;
  onLimits?: (limits: RateLimits) => void;
  signal: AbortSignal;
}

export interface ModelProvider {
  /** The request as it goes over the wire. */
  encode(request: ModelRequest): string;
  /** Makes the call and waits for its end. */
  create(call: WireCall, hooks: CreateHooks): Promise<ModelReply>;
  /** Waits for the end of a call that was created earlier; `request` says what was asked. */
  retrieve(responseId: string, request: AskedRequest, signal: AbortSignal): Promise<ModelReply>;
  /** Asks the provider to stop; the call may still end with a bill. */
  cancel(responseId: string, signal: AbortSignal): Promise<void>;
  /** Input tokens by the provider's own count; null where it offers none. */
  count(call: WireCall, signal: AbortSignal): Promise<number | null>;
  /** The models that the account may use; null where the provider does not list them, or not all at once. */
  models(signal: AbortSignal): Promise<ServedModel[] | null>;
  /** Null where the provider has no batches. */
  readonly batches: BatchLane | null;
}

export interface ServedModel {
  id: string;
  /** From this day on it is no longer served (YYYY-MM-DD). Null: none is announced; absent: the provider does not say. */
  shutdown?: string | null;
}

/**
 * Many calls at a lower price, within a day. A batch is the provider's: it goes on while nobody watches, and whoever knows its id, or the
 * key that it was submitted under, can ask about it.
 */
export interface BatchLane {
  /**
   * Sends the calls as one batch, byte for byte; resolves to its id. Refused before anything is sent: none, more than 50,000 calls or 200 MB,
   * two models, a call key twice, a call in the background. A failure that is billed `unknown` may have left a batch: `find` tells.
   */
  submit(key: string, calls: BatchedWire[], signal: AbortSignal): Promise<string>;
  /** Batches that were submitted under the key since then, oldest first. One that is still on its way is not there yet. */
  find(key: string, sinceMs: number, signal: AbortSignal): Promise<string[]>;
  state(batchId: string, signal: AbortSignal): Promise<BatchState>;
  /**
   * Contract: the batch has ended, in whichever way. Each call that is asked for is told of once, in any order, as it is read; one that the
   * provider says nothing of is in doubt. When it breaks off, asking again for the rest is safe.
   */
  results(batch: BatchState, asked: ReadonlyMap<string, AskedCall>, signal: AbortSignal): AsyncIterable<BatchResult>;
  /** What was done is delivered and billed. One that has ended stays as it is. */
  cancel(batchId: string, signal: AbortSignal): Promise<void>;
}

/** A call as a batch sends it. */
export interface BatchedWire {
  request: Pick<ModelRequest, 'callKey' | 'model' | 'background'>;
  body: string;
}

/** What an answer is held against. */
export type AskedCall = Pick<ModelRequest, 'model' | 'maxOutputTokens'>;

export interface BatchState {
  id: string;
  status: 'working' | 'ended';
  /** The provider's own word, for people. */
  says: string;
  counts: { total: number; completed: number; failed: number };
  /** Files of an ended batch. */
  files: string[];
  /** Why none of its calls was made; null where they were begun. */
  rejected: FailureNote | null;
}

export type BatchResult = { callKey: string } & CallOutcome;
export type CallOutcome = { reply: ModelReply } | { failure: ProviderFailure };

/**
 * What is known of the bill: `no` (turned away, or never sent), `unknown` (it may have run), `pending` (it has an id and
 * can be asked about later), or it ended with this usage of this model (null: the provider did not tell).
 */
export type Billed = 'no' | 'unknown' | 'pending' | Bill;

export interface Bill {
  model: string;
  usage: Usage | null;
  serviceTier?: string | null;
}

/** Failures are stored, and what a provider says is part of the message: its texts, its codes, the names of its models. */
const LONGEST_MESSAGE = 400;

export class ProviderFailure extends TypedFailure {
  readonly billed: Billed;

  constructor(type: FailureType, message: string, billed: Billed, options: TypedFailureOptions = {}) {
    super(type, message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message, options);
    this.billed = billed;
  }
}
