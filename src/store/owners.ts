/**
 * Who wrote an intent, and whether that process still lives. An owner id is chosen once per process; its lease is a
 * process lock under the store's `owners` folder.
 */
import { rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { acquireProcessLock, isProcessLockHeld, type ProcessLock } from './process-lock.ts';

export class OwnerLeases {
  readonly ownerId = randomUUID();
  readonly #folder: string;
  #lease: ProcessLock | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Taken before the first intent is written; a process that only reads needs none. */
  take(): void {
    this.#lease ??= acquireProcessLock(this.#fileOf(this.ownerId));
  }

  isAlive(ownerId: string): boolean {
    if (ownerId === this.ownerId) return true;
    return isProcessLockHeld(this.#fileOf(ownerId));
  }

  release(): void {
    if (!this.#lease) return;
    this.#lease.release();
    this.#lease = null;
    rmSync(this.#fileOf(this.ownerId), { force: true });
  }

  #fileOf(ownerId: string): string {
    return join(this.#folder, `${ownerId}.lock`);
  }
}
