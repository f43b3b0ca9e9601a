/**
 * A lock that the operating system holds for as long as a process lives: an exclusive SQLite transaction on a file of its
 * own. Killed, the process loses it at once; stopped or cut off from the network, it keeps it. PostgreSQL's session
 * advisory locks mean the same.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
/** Asking whether a lock is held reads its file for a moment; whoever wants it outlasts that. */
const OUTLAST_MS = 300;

const isBusy = (error: unknown): boolean => (error as { errcode?: number }).errcode === SQLITE_BUSY;

export interface ProcessLock {
  release(): void;
}

/** What nobody refers to is collected, and its lock with it. */
const held = new Set<DatabaseSync>();

/** The lock, or null while another process (or this one) holds it. Its file stays: removing it would make room for two holders. */
export function acquireProcessLock(path: string): ProcessLock | null {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: OUTLAST_MS });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  held.add(database);
  return {
    release: () => {
      held.delete(database);
      database.close();
    },
  };
}

/**
 * Is somebody holding it now? Whoever does lets nobody read its file. Nothing is written, not even for a moment: who only looks may have no
 * right to more.
 */
export function isProcessLockHeld(path: string): boolean {
  const database = openToLook(path);
  if (!database) return false;
  try {
    database.exec('SELECT 1 FROM sqlite_schema');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** Null where there is no file, or none any more. One that comes while it is looked for is not one that cannot be opened. */
function openToLook(path: string): DatabaseSync | null {
  if (!existsSync(path)) return null;
  try {
    return new DatabaseSync(path, { readOnly: true, timeout: 0 });
  } catch (error) {
    if (existsSync(path)) throw error;
    return null;
  }
}
