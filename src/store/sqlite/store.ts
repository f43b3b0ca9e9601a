/** The SQL part of the store on one SQLite file: reads at once on a connection, writes through the writer. */
import { TypedFailure } from '../../contracts/typed-failure.ts';
import type { ConversationItem } from '../../contracts/model.ts';
import type { Journal } from '../journal.ts';
import type { Ledger } from '../ledger.ts';
import type { Objectives } from '../objectives.ts';
import { chunkOf, type Conversation, type Transcripts } from '../transcripts.ts';
import type { Attempts } from '../attempts.ts';
import { attemptsOn } from './attempts.ts';
import type { Batches } from '../batches.ts';
import { batchesOn } from './batches.ts';
import type { Items } from '../items.ts';
import type { WorkspaceLeases } from '../workspaces.ts';
import { itemsOn } from './items.ts';
import { ledgerOn } from './ledger.ts';
import { objectivesOn } from './objectives.ts';
import { type Reader, readerOf } from './reader.ts';
import { toCall, toCreate } from './rows.ts';
import { Sql } from './sql.ts';
import { workspacesOn } from './workspaces.ts';
import { Writer } from './writer.ts';

export interface SqlStore {
  journal: Journal;
  ledger: Ledger;
  transcripts: Transcripts;
  objectives: Objectives;
  attempts: Attempts;
  items: Items;
  batches: Batches;
  workspaces: WorkspaceLeases;
  close: () => Promise<void>;
}

export function openSqliteStore(path: string): SqlStore {
  const sql = Sql.open(path);
  const writer = new Writer(sql);
  const read = readerOf(sql);
  return {
    journal: journalOn(read, writer),
    ledger: ledgerOn(read, writer),
    transcripts: transcriptsOn(read, writer),
    objectives: objectivesOn(read, writer),
    attempts: {
      ...attemptsOn(read),
      log: (objectiveId, attempts) => writer.run('logAttempts', { objectiveId, attempts }),
    },
    items: itemsOn(read, writer),
    batches: batchesOn(read, writer),
    workspaces: workspacesOn(read, writer),
    close: async () => {
      await writer.drain();
      sql.close();
    },
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
