/**
 * The tree of accounts. Invariant I4: at every level, in every unit, settled + reserved + in doubt ≤ cap when a reservation is taken. What
 * moves an account moves all above it in the same transaction, and leaves an entry that is never changed.
 */
import { type Amounts, type Caps, eachUnit, NOTHING, type Unit, UNITS } from '../../contracts/amounts.ts';
import type { Meter } from '../../contracts/budget.ts';
import { type Account, type Entry, isSpent, type Refusal, spentOf } from '../ledger.ts';
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

/** Accounts as they stand within the transaction under way: read once, moved in memory, written before its end. */
const standing = new WeakMap<Sql, Map<string, { account: Account; isMoved: boolean }>>();

function standingOf(sql: Sql) {
  const known = standing.get(sql);
  if (known) return known;
  const fresh = new Map<string, { account: Account; isMoved: boolean }>();
  standing.set(sql, fresh);
  return fresh;
}

function find(sql: Sql, accountId: string) {
  const accounts = standingOf(sql);
  const known = accounts.get(accountId);
  if (known) return known;
  const row = sql.get('SELECT * FROM accounts WHERE account_id = ?', accountId);
  if (!row) return null;
  const found = { account: toAccount(row), isMoved: false };
  accounts.set(accountId, found);
  return found;
}

const WRITE = `UPDATE accounts SET ${UNITS.flatMap((unit) =>
  ['reserved', 'settled', 'in_doubt'].map((part) => `${part}_${unit} = ?`),
).join(', ')} WHERE account_id = ?`;

/** Many calls of one transaction move the same accounts: each is written once. Contract: called before the transaction ends. */
export function writeAccounts(sql: Sql): void {
  for (const { account, isMoved } of standingOf(sql).values()) {
    if (!isMoved) continue;
    const parts = UNITS.flatMap((unit) => [account[unit].reserved, account[unit].settled, account[unit].inDoubt]);
    sql.run(WRITE, ...parts, account.accountId);
  }
  forgetAccounts(sql);
}

/** What a transaction that is rolled back has moved was never moved; what the next one finds may be another's. */
export function forgetAccounts(sql: Sql): void {
  standingOf(sql).clear();
}

export const hasAccount = (sql: Sql, accountId: string): boolean => find(sql, accountId) !== null;

/** The account and all above it. */
export const accountChain = (sql: Sql, accountId: string): Account[] =>
  chainOf(sql, accountId).map(({ account }) => account);

function chainOf(sql: Sql, accountId: string) {
  const chain = [];
  for (let next: string | null = accountId; next !== null;) {
    const found = find(sql, next);
    if (!found) throw new Error(`Account "${next}" was never opened.`);
    chain.push(found);
    next = found.account.parentId;
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

/** Books the same movement on the account and all above it. */
export function move(sql: Sql, accountId: string, movement: Movement): void {
  const { reserved = NOTHING, settled = NOTHING, inDoubt = NOTHING } = movement;
  const chain = chainOf(sql, accountId);
  for (const each of chain) {
    each.isMoved = true;
    for (const unit of UNITS) {
      const meter = each.account[unit];
      meter.reserved += reserved[unit];
      meter.settled += settled[unit];
      meter.inDoubt += inDoubt[unit];
    }
  }
  const [own] = chain;
  if (!own) return;
  const { kind, callKey, n } = movement;
  const moved = { reserved: reserved.micros, settled: settled.micros, inDoubt: inDoubt.micros };
  enter(sql, { accountId, balance: heldIn(own.account) }, { kind, callKey, n, ...moved });
}

const heldIn = ({ micros }: Account): number => spentOf(micros) + micros.reserved;

/** Opening twice is opening once; the caps of the first stand. */
export function openAccount(
  sql: Sql,
  { accountId, parentId, caps }: { accountId: string; parentId: string | null; caps: Partial<Caps> },
): void {
  writeAccounts(sql);
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
  writeAccounts(sql);
  const row = sql.get(
    `UPDATE accounts SET cap_micros = cap_micros + ?, cap_tokens = cap_tokens + ?, cap_calls = cap_calls + ?,
       cap_quota = cap_quota + ? WHERE account_id = ? RETURNING *`,
    ...UNITS.map((unit) => Math.max(0, by[unit] ?? 0)),
    accountId,
  );
  if (!row) throw new Error(`Account "${accountId}" was never opened.`);
  const account = toAccount(row);
  enter(sql, { accountId, balance: heldIn(account) }, { kind: 'raise', capMicros: account.micros.cap, raiseKey: key });
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
