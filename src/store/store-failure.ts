/** What the disk and SQLite throw, as failures with names. */
import { TypedFailure } from '../contracts/typed-failure.ts';

/** SQLITE_CORRUPT and SQLITE_NOTADB (https://sqlite.org/rescode.html). */
const CORRUPT = [11, 26];

export function toStoreFailure(error: unknown, doing: string): Error {
  if (error instanceof TypedFailure) return error;
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  if (code === 'ENOENT') {
    return new TypedFailure('StoreCorrupt', `The store lacks something it should hold (${doing}).`, { cause: error });
  }
  if (errcode !== undefined && CORRUPT.includes(errcode & 0xff)) {
    return new TypedFailure('StoreCorrupt', `The database is damaged (${doing}): ${message}`, { cause: error });
  }
  if (errcode !== undefined || code !== undefined) {
    return new TypedFailure('StoreUnavailable', `The store failed while ${doing}: ${message}`, { cause: error });
  }
  return error as Error;
}
