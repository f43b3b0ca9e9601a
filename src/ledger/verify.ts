/**
 * Two proofs of an objective's books. From the journal: every account is the sum of the creates of its calls and of those of the accounts
 * below it, in every unit. From the entries: each account's balance is where its entries lead, and no reservation was taken that
 * any cap did not allow at that moment. Pure: what is read at one moment is enough.
 */
import { type Amounts, NOTHING, plus, UNITS } from '../contracts/amounts.ts';
import { amountText, formatUsd } from '../contracts/money.ts';
import type { Account, Entry, LedgerCreate, LedgerExtract } from '../store/ledger.ts';

/** What does not agree, in words; nothing where the books are right. */
export function verifyLedger(extract: LedgerExtract): string[] {
  return [...againstJournal(extract), ...againstEntries(extract)];
}

type Parts = Record<'settled' | 'reserved' | 'inDoubt', Amounts>;
const PARTS = ['settled', 'reserved', 'inDoubt'] as const;
const IN_WORDS = { settled: 'settled', reserved: 'reserved', inDoubt: 'in doubt' };

const partsOf = ({ state, reserved, cost }: LedgerCreate): Parts => ({
  settled: state === 'settled' || state === 'released' ? cost : NOTHING,
  reserved: state === 'sent' || state === 'identified' ? reserved : NOTHING,
  inDoubt: state === 'in-doubt' ? cost : NOTHING,
});

const sum = (a: Parts, b: Parts): Parts => ({
  settled: plus(a.settled, b.settled),
  reserved: plus(a.reserved, b.reserved),
  inDoubt: plus(a.inDoubt, b.inDoubt),
});

const NONE: Parts = { settled: NOTHING, reserved: NOTHING, inDoubt: NOTHING };

function againstJournal({ accounts, creates }: LedgerExtract): string[] {
  const rebuilt = new Map<string, Parts>();
  const parents = new Map(accounts.map(({ accountId, parentId }) => [accountId, parentId]));
  for (const create of creates) {
    for (const accountId of chainOf(create.accountId, parents))
      rebuilt.set(accountId, sum(rebuilt.get(accountId) ?? NONE, partsOf(create)));
  }
  return accounts.flatMap((account) => {
    const { accountId } = account;
    const parts = rebuilt.get(accountId) ?? NONE;
    return UNITS.flatMap((unit) =>
      PARTS.flatMap((part) => {
        const [booked, found] = [account[unit][part], parts[part][unit]];
        if (booked === found) return [];
        return [
          `${accountId}: ${amountText(unit, booked)} ${IN_WORDS[part]} in the account, ${amountText(unit, found)} by the journal`,
        ];
      }),
    );
  });
}

interface Balance {
  settled: number;
  reserved: number;
  inDoubt: number;
  cap: number | null;
}

function againstEntries({ accounts, entries }: LedgerExtract): string[] {
  const parents = new Map(accounts.map(({ accountId, parentId }) => [accountId, parentId]));
  const balances = new Map<string, Balance>();
  const problems: string[] = [];
  for (const entry of entries) {
    const { accountId, kind, seq } = entry;
    for (const each of chainOf(accountId, parents)) balances.set(each, moved(balances.get(each), entry));
    const own = balances.get(accountId);
    if (!own) continue;
    if (kind === 'open' || kind === 'raise') own.cap = entry.capMicros;
    if (held(own) !== entry.balanceMicros)
      problems.push(
        `entry ${seq} of ${accountId}: its balance is ${formatUsd(entry.balanceMicros)}, it adds up to ${formatUsd(held(own))}`,
      );
    if (kind === 'reserve') problems.push(...overdrawn(entry, balances, parents));
  }
  return [...problems, ...accounts.flatMap((account) => differing(account, balances.get(account.accountId)))];
}

const held = ({ settled, reserved, inDoubt }: Balance): number => settled + reserved + inDoubt;

function moved(balance: Balance | undefined, entry: Entry): Balance {
  const { settled, reserved, inDoubt, cap } = balance ?? { settled: 0, reserved: 0, inDoubt: 0, cap: null };
  return {
    settled: settled + entry.settledMicros,
    reserved: reserved + entry.reservedMicros,
    inDoubt: inDoubt + entry.inDoubtMicros,
    cap,
  };
}

/** I4 at the moment of the entry, at every level. */
function overdrawn(
  { accountId, seq }: Entry,
  balances: Map<string, Balance>,
  parents: Map<string, string | null>,
): string[] {
  return chainOf(accountId, parents).flatMap((each) => {
    const balance = balances.get(each);
    if (!balance || balance.cap === null || held(balance) <= balance.cap) return [];
    return [`entry ${seq}: ${each} held ${formatUsd(held(balance))} of a cap of ${formatUsd(balance.cap)}`];
  });
}

function differing({ accountId, micros }: Account, balance: Balance | undefined): string[] {
  const found = balance ?? { settled: 0, reserved: 0, inDoubt: 0 };
  return PARTS.flatMap((part) =>
    micros[part] === found[part]
      ? []
      : [
          `${accountId}: ${formatUsd(micros[part])} ${IN_WORDS[part]} in the account, ${formatUsd(found[part])} by its entries`,
        ],
  );
}

/** The account and those above it, as far as they are known here. */
function chainOf(accountId: string, parents: Map<string, string | null>): string[] {
  const chain: string[] = [];
  for (let next: string | null | undefined = accountId; next != null && parents.has(next); next = parents.get(next))
    chain.push(next);
  return chain;
}
