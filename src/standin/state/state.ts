/**
 * What the stand-in remembers. With a folder it survives a kill: a create that was acknowledged is found again by the next process on that
 * folder. One process at a time has a folder.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { KeptLine } from '../batches/answer-line.ts';
import type { KeptBatch } from '../batches/batch.ts';
import type { KeptFile } from '../batches/files.ts';
import type { KeptResponse } from '../calls/kept-response.ts';
import type { LoggedCreate } from '../request-log.ts';
import type { KeptItem } from './inputs.ts';
import { type Backing, Shelf } from './shelf.ts';

export interface State {
  responses: Shelf<KeptResponse>;
  items: Shelf<KeptItem>;
  files: Shelf<KeptFile>;
  batches: Shelf<KeptBatch>;
  /** Of batches under way: lines that were answered. */
  lines: Shelf<KeptLine>;
  creates: Shelf<LoggedCreate>;
  /** One entry: how far the clock was advanced. */
  clock: Shelf<number>;
  /** What `change` puts and deletes is on disk as a whole, or not at all. */
  together: (change: () => void) => void;
  close: () => void;
}

export class StateFolderTaken extends Error {
  override readonly name = 'StateFolderTaken';
}

export function openState(folder?: string): State {
  const database = folder === undefined ? null : openDatabase(folder);
  const shelf = <Thing>(kind: string): Shelf<Thing> => new Shelf(database && backing(database, kind));
  return {
    responses: shelf('response'),
    items: shelf('item'),
    files: shelf('file'),
    batches: shelf('batch'),
    lines: shelf('line'),
    creates: shelf('create'),
    clock: shelf('clock'),
    together: (change) => (database ? inTransaction(database, change) : change()),
    close: () => database?.close(),
  };
}

function openDatabase(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'stand-in.db'));
  try {
    // Exclusive: a second process is refused instead of writing over the first. Written is what the system has: it outlives a kill.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(`
      CREATE TABLE IF NOT EXISTS kept (
        n INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        json TEXT NOT NULL,
        UNIQUE (kind, id)
      ) STRICT;
      BEGIN IMMEDIATE; COMMIT;
    `);
  } catch (error) {
    database.close();
    if (!/locked/.test(String(error))) throw error;
    throw new StateFolderTaken(`The state folder ${folder} is in use by another stand-in.`, { cause: error });
  }
  return database;
}

function inTransaction(database: DatabaseSync, change: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    change();
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function backing(database: DatabaseSync, kind: string): Backing {
  const load = database.prepare('SELECT id, json FROM kept WHERE kind = ? ORDER BY n');
  const put = database.prepare(
    `INSERT INTO kept (kind, id, json) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json`,
  );
  const remove = database.prepare('DELETE FROM kept WHERE kind = ? AND id = ?');
  return {
    load: () => load.all(kind).map(({ id, json }) => [String(id), String(json)]),
    put: (id, json) => void put.run(kind, id, json),
    delete: (id) => void remove.run(kind, id),
  };
}
