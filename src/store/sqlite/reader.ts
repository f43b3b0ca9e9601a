/** Reading: what fails is a named failure. */
import { toStoreFailure } from '../store-failure.ts';
import type { Row, Sql } from './sql.ts';

type Value = string | number | Uint8Array;

export interface Reader {
  get(text: string, ...values: Value[]): Row | undefined;
  all(text: string, ...values: Value[]): Row[];
  /** Everything that `work` reads is of one moment. Contract: it awaits nothing. */
  atOnce<T>(work: () => T): T;
}

export function readerOf(sql: Sql): Reader {
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw toStoreFailure(error, 'reading');
    }
  };
  const inTransaction = <T>(work: () => T): T => {
    sql.run('BEGIN');
    try {
      return work();
    } finally {
      sql.run('COMMIT');
    }
  };
  return {
    get: (text, ...values) => guard(() => sql.get(text, ...values)),
    all: (text, ...values) => guard(() => sql.all(text, ...values)),
    atOnce: (work) => guard(() => inTransaction(work)),
  };
}
