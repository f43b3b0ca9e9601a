/**
 * What the files of a workspace are, by hash. A file is hashed again only when what `lstat` says of it has changed, or could not
 * have changed: one that was written in the same tick of the clock in which it was hashed looks the same afterwards.
 * The inode's own time of change decides, which, unlike the time of modification, no program can set.
 */
import { hash as hashOf, createHash } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, read as readBytes } from 'node:fs';
import { promisify } from 'node:util';
import { Refusal } from '../refusal.ts';
import { assertSize, inFolder, openFile, split, withFile } from './held.ts';
import { bytesAt, isBinary, SNIFFED_BYTES } from './read.ts';

const readInto = promisify(readBytes);

/** Read at once, which is much faster; what is larger is read while others get their turn. */
const SMALL_BYTES = 256 * 1024;
const CHUNK_BYTES = 1024 * 1024;

const NS_PER_MS = 1_000_000n;
const SECOND = 1_000_000_000n;
/** The coarsest tick of a Linux clock is 10 ms; some file systems keep no more than whole, or even, seconds. */
const TICK = 20n * NS_PER_MS;
const COARSE_TICK = 2n * SECOND;

/** What is known of a file, and as of when. */
export interface Known {
  stat: BigIntStats;
  /** When reading it began. */
  asOf: bigint;
  sha256: string;
  /** Null where nobody has looked yet. */
  isBinary: boolean | null;
}

export class Digests {
  readonly #root: string;
  readonly #known = new Map<string, Known>();

  constructor(root: string) {
    this.#root = root;
  }

  /** `sha256` is what is known of the file from elsewhere, as of now. */
  remember(path: string, stat: BigIntStats, sha256: string, asOf: bigint): void {
    this.#known.set(path, { stat, asOf, sha256, isBinary: null });
  }

  forgetAllBut(paths: ReadonlyMap<string, unknown>): void {
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
  }

  /** Null where it has to be read; `stat` is what was seen of it. */
  known(path: string, stat: BigIntStats): Known | null {
    const known = this.#known.get(path);
    return known && isSame(known.stat, stat) && !mayHideChange(known) ? known : null;
  }

  /** Refuses what is no regular file any more. */
  async read(path: string): Promise<Known> {
    const asOf = now();
    const { folder, name } = split(path);
    const fd = inFolder(this.#root, folder, (held) => openFile(held, name));
    try {
      const stat = fstatSync(fd, { bigint: true });
      assertSize(path, stat.size);
      const known = { stat, asOf, ...(await digestOf(fd, Number(stat.size))) };
      this.#known.set(path, known);
      return known;
    } finally {
      closeSync(fd);
    }
  }

  /** Reads the beginning of a file of which only the hash is known. One that has gone since is none; whoever fetches it will see. */
  isBinary(path: string, known: Known): boolean {
    try {
      return (known.isBinary ??= this.#sniff(path));
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  #sniff(path: string): boolean {
    const { folder, name } = split(path);
    return inFolder(this.#root, folder, (held) =>
      withFile(held, name, (fd) => isBinary(bytesAt(fd, 0, SNIFFED_BYTES))),
    );
  }
}

export const now = (): bigint => BigInt(Date.now()) * NS_PER_MS;

/** From when on a change of the file can be told from what `stat` says. */
export const tellableFrom = ({ ctimeNs }: Pick<BigIntStats, 'ctimeNs'>): bigint =>
  ctimeNs + (ctimeNs % SECOND === 0n ? COARSE_TICK : TICK);

/** Whether the file may have changed after it was read and still look the same. */
export const mayHideChange = ({ stat, asOf }: { stat: Pick<BigIntStats, 'ctimeNs'>; asOf: bigint }): boolean =>
  asOf < tellableFrom(stat);

const isSame = (a: BigIntStats, b: BigIntStats): boolean =>
  a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs && a.size === b.size && a.ino === b.ino && a.mode === b.mode;

/** Of the bytes that the file had when it was opened: one that grows is cut there. */
async function digestOf(fd: number, size: number): Promise<{ sha256: string; isBinary: boolean }> {
  if (size <= SMALL_BYTES) {
    const bytes = bytesAt(fd, 0, size);
    return { sha256: hashOf('sha256', bytes), isBinary: isBinary(bytes) };
  }
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let isBinaryFile = false;
  for (let at = 0; at < size;) {
    const { bytesRead } = await readInto(fd, chunk, 0, Math.min(chunk.length, size - at), at);
    if (bytesRead === 0) break;
    if (at === 0) isBinaryFile = isBinary(chunk.subarray(0, bytesRead));
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
  return { sha256: hash.digest('hex'), isBinary: isBinaryFile };
}
