/** How much disk the files of a folder take, by blocks, and what is open and has no name any more. */
import type { Stats } from 'node:fs';
import { lstat, opendir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface DiskUse {
  bytes: number;
  /** Every folder could be read. */
  isWhole: boolean;
}

/** What the least of entries takes: a file of no bytes has an inode and a name, too. */
export const ENTRY_BYTES = 4096;

/** Of everything below `folder` on its own file system, and of its nameless files that `pids` have open. */
export async function diskUse(folder: string, pids: number[]): Promise<DiskUse> {
  const count = new Count((await stat(folder)).dev);
  await count.below(folder);
  await count.nameless(pids);
  return { bytes: count.bytes, isWhole: count.isWhole };
}

class Count implements DiskUse {
  readonly #device: number;
  readonly #linked = new Set<number>();
  bytes = 0;
  isWhole = true;

  constructor(device: number) {
    this.#device = device;
  }

  async below(folder: string): Promise<void> {
    const entries = await opendir(folder).catch((error: unknown) => {
      // Whatever was removed in the meantime is not closed.
      if ((error as { code?: string }).code === 'EACCES') this.isWhole = false;
      return [];
    });
    for await (const { name } of entries) {
      const found = await lstat(join(folder, name)).catch(() => null);
      if (found && this.#add(found) && found.isDirectory()) await this.below(join(folder, name));
    }
  }

  async nameless(pids: number[]): Promise<void> {
    for (const pid of pids) {
      for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
        const found = await stat(`/proc/${pid}/fd/${fd}`).catch(() => null);
        if (found?.isFile() && found.nlink === 0) this.#add(found);
      }
    }
  }

  /** False for what is counted already, or lies on another file system. */
  #add({ dev, ino, nlink, blocks }: Stats): boolean {
    if (dev !== this.#device || this.#linked.has(ino)) return false;
    if (nlink !== 1) this.#linked.add(ino);
    this.bytes += Math.max(blocks * 512, ENTRY_BYTES);
    return true;
  }
}
