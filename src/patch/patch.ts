/**
 * A patch in V4A, the form that OpenAI's models are trained on: sections for files, hunks of lines without line numbers.
 * Where a hunk belongs is found by its lines.
 */

export type Patch = Section[];

export type Section =
  | { kind: 'add'; path: string; lines: string[] }
  | { kind: 'delete'; path: string }
  | { kind: 'update'; path: string; moveTo: string | null; hunks: Hunk[] };

export interface Hunk {
  /** Lines above the hunk, from the outermost inwards (a class, then a method of it). */
  anchors: string[];
  lines: HunkLine[];
  /** Said to stand at the end of the file. */
  isAtEnd: boolean;
}

export interface HunkLine {
  kind: 'keep' | 'remove' | 'insert';
  text: string;
  /** An empty line without so much as its first space: of the file, or between two hunks. */
  isBare?: boolean;
}

/** Why a patch is not applied, in words for who wrote it. */
export class PatchProblem extends Error {}

/** The patch speaks of a file that is not there. */
export class FileMissing extends PatchProblem {
  readonly path: string;

  constructor(path: string) {
    super(`"${path}" does not exist; nothing of the patch was applied.`);
    this.path = path;
  }
}
