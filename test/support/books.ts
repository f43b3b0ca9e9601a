/** The product's own books, read beside it, and what the stand-in knows: two witnesses of every call. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storeFolder } from '../../src/config.ts';
import type { LoggedCreate } from '../../src/standin/request-log.ts';

interface BookedCreate {
  callKey: string;
  n: number;
  state: string;
  failure: string | null;
}

export function bookedCreates(home: string, objectiveId: string): BookedCreate[] {
  const database = new DatabaseSync(join(storeFolder(home), 'flotilla.db'), { readOnly: true });
  try {
    return database
      .prepare(
        `SELECT call_key AS callKey, n, state, failure FROM creates
         WHERE call_key LIKE ? || '/%' ORDER BY call_key, n`,
      )
      .all(objectiveId) as unknown as BookedCreate[];
  } finally {
    database.close();
  }
}

/** Calls that were made again after their answer was acknowledged; calls that were served and stand in no book. */
export function breaches(created: readonly LoggedCreate[], booked: BookedCreate[]): string[] {
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
