/** What an objective changed, as its caller takes it: a difference to read, files, a branch or a patch. Needs no server and no worker. */
import type { ChangeSet } from '../contracts/changes.ts';
import type { Progress } from '../contracts/objective.ts';
import { type Manifest, ManifestSchema } from '../contracts/workspace.ts';
import { InputInvalid } from '../located-yaml.ts';
import { applyToBranch, type MadeBranch } from '../snapshots/apply-branch.ts';
import { applyToFiles } from '../snapshots/apply-files.ts';
import {
  type Change,
  changesBetween,
  visibilityIn,
  visibleChanges,
  type VisibleChanges,
} from '../snapshots/changes.ts';
import { CommitChain } from '../snapshots/commits.ts';
import type { Blobs } from '../store/blobs.ts';

/** Null where nothing was accepted. */
export function changeSetOf({ merged, origin }: Progress): ChangeSet | null {
  if (!merged || !origin) return null;
  const commits = merged.map(({ subtaskId, title, ref, protected: touchesProtected }) => ({
    ...{ subtaskId, title, ref, touchesProtected },
  }));
  return { ...origin, commits };
}

export interface AppliedFiles {
  added: number;
  changed: number;
  removed: number;
  /** All of them were as they should be already. */
  isUnneeded: boolean;
}

/** Lines of a file; null where it is binary. */
export interface ChangedLines {
  path: string;
  added: number | null;
  removed: number | null;
}

export class ObjectiveChanges {
  readonly set: ChangeSet;
  readonly #blobs: Blobs;
  readonly #commandPath: string;

  /** `commandPath`: `PATH`, to find git. */
  constructor(set: ChangeSet, blobs: Blobs, commandPath: string) {
    this.set = set;
    this.#blobs = blobs;
    this.#commandPath = commandPath;
  }

  /** Of all subtasks together. What is hidden is in no difference, file, branch or patch. */
  async changes(): Promise<VisibleChanges> {
    const [base, last] = await Promise.all([this.#manifest(this.set.baseRef), this.#manifest(this.#lastRef)]);
    return visibleChanges(this.#blobs, base, changesBetween(base, last));
  }

  /** Paths of tests and the like that were changed. */
  get touchesProtected(): string[] {
    return [...new Set(this.set.commits.flatMap(({ touchesProtected }) => touchesProtected))].toSorted();
  }

  /** Unified, of one subtask or of all. */
  async diff(subtaskId?: string): Promise<string> {
    return this.#inChain(async (chain) => {
      const { from, to } = rangeOf(chain, subtaskId);
      return (await chain.diff(from, to)).toString('utf8');
    });
  }

  async stat(subtaskId?: string): Promise<ChangedLines[]> {
    return this.#inChain(async (chain) => {
      const { from, to } = rangeOf(chain, subtaskId);
      return chain.stat(from, to);
    });
  }

  /** Text for `git apply`, with the bytes of binary files. */
  async patch(): Promise<Buffer> {
    return this.#inChain((chain) => chain.diff(chain.baseCommit, chain.last, { isWhole: true }));
  }

  /** Rejects with `ChangesRefused`, and writes nothing, where a file is not as it was frozen. */
  async applyToFiles(): Promise<AppliedFiles> {
    const { visible } = await this.changes();
    const isNeeded = await applyToFiles(this.#blobs, this.set.workspacePath, visible);
    const added = visible.filter(({ before }) => !before).length;
    const removed = visible.filter(({ after }) => !after).length;
    return { added, changed: visible.length - added - removed, removed, isUnneeded: !isNeeded };
  }

  /** A new branch with a commit for each subtask that changed something. Rejects with `ChangesRefused`. */
  async applyToBranch(branch: string): Promise<MadeBranch> {
    const { baseRef, baseCommit, workspacePath: workspace, commits } = this.set;
    const base = await this.#manifest(baseRef);
    const whyHidden = await visibilityIn(this.#blobs, base);
    const steps: { state: ChangeSet['commits'][number]; changes: Change[] }[] = [];
    let before = base;
    for (const state of commits) {
      const after = await this.#manifest(state.ref);
      const changes = changesBetween(before, after).filter(({ path }) => whyHidden(path) === null);
      if (changes.length > 0) steps.push({ state, changes });
      before = after;
    }
    return applyToBranch(this.#blobs, { workspace, branch, baseCommit, steps, path: this.#commandPath });
  }

  get #lastRef(): string {
    return this.set.commits.at(-1)?.ref ?? this.set.baseRef;
  }

  #manifest(ref: string): Promise<Manifest> {
    return this.#blobs.getJson(ref, ManifestSchema);
  }

  async #inChain<T>(work: (chain: CommitChain) => Promise<T>): Promise<T> {
    const { baseRef, commits } = this.set;
    const whyHidden = await visibilityIn(this.#blobs, await this.#manifest(baseRef));
    const isWanted = ({ path }: Change): boolean => whyHidden(path) === null;
    const chain = await CommitChain.make(this.#blobs, { base: baseRef, states: commits, isWanted }, this.#commandPath);
    try {
      return await work(chain);
    } finally {
      await chain.close();
    }
  }
}

function rangeOf(chain: CommitChain, subtaskId?: string): { from: string; to: string } {
  if (subtaskId === undefined) return { from: chain.baseCommit, to: chain.last };
  const range = chain.around(subtaskId);
  if (range) return range;
  const known = chain.commits.map((made) => made.subtaskId).join(', ') || 'none';
  throw new InputInvalid(`No changes of a subtask "${subtaskId}" were accepted. Those of these were: ${known}.`);
}
