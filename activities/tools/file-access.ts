/** Reading files, whatever holds them: the store, for a frozen workspace, or a pod. Paths are relative to the workspace; what can't be is a `ToolRefusal`. */
import type { FolderEntry } from '../workspace/frozen.ts';

export interface FileLines {
  path: string;
  lines: string[];
  totalLines: number;
  /** Bytes that are not UTF-8 are replaced in them. */
  isLossy: boolean;
}

export interface Query {
  /** Rust syntax. */
  pattern: string;
  path: string;
  glob: string | null;
  maxMatches: number;
  maxBytes: number;
}

export interface Matches {
  matches: { path: string; line: number; text: string }[];
  isCut: boolean;
}

export interface FileAccess {
  /** What lies directly in a folder, folders first. */
  list(path: string): Promise<FolderEntry[]>;
  /** 1-based, both ends included; fewer where the file ends, none where it begins later. */
  lines(path: string, first: number, last: number, maxBytes: number): Promise<FileLines>;
  search(query: Query, signal: AbortSignal): Promise<Matches>;
}
