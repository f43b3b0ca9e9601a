/** Where items are read from: one table, or text files. The bytes may lie on disk or in the store; readers don't know. */
import { extname } from 'node:path';
import type { FORMATS, MapInput } from '../../contracts/map.ts';
import { TypedFailure } from '../../contracts/typed-failure.ts';
import type { LeftOut } from '../../contracts/workspace.ts';

export type Format = (typeof FORMATS)[number];
export type TableFormat = Exclude<Format, 'files'>;

/** `open` may be called again; it throws `Unreadable` where the file itself is why it can't be read. */
export interface SourceFile {
  /** As people know it: names items and stands in messages. */
  path: string;
  open: () => AsyncIterable<Buffer>;
}

export interface TableSource {
  format: TableFormat;
  path: string;
  file: SourceFile;
}

/** Files are sorted by path, each path once. */
export interface FilesSource {
  format: 'files';
  path: string;
  files: SourceFile[];
  leftOut: LeftOut[];
}

export type ItemSource = TableSource | FilesSource;

/** `reason` is a clause about the file: "it can't be read (EACCES)". */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

export const inputInvalid = (message: string, cause?: unknown): TypedFailure =>
  new TypedFailure('MapInputInvalid', message, { cause });

const BY_EXTENSION: Record<string, TableFormat> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
};

/** Of one file: what was said, else by its name. A text of any other name is cut into pieces. */
export function formatOf({ path, format }: MapInput): Format {
  if (format !== undefined) return format;
  const extension = extname(path).toLowerCase();
  if (extension === '.json') {
    throw inputInvalid(
      `${path} is one JSON document, and items are not found in it by themselves. Write one object a line (JSONL), or name the format: "files" cuts it into pieces as a text.`,
    );
  }
  return BY_EXTENSION[extension] ?? 'files';
}

/** For folders and globs. */
export function assertFormatOfMany({ path, format }: MapInput): void {
  if (format === undefined || format === 'files') return;
  throw inputInvalid(`${path} is a folder or a glob, and a table (${format}) is one file: name that file.`);
}
