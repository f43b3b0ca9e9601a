/**
 * The tree of accounts. Invariant I4: at every level, in every unit, settled + reserved + in doubt ≤ cap when a reservation is taken. What
 * moves an account moves all above it in the same transaction, and leaves an entry that is never changed.
 */
import { type Amounts, type Caps, NOTHING, UNITS } from '../../contracts/amounts.ts';
import { type Account, type Entry, isSpent, type Refusal, spentOf } from '../ledger.ts';
import { toAccount } from './rows.ts';
import type { Sql } from './sql.ts';

interface Standing {
  account: Account;
  isMoved: boolean;
}

export interface Movement {
  kind: Entry['kind'];
  callKey: string;
  n: number;
  reserved?: Amounts;
  settled?: Amounts;
  inDoubt?: Amounts;
}

const WRITE = `UPDATE accounts SET ${UNITS.flatMap((unit) =>
  ['reserved', 'settled', 'in_doubt'].map((part) => `${part}_${unit} = ?`),
).join(', ')} WHERE account_id = ?`;

/** Accounts as they stand within one transaction: read once, moved in memory, written before its end. */
export class Accounts {
  readonly #sql: Sql;
  readonly #standing = new Map<string, Standing>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  has(accountId: string): boolean {
    return this.#find(accountId) !== null;
  }

  /** The account and all above it. */
  chain(accountId: string): Account[] {
    return this.#chain(accountId).map(({ account }) => account);
  }

  /** Books the same movement on the account and all above it. */
  move(accountId: string, movement: Movement): void {
    const { reserved = NOTHING, settled = NOTHING, inDoubt = NOTHING } = movement;
    const chain = this.#chain(accountId);
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
    enter(this.#sql, own.account, { kind, callKey, n, ...moved });
  }

  /** Opening twice is opening once; the caps of the first stand. */
  open({ accountId, parentId, caps }: { accountId: string; parentId: string | null; caps: Partial<Caps> }): void {
    if (this.has(accountId)) return;
    const { micros = null, tokens = null, calls = null, quota = null } = caps;
    this.#sql.run(
      'INSERT INTO accounts (account_id, parent_id, cap_micros, cap_tokens, cap_calls, cap_quota) VALUES (?, ?, ?, ?, ?, ?)',
      accountId,
      parentId,
      micros,
      tokens,
      calls,
      quota,
    );
    enter(this.#sql, this.#known(accountId).account, { kind: 'open', capMicros: micros });
  }

  /** A cap only ever rises, by what is added to it, and once for each key. Where there is no cap, there is none to raise. */
  raise({ accountId, by, key }: { accountId: string; by: Partial<Amounts>; key: string }): void {
    if (this.#sql.get('SELECT 1 FROM entries WHERE raise_key = ?', key)) return;
    const { account } = this.#known(accountId);
    for (const unit of UNITS) {
      const { cap } = account[unit];
      if (cap !== null) account[unit].cap = cap + Math.max(0, by[unit] ?? 0);
    }
    this.#sql.run(
      'UPDATE accounts SET cap_micros = ?, cap_tokens = ?, cap_calls = ?, cap_quota = ? WHERE account_id = ?',
      ...UNITS.map((unit) => account[unit].cap),
      accountId,
    );
    enter(this.#sql, account, { kind: 'raise', capMicros: account.micros.cap, raiseKey: key });
  }

  /** Many calls of one transaction move the same accounts: each is written once. */
  write(): void {
    for (const { account, isMoved } of this.#standing.values()) {
      if (!isMoved) continue;
      const parts = UNITS.flatMap((unit) => [account[unit].reserved, account[unit].settled, account[unit].inDoubt]);
      this.#sql.run(WRITE, ...parts, account.accountId);
    }
  }

  #chain(accountId: string): Standing[] {
    const chain: Standing[] = [];
    for (let next: string | null = accountId; next !== null;) {
      const found = this.#known(next);
      chain.push(found);
      next = found.account.parentId;
    }
    return chain;
  }

  #known(accountId: string): Standing {
    const found = this.#find(accountId);
    if (!found) throw new Error(`Account "${accountId}" was never opened.`);
    return found;
  }

  #find(accountId: string): Standing | null {
    const known = this.#standing.get(accountId);
    if (known) return known;
    const row = this.#sql.get('SELECT * FROM accounts WHERE account_id = ?', accountId);
    if (!row) return null;
    const found = { account: toAccount(row), isMoved: false };
    this.#standing.set(accountId, found);
    return found;
  }
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

/** `account` as it stands from here on. */
function enter(sql: Sql, { accountId, micros }: Account, entry: NewEntry): void {
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
    spentOf(micros) + micros.reserved,
    capMicros,
    raiseKey,
  );
}
