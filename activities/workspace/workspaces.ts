/** The frozen workspaces that a worker has open: manifests are read and trees are made once, not per tool call. */
import type { Blobs } from '../../src/store/blobs.ts';
import { FrozenWorkspace } from './frozen.ts';
import { searchableTree } from './tree.ts';

interface Opened {
  workspace: Promise<FrozenWorkspace>;
  tree: Promise<string> | null;
}

const MOST_OPEN = 8;

export class Workspaces {
  readonly #blobs: Blobs;
  readonly #cacheFolder: string;
  readonly #opened = new Map<string, Opened>();

  constructor(blobs: Blobs, cacheFolder: string) {
    this.#blobs = blobs;
    this.#cacheFolder = cacheFolder;
  }

  open(ref: string): Promise<FrozenWorkspace> {
    return this.#entry(ref).workspace;
  }

  /** The folder of regular files that a search program may read. */
  tree(ref: string): Promise<string> {
    const entry = this.#entry(ref);
    entry.tree ??= entry.workspace
      .then((workspace) => searchableTree(this.#blobs, workspace, this.#cacheFolder))
      .catch((error: unknown) => this.#forget(ref, error));
    return entry.tree;
  }

  #entry(ref: string): Opened {
    const known = this.#opened.get(ref);
    if (known) return known;
    const workspace = FrozenWorkspace.load(this.#blobs, ref).catch((error: unknown) => this.#forget(ref, error));
    const entry: Opened = { workspace, tree: null };
    this.#opened.set(ref, entry);
    const oldest = [...this.#opened.keys()][0];
    if (this.#opened.size > MOST_OPEN && oldest !== undefined) this.#opened.delete(oldest);
    return entry;
  }

  /** A failure is not remembered: the next attempt tries again. */
  #forget(ref: string, error: unknown): never {
    this.#opened.delete(ref);
    throw error;
  }
}
