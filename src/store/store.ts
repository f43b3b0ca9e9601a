/** The store: where things live that a history must not hold. Blobs in a folder, the rest in SQL. */
import { join } from 'node:path';
import type { Attempts } from './attempts.ts';
import { Blobs } from './blobs.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { Objectives } from './objectives.ts';
import type { Transcripts } from './transcripts.ts';
import { OwnerLeases } from './owners.ts';
import type { Batches } from './batches.ts';
import type { Items } from './items.ts';
import type { WorkspaceLeases } from './workspaces.ts';
import { openSqliteStore } from './sqlite/store.ts';

export interface Store {
  blobs: Blobs;
  journal: Journal;
  ledger: Ledger;
  transcripts: Transcripts;
  objectives: Objectives;
  attempts: Attempts;
  items: Items;
  batches: Batches;
  workspaces: WorkspaceLeases;
  owners: OwnerLeases;
  /** Everything submitted is on disk, the owner lease given up. */
  close(): Promise<void>;
}

export const databaseFile = (folder: string): string => join(folder, 'flotilla.db');

/** Opens the store under `folder`, making it where it is new. */
export function openStore(folder: string): Store {
  const sql = openSqliteStore(databaseFile(folder));
  const owners = new OwnerLeases(join(folder, 'owners'));
  return {
    blobs: new Blobs(join(folder, 'blobs')),
    journal: sql.journal,
    ledger: sql.ledger,
    transcripts: sql.transcripts,
    objectives: sql.objectives,
    attempts: sql.attempts,
    items: sql.items,
    batches: sql.batches,
    workspaces: sql.workspaces,
    owners,
    close: async () => {
      await sql.close();
      owners.release();
    },
  };
}
