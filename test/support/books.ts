/** The product's own books, read beside it, and what the stand-in knows: two witnesses of every call. */
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { storeFolder } from '../../src/config.ts';
import type { LoggedCreate } from '../../src/standin/request-log.ts';

export interface BookedCreate {
  callKey: string;
  n: number;
  state: string;
  failure: string | null;
}

/** The books of a store, kept open. */
export class Books {
  readonly #database: DatabaseSync;
  readonly #creates: StatementSync;
  readonly #account: StatementSync;

  constructor(store: string) {
    this.#database = new DatabaseSync(join(store, 'flotilla.db'), { readOnly: true });
    // `0` is the sign after `/`: a range, which an index serves.
    this.#creates = this.#database.prepare(
      `SELECT call_key AS callKey, n, state, failure FROM creates
       WHERE call_key > :objectiveId || '/' AND call_key < :objectiveId || '0' ORDER BY call_key, n`,
    );
    this.#account = this.#database.prepare(
      `SELECT settled_micros AS settled, reserved_micros AS reserved, in_doubt_micros AS inDoubt, cap_micros AS cap
       FROM accounts WHERE account_id = ?`,
    );
  }

  creates(objectiveId: string): BookedCreate[] {
    return this.#creates.all({ objectiveId }) as unknown as BookedCreate[];
  }

  /** Of an account: what is gone, what is held, and what may be spent. */
  account(accountId: string): { settled: number; reserved: number; inDoubt: number; cap: number | null } {
    return this.#account.get(accountId) as ReturnType<Books['account']>;
  }

  close(): void {
    this.#database.close();
  }
}

export function bookedCreates(home: string, objectiveId: string): BookedCreate[] {
  const books = new Books(storeFolder(home));
  try {
    return books.creates(objectiveId);
  } finally {
    books.close();
  }
}

/** Calls that were made again after their answer was acknowledged; calls that were served and stand in no book. */
export function breaches(
  created: readonly Pick<LoggedCreate, 'callKey' | 'isServed'>[],
  booked: BookedCreate[],
): string[] {
  const keys = [...new Set(created.map(({ callKey }) => callKey))];
  return keys.flatMap((key) => {
    const entries = booked.filter(({ callKey }) => callKey === key);
    const answered = entries.findIndex(({ state, failure }) => state === 'settled' && failure === null);
    const served = created.filter(({ callKey, isServed }) => callKey === key && isServed).length;
    const paid = entries.filter(({ state }) => state === 'settled' || state === 'in-doubt').length;
    return [
      ...(answered >= 0 && answered < entries.length - 1 ? [`${key} was answered, and made again`] : []),
      ...(served > paid ? [`${key} was served ${served} times, and ${paid} are in the books`] : []),
    ];
  });
}

/** Creates without an end, and money that is still held, once nobody works any more. */
export function loose(books: Books, objectiveId: string): string[] {
  const { reserved } = books.account(objectiveId);
  return [
    ...books
      .creates(objectiveId)
      .filter(({ state }) => !['settled', 'released', 'in-doubt'].includes(state))
      .map(({ callKey, n }) => `create ${n} of ${callKey} never ended`),
    ...(reserved === 0 ? [] : [`${reserved} are still reserved`]),
  ];
}
