/** What no limit of the kernel's holds for a whole pod: the memory of all its processes together, and the disk that it fills. */
import { statfs } from 'node:fs/promises';
import { diskUse, ENTRY_BYTES } from './disk-use.ts';
import type { PodEnd, PodSpec } from './pod.ts';
import { processTree, residentBytes } from './process-table.ts';

const LOOK_MS = 250;
/** A walk over the workspace takes at most this part of the time: one over a large tree is rare. */
const WALK_SHARE = 1 / 20;
/** Others empty the disk while a pod fills it: now and then there is a walk, however much is free. */
const WALK_ANYWAY_MS = 10_000;

/** Looks after a pod while `isBusy`; `onBroken` is told once which bound was broken. Returns what ends it. */
export function watch(
  { workspace, limits }: PodSpec,
  rootPid: number,
  isBusy: () => boolean,
  onBroken: (end: PodEnd) => void,
): () => void {
  const disk = new DiskWatch(workspace, limits.diskBytes);
  let isLooking = false;
  const look = async (): Promise<void> => {
    const pids = processTree(rootPid);
    const memory = residentBytes(pids);
    if (memory > limits.memoryBytes)
      onBroken({ reason: 'memory', detail: `${inMiB(memory)} resident, over ${inMiB(limits.memoryBytes)}` });
    const used = await disk.used(pids);
    if (used > limits.diskBytes)
      onBroken({ reason: 'disk', detail: `${inMiB(used)} in the workspace, over ${inMiB(limits.diskBytes)}` });
  };
  const timer = setInterval(() => {
    if (isLooking || !isBusy()) return;
    isLooking = true;
    look()
      .catch((error: unknown) => onBroken({ reason: 'died', detail: `could not be looked after: ${String(error)}` }))
      .finally(() => (isLooking = false));
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** Counts files only where the file system has lost as much room as the workspace may still take. */
class DiskWatch {
  readonly #folder: string;
  readonly #limit: number;
  #used = 0;
  /** Free bytes and inodes when `#used` was counted; null before. */
  #room: number | null = null;
  #mostFree = 0;
  #walkedAt = -Infinity;
  #walkMs = 0;

  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** As last counted. */
  async used(pids: number[]): Promise<number> {
    const { bfree, bsize, ffree } = await statfs(this.#folder);
    const free = bfree * bsize;
    const room = free + ffree * ENTRY_BYTES;
    const since = performance.now() - this.#walkedAt;
    const isSuspect = this.#room === null || this.#room - room > this.#limit - this.#used || since > WALK_ANYWAY_MS;
    if (!isSuspect || since < this.#walkMs / WALK_SHARE) return this.#used;
    const startedAt = performance.now();
    const { bytes, isWhole } = await diskUse(this.#folder, pids);
    this.#mostFree = Math.max(this.#mostFree, free);
    this.#used = isWhole ? bytes : Math.max(bytes, this.#mostFree - free);
    this.#room = room;
    this.#walkedAt = performance.now();
    this.#walkMs = this.#walkedAt - startedAt;
    return this.#used;
  }
}

const inMiB = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
