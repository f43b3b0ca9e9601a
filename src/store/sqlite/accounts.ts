/**
 * The tree of accounts. Invariant I4: at every level, in every unit, settled + reserved + in doubt ≤ cap when a reservation is taken. What
 * moves an account moves all above it in the same transaction, and leaves an entry that is never changed.
 */
import { type Amounts, type Caps, eachUnit, NOTHING, type Unit, UNITS } from '../../contracts/amounts.ts';
import type { Meter } from '../../contracts/budget.ts';
import { type Account, type Entry, isSpent, type Refusal, spentOf } from '../journal.ts';
import type { Row, Sql } from './sql.ts';

const meterOf = (row: Row, unit: Unit): Meter => {
  const cap = row[`cap_${unit}`];
  return {
    cap: cap == null ? null : Number(cap),
    settled: Number(row[`settled_${unit}`]),
    reserved: Number(row[`reserved_${unit}`]),
    inDoubt: Number(row[`in_doubt_${unit}`]),
  };
};

export const toAccount = (row: Row): Account => ({
  accountId: String(row['account_id']),
  parentId: row['parent_id'] === null ? null : String(row['parent_id']),
  ...eachUnit((unit) => meterOf(row, unit)),
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

/** What of the chain can't take the reservation: first what is spent, then what is only held by others. */
export function refusalOf(chain: Account[], asked: Amounts): Refusal | null {
  const refusals = chain.flatMap((account) =>
    UNITS.flatMap((unit): Refusal[] => {
      const { cap, reserved } = account[unit];
      const spent = spentOf(account[unit]);
      if (cap === null || spent + reserved + asked[unit] <= cap) return [];
      return [{ accountId: account.accountId, unit, cap, spent, reserved, asked: asked[unit] }];
    }),
  );
  return refusals.find(isSpent) ?? refusals[0] ?? null;
}

export interface Movement {
  kind: Entry['kind'];
  callKey: string;
  n: number;
  reserved?: Amounts;
  settled?: Amounts;
  inDoubt?: Amounts;
}

const MOVE = `UPDATE accounts SET ${UNITS.flatMap((unit) =>
  ['reserved', 'settled', 'in_doubt'].map((part) => `${part}_${unit} = ${part}_${unit} + ?`),
).join(', ')} WHERE account_id = ?
  RETURNING parent_id, settled_micros + reserved_micros + in_doubt_micros AS balance`;

/** Books the same movement on the account and all above it. */
export function move(sql: Sql, accountId: string, movement: Movement): void {
  const { reserved = NOTHING, settled = NOTHING, inDoubt = NOTHING } = movement;
  const by = UNITS.flatMap((unit) => [reserved[unit], settled[unit], inDoubt[unit]]);
  const upOne = (id: string): Row => {
    const row = sql.get(MOVE, ...by, id);
    if (!row) throw new Error(`Account "${id}" was never opened.`);
    return row;
  };
  const own = upOne(accountId);
  for (let row = own; row['parent_id'] !== null;) row = upOne(String(row['parent_id']));
  const { kind, callKey, n } = movement;
  const moved = { reserved: reserved.micros, settled: settled.micros, inDoubt: inDoubt.micros };
  enter(sql, { accountId, balance: Number(own['balance']) }, { kind, callKey, n, ...moved });
}

/** Opening twice is opening once; the caps of the first stand. */
export function openAccount(
  sql: Sql,
  { accountId, parentId, caps }: { accountId: string; parentId: string | null; caps: Partial<Caps> },
): void {
  const { micros = null, tokens = null, calls = null, quota = null } = caps;
  const row = sql.get(
    `INSERT INTO accounts (account_id, parent_id, cap_micros, cap_tokens, cap_calls, cap_quota) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING account_id`,
    accountId,
    parentId,
    micros,
    tokens,
    calls,
    quota,
  );
  if (row) enter(sql, { accountId, balance: 0 }, { kind: 'open', capMicros: micros });
}

/** A cap only ever rises, by what is added to it, and once for each key. Where there is no cap, there is none to raise. */
export function raiseCaps(
  sql: Sql,
  { accountId, by, key }: { accountId: string; by: Partial<Amounts>; key: string },
): void {
  if (sql.get('SELECT 1 FROM entries WHERE raise_key = ?', key)) return;
  const row = sql.get(
    `UPDATE accounts SET cap_micros = cap_micros + ?, cap_tokens = cap_tokens + ?, cap_calls = cap_calls + ?,
       cap_quota = cap_quota + ? WHERE account_id = ? RETURNING *`,
    ...UNITS.map((unit) => Math.max(0, by[unit] ?? 0)),
    accountId,
  );
  if (!row) throw new Error(`Account "${accountId}" was never opened.`);
  const { micros } = toAccount(row);
  const account = { accountId, balance: spentOf(micros) + micros.reserved };
  enter(sql, account, { kind: 'raise', capMicros: micros.cap, raiseKey: key });
}

interface NewEntry {
  kind: Entry['kind'];
  callKey?: string;
  n?: number;
  reserved?: number;
  settled?: number;
  inDoubt?: number;
  capMicros?: number | null;
  raiseKey?: string;
}

function enter(sql: Sql, { accountId, balance }: { accountId: string; balance: number }, entry: NewEntry): void {
  const { kind, callKey = null, n = null, capMicros = null, raiseKey = null } = entry;
  sql.run(
    `INSERT INTO entries (account_id, at, kind, call_key, n, reserved_micros, settled_micros, in_doubt_micros, balance_micros,
       cap_micros, raise_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    accountId,
    Date.now(),
    kind,
    callKey,
    n,
    entry.reserved ?? 0,
    entry.settled ?? 0,
    entry.inDoubt ?? 0,
    balance,
    capMicros,
    raiseKey,
  );
}
