/** The SQL part of the store on one SQLite file: reads at once on a connection, writes through the writer. */
import { TypedFailure } from '../../contracts/typed-failure.ts';
import type { ConversationItem } from '../../contracts/model.ts';
import {
  type Account,
  chunkOf,
  type Conversation,
  type Journal,
  type Ledger,
  type Objectives,
  type Transcripts,
} from '../journal.ts';
import { toStoreFailure } from '../store-failure.ts';
import { toAccount } from './accounts.ts';
import { toCall, toCreate, toObjective, toSpend } from './rows.ts';
import { type Row, Sql } from './sql.ts';
import { Writer } from './writer.ts';

export interface SqlStore {
  journal: Journal;
  ledger: Ledger;
  transcripts: Transcripts;
  objectives: Objectives;
  close: () => Promise<void>;
}

export function openSqliteStore(path: string): SqlStore {
  const sql = Sql.open(path);
  const writer = new Writer(sql);
  const read = reader(sql);
  return {
    journal: journalOn(read, writer),
    ledger: ledgerOn(read, writer),
    transcripts: transcriptsOn(read, writer),
    objectives: objectivesOn(read, writer),
    close: async () => {
      await writer.drain();
      sql.close();
    },
  };
}

interface Reader {
  get(text: string, ...values: (string | number)[]): Row | undefined;
  all(text: string, ...values: (string | number)[]): Row[];
}

function reader(sql: Sql): Reader {
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw toStoreFailure(error, 'reading');
    }
  };
  return {
    get: (text, ...values) => guard(() => sql.get(text, ...values)),
    all: (text, ...values) => guard(() => sql.all(text, ...values)),
  };
}

function journalOn(read: Reader, writer: Writer): Journal {
  return {
    async find(callKey) {
      const row = read.get('SELECT * FROM calls WHERE call_key = ?', callKey);
      if (!row) return null;
      const creates = read.all('SELECT * FROM creates WHERE call_key = ? ORDER BY n', callKey);
      const costMicros = creates.reduce((sum, create) => sum + Number(create['cost_micros']), 0);
      const latest = creates.at(-1);
      return toCall(row, costMicros, latest ? toCreate(latest) : null);
    },
    intend: (intent) => writer.run('intend', intent),
    identify: (create) => writer.run('identify', create),
    answer: (answer) => writer.run('answer', answer),
    reject: (rejection) => writer.run('reject', rejection),
    doubt: (create) => writer.run('doubt', create),
  };
}

const SPEND = `
  WITH mine AS (
    SELECT calls.*,
      (SELECT sum(cost_micros) FROM creates c WHERE c.call_key = calls.call_key AND state IN ('settled', 'released')) AS settled,
      (SELECT sum(reserved_micros) FROM creates c WHERE c.call_key = calls.call_key AND state IN ('sent', 'identified')) AS reserved,
      (SELECT sum(cost_micros) FROM creates c WHERE c.call_key = calls.call_key AND state = 'in-doubt') AS doubt
    FROM calls WHERE objective_id = ?
  )
  SELECT subtask_id, tier, model, count(*) AS calls, count(DISTINCT attempt || '/' || turn) AS turns,
    sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens,
    total(settled) AS settled_micros, total(reserved) AS reserved_micros, total(doubt) AS in_doubt_micros,
    count(reserved) AS in_flight, count(stand_in) AS stand_in_calls
  FROM mine GROUP BY subtask_id, tier, model ORDER BY min(created_at)`;

function ledgerOn(read: Reader, writer: Writer): Ledger {
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
    async raiseCap(raise) {
      await writer.run('raiseCap', raise);
      return known(raise.accountId);
    },
    account: async (accountId) => accountOf(accountId),
    spend: async (objectiveId) => read.all(SPEND, objectiveId).map(toSpend),
  };
}

/** Conversations that were loaded last, so that a turn reads one chunk and not all of them. */
const REMEMBERED = 128;

function transcriptsOn(read: Reader, writer: Writer): Transcripts {
  const remembered = new Map<string, ConversationItem[]>();
  const remember = (head: string, items: ConversationItem[]): ConversationItem[] => {
    remembered.delete(head);
    remembered.set(head, items);
    for (const oldest of remembered.keys()) {
      if (remembered.size <= REMEMBERED) break;
      remembered.delete(oldest);
    }
    return items;
  };
  const chunk = (ref: string): { previous: string | null; items: ConversationItem[] } => {
    const row = read.get('SELECT previous, items_json FROM chunks WHERE ref = ?', ref);
    if (!row) throw new TypedFailure('StoreCorrupt', `Transcript chunk ${ref} is missing.`);
    const items = JSON.parse(String(row['items_json'])) as ConversationItem[];
    return { previous: row['previous'] === null ? null : String(row['previous']), items };
  };
  async function load(head: string): Promise<ConversationItem[]> {
    const later: ConversationItem[][] = [];
    let next: string | null = head;
    while (next !== null) {
      const known = remembered.get(next);
      if (known) return remember(head, [...known, ...later.toReversed().flat()]);
      const { previous, items } = chunk(next);
      later.push(items);
      next = previous;
    }
    return remember(head, later.toReversed().flat());
  }
  async function draft(previous: string | null, items: ConversationItem[]): Promise<Conversation> {
    const unsaved = chunkOf(previous, items);
    return { head: unsaved.ref, items: [...(previous === null ? [] : await load(previous)), ...items], unsaved };
  }
  async function save({ head, items, unsaved }: Conversation): Promise<string> {
    if (unsaved) await writer.run('appendChunk', unsaved);
    remember(head, items);
    return head;
  }
  return {
    load,
    draft,
    save,
    open: async (head) => ({ head, items: await load(head), unsaved: null }),
    append: async (previous, items) => save(await draft(previous, items)),
  };
}

function objectivesOn(read: Reader, writer: Writer): Objectives {
  return {
    open: (objective) => writer.run('openObjective', objective),
    close: (end) => writer.run('closeObjective', end),
    async get(objectiveId) {
      const row = read.get('SELECT * FROM objectives WHERE objective_id = ?', objectiveId);
      return row ? toObjective(row) : null;
    },
    list: async (limit) =>
      read.all('SELECT * FROM objectives ORDER BY started_at DESC, objective_id LIMIT ?', limit).map(toObjective),
  };
}
