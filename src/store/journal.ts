/**
 * The journal as its users see it. A call is written down before it is made; money moves in the same transactions. Whatever
 * stands behind (SQLite, PostgreSQL) keeps these promises:
 * (1) `intend` writes reservation and intent, `answer` writes response, settlement and transcript: each in one transaction.
 * (2) A reply is written once; a second `answer` changes nothing.
 * (3) One create of a call is open at a time, whoever asks.
 */
import type { CallAddress, Tier } from '../contracts/addresses.ts';
import type { Amounts } from '../contracts/amounts.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { ModelReply, RequestHead } from '../contracts/model.ts';
import type { CreateRecord, Refusal } from './ledger.ts';
import type { Chunk } from './transcripts.ts';

export interface CallRecord {
  callKey: string;
  head: RequestHead;
  /** The conversation that was sent; null where none is kept. */
  transcriptHead: string | null;
  requestDigest: string;
  /** The request's bytes, kept until it is answered; null from then on. */
  body: string | null;
  /** Null until answered. */
  reply: ModelReply | null;
  costMicros: number;
  latest: CreateRecord | null;
}

export interface Intent extends CallAddress {
  callKey: string;
  /** Opened under the objective's where it is new. */
  accountId: string;
  tier: Tier;
  head: RequestHead;
  /** Null for a call that keeps no conversation. */
  transcriptHead: string | null;
  /** The end of the conversation, where it is not in the store yet. */
  unsaved: Chunk | null;
  /** The request as it will be sent. */
  body: string;
  requestDigest: string;
  ownerId: string;
  reserve: Amounts;
  /** Where it is sent with others: the key of their batch. */
  batchKey?: string;
}

export type IntendOutcome =
  | { status: 'intended'; n: number }
  | { status: 'open'; create: CreateRecord }
  | { status: 'answered' }
  /** Somebody wrote the call down with other bytes, or for another conversation, meanwhile: those are the ones to send. */
  | { status: 'asked-otherwise' }
  | { status: 'refused'; refusal: Refusal };

export interface Answer {
  callKey: string;
  n: number;
  reply: ModelReply;
  cost: Amounts;
  /** The reply as a chunk of the conversation, where one is kept. */
  chunk: Chunk | null;
}

/** `cost` is that of an unusable answer; a call that was turned away cost nothing. */
export interface Rejection {
  callKey: string;
  n: number;
  cost: Amounts;
  failure: FailureType;
  /** Did the provider bill without saying how much? */
  isUsageMissing?: boolean;
}

/** How the end of a create went into the books. `over`: it cost more than was reserved, and now more than a cap is gone. */
export interface Booking {
  isBooked: boolean;
  over: Refusal | null;
}

export interface Journal {
  find(callKey: string): Promise<CallRecord | null>;
  intend(intent: Intent): Promise<IntendOutcome>;
  identify(create: { callKey: string; n: number; responseId: string }): Promise<void>;
  /** Not booked when the create had ended already: then what stands in the journal counts. */
  answer(answer: Answer): Promise<Booking>;
  /** The provider turned the call away, or gave an answer that can't be used: settled at its cost, the call stays open. */
  reject(rejection: Rejection): Promise<Booking>;
  /** It may have been billed and can't be asked about: booked at its worst case. */
  doubt(create: { callKey: string; n: number }): Promise<void>;
}
