/**
 * The workspace of a pod as a snapshot: what a scan says has changed, applied to the snapshot before. Invariants: (1) a reference is given out
 * only once every blob that it names is in the store, each under the hash of its own bytes, whatever the pod said; (2) a scan is acknowledged
 * only then, so that one that came to nothing is scanned again, from where it started; (3) what the pod says is untrusted (`scan.ts`).
 */
import { stat } from 'node:fs/promises';
import pLimit from 'p-limit';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { type Manifest, ManifestSchema } from '../contracts/workspace.ts';
import type { Pod } from '../pod/pod.ts';
import type { ScanResult } from '../pod/protocol.ts';
import type { Blobs } from '../store/blobs.ts';
import { FREEZE_BOUNDS } from '../workspace/walk.ts';
import { parseChunk, parseScan } from './scan.ts';
import { type Entry, manifestOf, type Tree, treeOf } from './tree.ts';

export interface Snapshot {
  ref: string;
  manifest: Manifest;
}

type Asked = Pick<Pod, 'request'>;
type FileEntry = Extract<Entry, { type: 'file' }>;

/** Something wrote while we read. */
class Moved extends Error {}

const SCANS = 3;
const READS_AT_ONCE = 4;
const CHUNK_BYTES = 1_000_000;

export class SnapshotTaker {
  readonly #pod: Asked;
  readonly #blobs: Blobs;
  #seen: number | null = null;
  #last: Snapshot;

  private constructor(pod: Asked, blobs: Blobs, last: Snapshot) {
    this.#pod = pod;
    this.#blobs = blobs;
    this.#last = last;
  }

  /**
   * Of a pod whose folder was restored from `ref`, before anything has run in it; `isDirty` where something has run there since. `skip`: folders that belong
   * to the engine.
   */
  static async open(
    pod: Asked,
    blobs: Blobs,
    { ref, skip, isDirty = false, signal }: { ref: string; skip: string[]; isDirty?: boolean; signal: AbortSignal },
  ): Promise<SnapshotTaker> {
    const manifest = await blobs.getJson(ref, ManifestSchema);
    const known = isDirty ? [] : manifest.files;
    const files = known.map(({ path, blob }) => ({ path, sha256: blob.replace('sha256:', '') }));
    await pod.request('remember', { files, skip }, signal);
    return new SnapshotTaker(pod, blobs, { ref, manifest });
  }

  get last(): Snapshot {
    return this.#last;
  }

  /**
   * The workspace as it is now. Throws `SnapshotInvalid` where it can't be one: too much, names that clash, or files that something keeps writing.
   */
  async take(signal: AbortSignal): Promise<Snapshot> {
    for (let scans = 1; ; scans += 1) {
      const scan = parseScan(await this.#pod.request('scan', { seen: this.#seen }, signal));
      try {
        const snapshot = await this.#snapshotOf(scan, signal);
        this.#seen = scan.scan;
        this.#last = snapshot;
        return snapshot;
      } catch (error) {
        if (!(error instanceof Moved)) throw error;
        if (scans === SCANS)
          throw new TypedFailure(
            'SnapshotInvalid',
            `The workspace kept changing while its state was read: ${error.message}. Nothing may go on writing there.`,
          );
      }
    }
  }

  async #snapshotOf(scan: ScanResult, signal: AbortSignal): Promise<Snapshot> {
    const tree = applied(treeOf(this.#last.manifest), scan);
    assertWithinBounds(tree);
    const manifest = manifestOf(tree, [...this.#last.manifest.leftOut, ...scan.leftOut]);
    const known = new Set(this.#last.manifest.files.map(({ blob, bytes }) => `${blob} ${bytes}`));
    const wanted = new Map<string, string>();
    for (const { path, blob, bytes } of manifest.files) if (!known.has(`${blob} ${bytes}`)) wanted.set(path, blob);
    const atOnce = pLimit(READS_AT_ONCE);
    await atOnce.map(wanted.keys(), (path) => this.#bringIn(path, tree.get(path) as FileEntry, signal));
    return { ref: await this.#blobs.putJson(manifest), manifest };
  }

  /** What the store has is not read again; its size must be the one that is claimed. */
  async #bringIn(path: string, { blob, bytes }: FileEntry, signal: AbortSignal): Promise<void> {
    const there = await stat(this.#blobs.pathOf(blob)).catch(() => null);
    if (there?.size === bytes) return;
    const source = new PodFile(this.#pod, path, bytes, signal);
    const stored = await this.#blobs.putStream(source.chunks()).catch((error: unknown) => {
      throw source.failure ?? error;
    });
    if (stored.ref !== blob || stored.bytes !== bytes) throw new Moved(`"${path}" is not what it was when listed`);
  }
}

/** `removed` first: what is there now stands. */
function applied(before: Tree, { isWhole, files, links, removed }: ScanResult): Tree {
  const tree: Tree = isWhole ? new Map<string, Entry>() : before;
  for (const path of removed) tree.delete(path);
  const listed = new Set<string>();
  for (const { path, sha256, ...file } of files) put(path, { type: 'file', blob: `sha256:${sha256}`, ...file });
  for (const { path, target } of links) put(path, { type: 'link', target });
  return tree;

  function put(path: string, entry: Entry): void {
    if (listed.has(path)) throw refused(`${JSON.stringify(path.slice(0, 200))} is listed twice`);
    listed.add(path);
    tree.set(path, entry);
  }
}

function assertWithinBounds(tree: Tree): void {
  const { maxFiles, maxTotalBytes } = FREEZE_BOUNDS;
  const bytes = tree.values().reduce((sum, entry) => sum + (entry.type === 'file' ? entry.bytes : 0), 0);
  if (tree.size > maxFiles) throw refused(`there are more than ${maxFiles.toLocaleString('en')} files and links`);
  if (bytes > maxTotalBytes) throw refused(`the files have more than ${maxTotalBytes.toLocaleString('en')} bytes`);
}

const refused = (why: string): TypedFailure =>
  new TypedFailure('SnapshotInvalid', `The workspace can't be taken: ${why}. What need not be kept belongs in /tmp.`);

/** A file of a pod as a stream that ends soon after as many bytes as it should have. */
class PodFile {
  /** Why the stream broke: the store would take it for a failure of its own. */
  failure: Error | null = null;
  readonly #read: (offset: number) => Promise<unknown>;
  readonly #path: string;
  readonly #bytes: number;

  constructor(pod: Asked, path: string, bytes: number, signal: AbortSignal) {
    this.#read = (offset) => pod.request('read', { path, offset, length: CHUNK_BYTES }, signal);
    this.#path = path;
    this.#bytes = bytes;
  }

  async *chunks(): AsyncIterable<Buffer> {
    for (let offset = 0, isEnd = false; !isEnd && offset <= this.#bytes;) {
      const said = await this.#read(offset).catch((error: unknown) => {
        throw (this.failure = this.#toFailure(error as Error));
      });
      const chunk = parseChunk(said, CHUNK_BYTES);
      offset += chunk.bytes.length;
      isEnd = chunk.isEnd;
      yield chunk.bytes;
    }
  }

  /** What is refused is not there any more as a file. */
  #toFailure(error: Error): Error {
    return error.name === 'PodRefusal' ? new Moved(`"${this.#path}" is gone`, { cause: error }) : error;
  }
}
