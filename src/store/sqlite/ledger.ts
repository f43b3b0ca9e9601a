/** The ledger over SQLite: what is read of it, and the commands that write it. */
import { JUDGE } from '../../contracts/addresses.ts';
import { TypedFailure } from '../../contracts/typed-failure.ts';
import type { Account, Ledger } from '../ledger.ts';
import { CALL_GROUPS, toCallGroup } from './call-groups.ts';
import { MOST_CALLS, PAST_CALLS, toPast } from './past.ts';
import type { Reader } from './reader.ts';
import { toAccount, toCreate, toEntry, toLedgerCreate, toSpend } from './rows.ts';
import type { Writer } from './writer.ts';

const SPEND = `
  WITH mine AS (
    SELECT calls.*,
      (SELECT sum(cost_micros) FROM creates c WHERE c.call_key = calls.call_key AND state IN ('settled', 'released')) AS settled,
      (SELECT sum(reserved_micros) FROM creates c WHERE c.call_key = calls.call_key AND state IN ('sent', 'identified')) AS reserved,
      (SELECT sum(cost_micros) FROM creates c WHERE c.call_key = calls.call_key AND state = 'in-doubt') AS doubt
    FROM calls WHERE objective_id = ?
  )
  SELECT subtask_id, tier, model, count(*) AS calls, count(DISTINCT CASE WHEN purpose NOT LIKE '${JUDGE}%' THEN attempt || '/' || turn END) AS turns,
    sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    total(settled) AS settled_micros, total(reserved) AS reserved_micros, total(doubt) AS in_doubt_micros,
    count(reserved) AS in_flight, count(stand_in) AS stand_in_calls
  FROM mine GROUP BY subtask_id, tier, model ORDER BY min(created_at)`;

const CREATES = `SELECT creates.*, calls.account_id, calls.subtask_id, calls.tier, calls.model
  FROM creates JOIN calls USING (call_key)`;

/** An account with all below it. */
const BELOW = `WITH RECURSIVE below (id) AS (
  SELECT ? UNION ALL SELECT account_id FROM accounts JOIN below ON parent_id = id
)`;

/** An account and all above it. */
const ABOVE = `WITH RECURSIVE above (id, depth) AS (
  SELECT ?, 0 UNION ALL SELECT parent_id, depth + 1 FROM accounts JOIN above ON account_id = id WHERE parent_id IS NOT NULL
)`;

const ACCOUNTS_ABOVE = `${ABOVE} SELECT accounts.* FROM accounts JOIN above ON account_id = id WHERE depth > 0 ORDER BY depth DESC`;
const ACCOUNTS_BELOW = `${BELOW} SELECT accounts.* FROM accounts JOIN below ON account_id = id ORDER BY accounts.rowid`;

export function ledgerOn(read: Reader, writer: Writer): Ledger {
  const accountOf = (accountId: string): Account | null => {
    const row = read.get('SELECT * FROM accounts WHERE account_id = ?', accountId);
    return row ? toAccount(row) : null;
  };
  const known = (accountId: string): Account => {
    const account = accountOf(accountId);
    if (!account) throw new TypedFailure('StoreCorrupt', `Account "${accountId}" was never opened.`);
    return account;
  };
  return {
    async openAccount(account) {
      await writer.run('openAccount', account);
      return known(account.accountId);
    },
    async raiseCaps(raise) {
      await writer.run('raiseCaps', raise);
      return known(raise.accountId);
    },
    resolve: (resolution) => writer.run('resolve', resolution),
    account: async (accountId) => accountOf(accountId),
    spend: async (objectiveId) => read.all(SPEND, objectiveId).map(toSpend),
    past: async () => toPast(read.all(PAST_CALLS, MOST_CALLS)),
    calls: async (objectiveId, longAbove) =>
      read.all(CALL_GROUPS, longAbove ?? Number.MAX_SAFE_INTEGER, objectiveId).map(toCallGroup),
    openCreates: async (objectiveId) =>
      read
        .all(`${CREATES} WHERE calls.objective_id = ? AND creates.state IN ('sent', 'identified')`, objectiveId)
        .map((row) => ({ ...toCreate(row), callKey: String(row['call_key']) })),
    tree: async (accountId) =>
      read.atOnce(() => [
        ...read.all(ACCOUNTS_ABOVE, accountId).map(toAccount),
        ...read.all(ACCOUNTS_BELOW, accountId).map(toAccount),
      ]),
    extract: async (accountId) =>
      read.atOnce(() => ({
        above: read.all(ACCOUNTS_ABOVE, accountId).map(toAccount),
        accounts: read.all(ACCOUNTS_BELOW, accountId).map(toAccount),
        // An objective has the id of its account.
        creates: read
          .all(
            `${BELOW} ${CREATES} WHERE calls.objective_id IN (SELECT id FROM below) ORDER BY creates.created_at, call_key, n`,
            accountId,
          )
          .map(toLedgerCreate),
        entries: read
          .all(`${BELOW} SELECT entries.* FROM entries JOIN below ON account_id = id ORDER BY seq`, accountId)
          .map(toEntry),
      })),
  };
}
