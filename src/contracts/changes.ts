/** What an objective made of a workspace: from the state that was frozen to the last one that was merged. */
export interface ChangeSet {
  /** Manifest of what was frozen. */
  baseRef: string;
  /** The commit that was checked out then, where there was one. */
  baseCommit?: string;
  workspacePath: string;
  /** One for each accepted subtask, in the order in which they were merged. */
  commits: {
    subtaskId: string;
    title: string;
    /** Manifest of the workspace with this subtask's work in it, and that of those before. */
    ref: string;
    /** Paths of tests and the like that it changed: a person should look at them. */
    touchesProtected: string[];
  }[];
}
