/** The ledger as its users see it: a tree of accounts, the creates that are its leaves, and every movement of money as an entry. */
import type { Tier } from '../contracts/addresses.ts';
import type { Amounts, Caps, Unit } from '../contracts/amounts.ts';
import type { BudgetState, Meter } from '../contracts/budget.ts';

/** `sent`: the request may have left. `identified`: the provider's id is known. The rest are ends. */
export type CreateState = 'sent' | 'identified' | 'settled' | 'released' | 'in-doubt';

/** One time that a call was sent to the provider; `n` counts from 1. */
export interface CreateRecord {
  n: number;
  ownerId: string;
  state: CreateState;
  responseId: string | null;
  /** Where it was sent with others: then nobody but they can be asked about it. */
  batchKey: string | null;
  reserved: Amounts;
}

/** Why a reservation does not fit, in the unit that it does not fit in. */
export interface Refusal {
  accountId: string;
  unit: Unit;
  cap: number;
  /** Settled and in doubt: gone for good. */
  spent: number;
  /** Held by calls in flight: may come back. */
  reserved: number;
  asked: number;
}

/** Will waiting for the calls in flight never be enough? */
export const isSpent = ({ cap, spent, asked }: Refusal): boolean => spent + asked > cap;

/** What a person should look at: a bill without a usage, booked at the worst case; one above what was reserved. */
export type Flag = 'no-usage' | 'overrun';

/** A node of the tree: a schedule's, an objective's or a subtask's. What its calls move, they move in all above it. */
export interface Account extends BudgetState {
  accountId: string;
  parentId: string | null;
}

/** Settled and in doubt: gone for good. */
export const spentOf = ({ settled, inDoubt }: Meter): number => settled + inDoubt;

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

/** A movement of money; never changed once it is written. */
export interface Entry {
  /** Order of writing over the whole store. */
  seq: number;
  accountId: string;
  atMs: number;
  kind: 'open' | 'raise' | 'reserve' | 'settle' | 'release' | 'doubt' | 'resolve';
  callKey: string | null;
  /** Which create of the call. */
  n: number | null;
  reservedMicros: number;
  settledMicros: number;
  inDoubtMicros: number;
  /** What the account has settled, reserved and in doubt from here on. */
  balanceMicros: number;
  /** Its cap from here on, where the entry says so (`open`, `raise`). */
  capMicros: number | null;
}

/** A create as the ledger sees it: a leaf of the tree. */
export interface LedgerCreate {
  callKey: string;
  n: number;
  accountId: string;
  subtaskId: string;
  tier: Tier;
  model: string;
  state: CreateState;
  reserved: Amounts;
  cost: Amounts;
  failure: string | null;
  flag: Flag | null;
}

/** Everything that the books hold of an objective, or of a schedule, read at one moment. */
export interface LedgerExtract {
  /** From the top; empty where it is the top itself. */
  above: Account[];
  /** Its account first, then all below it. */
  accounts: Account[];
  creates: LedgerCreate[];
  /** Of those accounts, in order. */
  entries: Entry[];
}

/** Calls of one attempt that are alike, with what they used and cost. Tokens are those of answers that could be used. */
export interface CallGroup {
  subtaskId: string;
  attempt: number;
  purpose: string;
  tier: Tier;
  model: string;
  /** Their input is longer than the bound that was asked about. */
  isLong: boolean;
  calls: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  settledMicros: number;
  inDoubtMicros: number;
  /** Of what is settled: for answers that could not be used. */
  unusableMicros: number;
  /** Of what is settled: for requests that had been billed before, or may have been. */
  repaidMicros: number;
  /** Of what is settled: for answers, used or not, whose tokens are not known. */
  untoldMicros: number;
  standInCalls: number;
}

/** One attempt of a subtask, or one call of the manager with its repairs, of an objective that has ended. */
export interface PastAttempt {
  /** First part of the calls' purpose: `turn`, `triage`, `plan`, … */
  purpose: string;
  tier: Tier;
  model: string;
  /** Answered by a stand-in, not by a language model. */
  isStandIn: boolean;
  calls: number;
  costMicros: number;
  /** Pauses left out. */
  workedMs: number;
}

export interface Past {
  attempts: PastAttempt[];
  objectives: number;
}

export interface Ledger {
  /** Opening twice is opening once; the caps of the first stand. */
  openAccount(account: { accountId: string; parentId: string | null; caps: Partial<Caps> }): Promise<Account>;
  /** Adds to the caps that there are. Raising twice with one `key` is raising once. */
  raiseCaps(raise: { accountId: string; by: Partial<Amounts>; key: string }): Promise<Account>;
  /** A create in doubt, once somebody knows what it cost. False where it is not in doubt (any more). */
  resolve(resolution: { callKey: string; n: number; costMicros: number }): Promise<boolean>;
  account(accountId: string): Promise<Account | null>;
  /** Creates of the objective that have not ended. */
  openCreates(objectiveId: string): Promise<(CreateRecord & { callKey: string })[]>;
  /** Per subtask, tier and model. */
  spend(objectiveId: string): Promise<SubtaskSpend[]>;
  /** The account with all above it (from the top) and all below it (in the order in which they were opened). */
  tree(accountId: string): Promise<Account[]>;
  extract(accountId: string): Promise<LedgerExtract>;
  /** As few groups as tell apart what a report does; requests of more input tokens than `longAbove` stand alone. */
  calls(objectiveId: string, longAbove: number | null): Promise<CallGroup[]>;
  /** Of objectives that completed or failed, the newest. */
  past(): Promise<Past>;
}
