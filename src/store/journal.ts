/**
 * The journal and the ledger as their users see them. A call is written down before it is made; money moves in the same
 * transactions. Whatever stands behind (SQLite, PostgreSQL) keeps these promises:
 * (1) `intend` writes reservation and intent, `answer` writes response, settlement and transcript: each in one transaction.
 * (2) A reply is written once; a second `answer` changes nothing.
 * (3) One create of a call is open at a time, whoever asks.
 */
import type { CallAddress, Tier } from '../contracts/addresses.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { ConversationItem, ModelReply, RequestHead } from '../contracts/model.ts';
import { refOf } from './blobs.ts';

/** `sent`: the request may have left. `identified`: the provider's id is known. The rest are ends. */
export type CreateState = 'sent' | 'identified' | 'settled' | 'released' | 'in-doubt';

/** One time that a call was sent to the provider; `n` counts from 1. */
export interface CreateRecord {
  n: number;
  ownerId: string;
  state: CreateState;
  responseId: string | null;
  reservedMicros: number;
}

export interface CallRecord {
  callKey: string;
  head: RequestHead;
  transcriptHead: string;
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
  accountId: string;
  tier: Tier;
  head: RequestHead;
  transcriptHead: string;
  /** The end of the conversation, where it is not in the store yet. */
  unsaved: Chunk | null;
  /** The request as it will be sent. */
  body: string;
  requestDigest: string;
  ownerId: string;
  reserveMicros: number;
}

/** Why a reservation does not fit; amounts in micro-dollars. */
export interface Refusal {
  accountId: string;
  capMicros: number;
  /** Settled and in doubt: gone for good. */
  spentMicros: number;
  /** Held by calls in flight: may come back. */
  reservedMicros: number;
  askedMicros: number;
}

export type IntendOutcome =
  | { status: 'intended'; n: number }
  | { status: 'open'; create: CreateRecord }
  | { status: 'answered' }
  /** Somebody wrote the call down with other bytes meanwhile: those are the ones to send. */
  | { status: 'asked-otherwise' }
  | { status: 'refused'; refusal: Refusal };

export interface Answer {
  callKey: string;
  n: number;
  reply: ModelReply;
  costMicros: number;
  /** The reply as a chunk of the conversation. */
  chunk: Chunk;
}

/** A piece of a conversation; `ref` is the hash of the rest. */
export interface Chunk {
  ref: string;
  previous: string | null;
  items: ConversationItem[];
}

export const chunkOf = (previous: string | null, items: ConversationItem[]): Chunk => ({
  ref: refOf(JSON.stringify([previous, items])),
  previous,
  items,
});

/** `costMicros` is what an unusable answer cost; a call that was turned away cost nothing. */
export interface Rejection {
  callKey: string;
  n: number;
  costMicros: number;
  failure: FailureType;
}

export interface Journal {
  find(callKey: string): Promise<CallRecord | null>;
  intend(intent: Intent): Promise<IntendOutcome>;
  identify(create: { callKey: string; n: number; responseId: string }): Promise<void>;
  /** False when the create had ended already: then what stands in the journal counts. */
  answer(answer: Answer): Promise<boolean>;
  /** The provider turned the call away, or gave an answer that can't be used: settled at its cost, the call stays open. */
  reject(rejection: Rejection): Promise<void>;
  /** It may have been billed and can't be asked about: booked at its worst case. */
  doubt(create: { callKey: string; n: number }): Promise<void>;
}

export interface Account {
  accountId: string;
  parentId: string | null;
  capMicros: number | null;
  settledMicros: number;
  reservedMicros: number;
  inDoubtMicros: number;
}

/** What one subtask (or the manager) has used so far, calls in flight included. Tokens are settled ones. */
export interface SubtaskSpend {
  subtaskId: string;
  tier: Tier;
  model: string;
  calls: number;
  inFlight: number;
  turns: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  settledMicros: number;
  reservedMicros: number;
  inDoubtMicros: number;
  /** Answered by a stand-in, not by a language model. */
  standInCalls: number;
}

export interface Ledger {
  /** Opening twice is opening once; the cap of the first stands. */
  openAccount(account: { accountId: string; parentId: string | null; capMicros: number | null }): Promise<Account>;
  raiseCap(raise: { accountId: string; capMicros: number }): Promise<Account>;
  account(accountId: string): Promise<Account | null>;
  /** Per subtask, tier and model. */
  spend(objectiveId: string): Promise<SubtaskSpend[]>;
}

/** A conversation as a whole, and what of it is still to be written: with the intent of the call that it is for. */
export interface Conversation {
  head: string;
  items: ConversationItem[];
  unsaved: Chunk | null;
}

export interface Transcripts {
  open(head: string): Promise<Conversation>;
  /** What `append` would make, without writing it. */
  draft(previous: string | null, items: ConversationItem[]): Promise<Conversation>;
  /** The head, once it is written. */
  save(conversation: Conversation): Promise<string>;
  /** The new head. Appending the same items to the same head gives the same reference. */
  append(previous: string | null, items: ConversationItem[]): Promise<string>;
  load(head: string): Promise<ConversationItem[]>;
}

export interface ObjectiveRow {
  objectiveId: string;
  title: string;
  status: string;
  startedAtMs: number;
  endedAtMs: number | null;
  resultJson: string | null;
}

export interface Objectives {
  open(objective: { objectiveId: string; title: string; startedAtMs: number }): Promise<void>;
  close(end: { objectiveId: string; status: string; endedAtMs: number; resultJson: string }): Promise<void>;
  get(objectiveId: string): Promise<ObjectiveRow | null>;
  /** Newest first. */
  list(limit: number): Promise<ObjectiveRow[]>;
}
