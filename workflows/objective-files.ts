/** The files of an objective: as they were frozen, and what was merged into them since. No SDK; continue-as-new carries its snapshot. */
import type { MergedChange, ObjectiveSnapshot, Progress } from '../src/contracts/objective.ts';
import type { WorkspaceSummary } from '../src/contracts/workspace.ts';

export class ObjectiveFiles {
  readonly #workspacePath: string;
  #frozen: WorkspaceSummary | null;
  #merged: MergedChange[];

  constructor(workspacePath = '', carried?: Pick<ObjectiveSnapshot, 'workspace' | 'merged'>) {
    this.#workspacePath = workspacePath;
    this.#frozen = carried?.workspace ?? null;
    this.#merged = carried?.merged ?? [];
  }

  /** Null until the workspace is frozen. */
  get frozen(): WorkspaceSummary | null {
    return this.#frozen;
  }

  /** In the order of merging. */
  get merged(): MergedChange[] {
    return this.#merged;
  }

  /** As they are now; empty until they are frozen. */
  get ref(): string {
    return this.#merged.at(-1)?.ref ?? this.#frozen?.workspaceRef ?? '';
  }

  froze(workspace: WorkspaceSummary): void {
    this.#frozen = workspace;
  }

  mergedIn(change: MergedChange): void {
    this.#merged = [...this.#merged, change];
  }

  /** What was merged, and into what; nothing where nothing was. */
  progress(): Pick<Progress, 'merged' | 'origin'> {
    if (this.#merged.length === 0 || !this.#frozen) return {};
    const { workspaceRef: baseRef, baseCommit } = this.#frozen;
    const origin = { baseRef, ...(baseCommit !== undefined && { baseCommit }), workspacePath: this.#workspacePath };
    return { merged: this.#merged, origin };
  }

  /** Contract: after they were frozen. */
  snapshot(): Pick<ObjectiveSnapshot, 'workspace' | 'merged'> {
    if (!this.#frozen) throw new Error('There is nothing to carry before the workspace is frozen.');
    return { workspace: this.#frozen, ...(this.#merged.length > 0 && { merged: this.#merged }) };
  }
}
