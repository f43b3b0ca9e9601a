/** What a command writes through: the connection, and the accounts as they stand within the transaction under way. */
import { Accounts } from './accounts.ts';
import type { Sql } from './sql.ts';

export interface Transaction {
  sql: Sql;
  accounts: Accounts;
}

/** Accounts are written when the work is done; where it throws, what it moved was never moved. Contract: within a transaction of SQL. */
export function booking<T>(sql: Sql, work: (transaction: Transaction) => T): T {
  const accounts = new Accounts(sql);
  const done = work({ sql, accounts });
  accounts.write();
  return done;
}
