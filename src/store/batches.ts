/**
 * Batches of calls as their users see them. A batch is written down before any of its calls, and named once the provider has named it. Its calls are
 * creates of the journal that carry its key, and end as all creates do.
 */
import type { Amounts } from '../contracts/amounts.ts';

export interface BatchRecord {
  /** Ours; the provider keeps it with the batch. */
  batchKey: string;
  provider: string;
  /** Who sends it. */
  ownerId: string;
  /** The provider's; null until it is known. */
  batchId: string | null;
  /** `sent`: it may have left. `ended`: each of its calls had its chance. `turned-away`: none of them was made. */
  state: 'filling' | 'sent' | 'ended' | 'turned-away';
  /** When it was first written down. */
  startedAtMs: number;
}

/** A create of a batch that has not ended. */
export interface BatchedCall {
  callKey: string;
  n: number;
  model: string;
  maxOutputTokens: number;
  /** Null where no conversation is kept. */
  transcriptHead: string | null;
  reserved: Amounts;
}

export interface Batches {
  find(batchKey: string): Promise<BatchRecord | null>;
  /**
   * Makes a batch, or hands one without an id on, from the owner that it was seen with (`from`; null: it was not there). The batch as it is then:
   * whoever is its owner may send it.
   */
  open(batch: Pick<BatchRecord, 'batchKey' | 'provider' | 'ownerId'> & { from: string | null }): Promise<BatchRecord>;
  /** The first id stands. */
  identify(batch: { batchKey: string; batchId: string }): Promise<void>;
  mark(batch: Pick<BatchRecord, 'batchKey' | 'state'>): Promise<void>;
  calls(batchKey: string): Promise<BatchedCall[]>;
  /** The same calls as they are sent. */
  bodies(batchKey: string): Promise<{ callKey: string; model: string; body: string }[]>;
}
