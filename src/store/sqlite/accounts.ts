/** The tree of accounts. Invariant I4: at every level settled + reserved + in doubt ≤ cap when a reservation is taken. */
import type { Account, Refusal } from '../journal.ts';
import type { Row, Sql } from './sql.ts';

export const toAccount = (row: Row): Account => ({
  accountId: String(row['account_id']),
  parentId: row['parent_id'] === null ? null : String(row['parent_id']),
  capMicros: row['cap_micros'] === null ? null : Number(row['cap_micros']),
  settledMicros: Number(row['settled_micros']),
  reservedMicros: Number(row['reserved_micros']),
  inDoubtMicros: Number(row['in_doubt_micros']),
});

/** The account and all above it. */
export function accountChain(sql: Sql, accountId: string): Account[] {
  const chain: Account[] = [];
  let next: string | null = accountId;
  while (next !== null) {
    const row = sql.get('SELECT * FROM accounts WHERE account_id = ?', next);
    if (!row) throw new Error(`Account "${next}" was never opened.`);
    const account = toAccount(row);
    chain.push(account);
    next = account.parentId;
  }
  return chain;
}

/** The first account of the chain that can't take the reservation. */
export function refusalOf(chain: Account[], askedMicros: number): Refusal | null {
  for (const { accountId, capMicros, settledMicros, inDoubtMicros, reservedMicros } of chain) {
    const spentMicros = settledMicros + inDoubtMicros;
    if (capMicros === null || spentMicros + reservedMicros + askedMicros <= capMicros) continue;
    return { accountId, capMicros, spentMicros, reservedMicros, askedMicros };
  }
  return null;
}

/** Books the same movement on the account and all above it. */
export function move(sql: Sql, accountId: string, by: { reserved?: number; settled?: number; inDoubt?: number }): void {
  for (const account of accountChain(sql, accountId)) {
    sql.run(
      `UPDATE accounts SET reserved_micros = reserved_micros + ?, settled_micros = settled_micros + ?,
         in_doubt_micros = in_doubt_micros + ? WHERE account_id = ?`,
      by.reserved ?? 0,
      by.settled ?? 0,
      by.inDoubt ?? 0,
      account.accountId,
    );
  }
}
