/**
 * A lock that the operating system holds for as long as a process lives: an exclusive SQLite transaction on a file of its
 * own. Killed, the process loses it at once; stopped or cut off from the network, it keeps it. PostgreSQL's session
 * advisory locks mean the same.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
/** Asking whether a lock is held takes it for a moment; whoever wants it outlasts that. */
const OUTLAST_MS = 300;

export interface ProcessLock {
  release(): void;
}

/** The lock, or null while another process (or this one) holds it. Its file stays: removing it would make room for two holders. */
export function acquireProcessLock(path: string): ProcessLock | null {
  mkdirSync(dirname(path), { recursive: true });
  return tryLock(path, OUTLAST_MS);
}

/** Is somebody holding it now? */
export function isProcessLockHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  const lock = tryLock(path, 0);
  lock?.release();
  return lock === null;
}

/** What nobody refers to is collected, and its lock with it. */
const held = new Set<DatabaseSync>();

function tryLock(path: string, timeout: number): ProcessLock | null {
  const database = new DatabaseSync(path, { timeout });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
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
