/**
 * The folder of one process below that of pods: what it makes there goes with it. One that was killed leaves its own; whoever opens one
 * next removes those of the dead, and ends what runs there.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireProcessLock, isProcessLockHeld, type ProcessLock } from '../store/process-lock.ts';
import { endIn } from './end-in.ts';
import { makePassage, makePodsFolder } from './identity.ts';
import { removeFolder } from './remove-folder.ts';

const ALL = 'processes';
const lockOf = (folder: string): string => `${folder}.lock`;

export class OwnFolder {
  readonly #folder: string;
  readonly #lock: ProcessLock;

  private constructor(folder: string, lock: ProcessLock) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /** Folders of processes that are dead are gone afterwards. */
  static async open(podsFolder: string): Promise<OwnFolder> {
    await makePodsFolder(podsFolder);
    const all = join(podsFolder, ALL);
    await makePassage(all);
    await removeAbandoned(all);
    const folder = join(all, randomUUID());
    const lock = acquireProcessLock(lockOf(folder));
    if (!lock) throw new Error(`${lockOf(folder)} is locked by somebody else, though nobody else can know of it.`);
    // Not before it is locked: a folder without a lock is one of the dead.
    await makePassage(folder);
    return new OwnFolder(folder, lock);
  }

  /** A folder below it, which a pod's user may pass through. */
  async make(path: string): Promise<string> {
    let folder = this.#folder;
    for (const name of path.split('/')) await makePassage((folder = join(folder, name)));
    return folder;
  }

  async close(): Promise<void> {
    await remove(this.#folder, this.#lock);
  }
}

async function remove(folder: string, lock: ProcessLock): Promise<void> {
  await removeFolder(folder);
  lock.release();
  await rm(lockOf(folder), { force: true });
}

/** Where `path` is there, in the folders of all processes. */
export async function foldersOfAll(podsFolder: string, path: string): Promise<string[]> {
  const all = join(podsFolder, ALL);
  const names = await readdir(all).catch(() => []);
  return names.map((name) => join(all, name, path)).filter((folder) => existsSync(folder));
}

async function removeAbandoned(all: string): Promise<void> {
  for (const { name } of (await readdir(all, { withFileTypes: true })).filter((entry) => entry.isDirectory())) {
    const folder = join(all, name);
    // Looked at first, because taking it waits for whoever has it.
    const lock = isProcessLockHeld(lockOf(folder)) ? null : acquireProcessLock(lockOf(folder));
    if (!lock) continue;
    await endIn(folder);
    await remove(folder, lock);
  }
}
