/**
 * What a worker asks of the supervisor inside a pod, and what it answers: JSON lines over stdio, `{id, name, args}` and `{abort: id}`
 * down, once `{ready: true}` and then `{id, value}`, `{id, refused}` or `{id, failed}` up. Paths are relative to the workspace, `/`-separated; none leads out of it.
 * What comes up is untrusted: an agent's processes may have reached the supervisor. It can say no more than what they could write.
 */
import type { CapturedOutput } from '../contracts/results.ts';

export interface Operations {
  /** What lies directly in a folder, folders first; `files` and `bytes` count everything below. */
  list: { args: { path: string }; value: { entries: PodEntry[]; isCut: boolean } };
  /** Lines of a text file, 1-based, both ends included; fewer where `maxBytes` ends them. Refuses binary files. */
  readLines: {
    args: { path: string; startLine: number; endLine: number; maxBytes: number };
    value: { lines: string[]; totalLines: number; isLossy: boolean };
  };
  /** ripgrep: Rust syntax, ordered by path. */
  search: {
    args: { pattern: string; path: string; glob: string | null; maxMatches: number; maxBytes: number };
    value: { matches: { path: string; line: number; text: string }[]; isCut: boolean };
  };
  /** V4A, whole or not at all. A refusal names the file and the part that does not fit, and what stands there. */
  applyPatch: { args: { patch: string }; value: { changed: PatchedFile[] } };
  writeFile: { args: { path: string; content: string }; value: { isNew: boolean; bytes: number } };
  /** One command, its whole process group killed at its end; afterwards nothing but the supervisor is left where no other command runs. */
  run: { args: RunArgs; value: PodCommandEnd };
  /**
   * Which files are what, right now: called before anything has run, so that the first `scan` reads only what changed since. `paths` are as in the manifest
   * that the folder was restored from. `skip`: folders that belong to the engine (mounted dependencies).
   */
  remember: { args: { files: { path: string; sha256: string }[]; skip: string[] }; value: { files: number } };
  /** What changed since the last scan that was acknowledged with `seen` (its `scan` number); all files where that is not the last one. */
  scan: { args: { seen: number | null }; value: ScanResult };
  /** Bytes of a regular file, base64, at most `length`. */
  read: { args: { path: string; offset: number; length: number }; value: { base64: string; isEnd: boolean } };
}

export type OperationName = keyof Operations;

export type PodMessage = { id: number; name: OperationName; args: unknown } | { abort: number };

/** `refused` is told to the model; `failed` is a fault of ours, or an aborted command. */
export type PodAnswer =
  { ready: true } | { id: number; value: unknown } | { id: number; refused: string } | { id: number; failed: string };

export interface PodEntry {
  name: string;
  isFolder: boolean;
  files: number;
  bytes: number;
}

export interface PatchedFile {
  path: string;
  change: 'added' | 'changed' | 'removed' | 'moved';
  /** Where it was, when moved. */
  from?: string;
}

export interface RunArgs {
  /** A string goes to `/bin/sh -c`. */
  command: string | string[];
  /** Relative to the workspace. */
  folder: string;
  timeoutMs: number;
  /** How much of the output is kept, half of it head and half tail. */
  keepBytes: number;
  env?: Record<string, string>;
}

export interface PodCommandEnd {
  exitCode: number | null;
  signal: string | null;
  isTimedOut: boolean;
  /** More was written than is read; the command was ended for it. */
  isFlooding: boolean;
  durationMs: number;
  output: CapturedOutput;
}

export interface ScanResult {
  /** Goes up by one with each scan. */
  scan: number;
  /** Everything is listed, not only what changed. */
  isWhole: boolean;
  files: ScannedFile[];
  links: { path: string; target: string }[];
  /** Neither there as files nor as links any more; empty where `isWhole`. */
  removed: string[];
  /** Seen and not taken, with the reason: sockets, pipes, names that are not UTF-8, files beyond the bounds. */
  leftOut: { path: string; reason: string }[];
}

export interface ScannedFile {
  path: string;
  bytes: number;
  sha256: string;
  isExecutable: boolean;
  isBinary: boolean;
}
