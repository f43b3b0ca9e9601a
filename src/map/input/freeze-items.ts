/**
 * Freezes what a map is over: the whole input is read once, as a stream, and becomes shards and a manifest in the store, or a failure
 * that lists what is wrong. The same input gives the same reference. Held meanwhile: a shard, for a table 16-byte digests of ids and
 * texts (`DigestTable`: up to 84 MB for a million rows with ids), for files one file and the ledger of all.
 */
import type { ItemsManifest, MapInput } from '../../contracts/map.ts';
import { byO200k } from '../../o200k.ts';
import type { Blobs } from '../../store/blobs.ts';
import { FREEZE_BOUNDS } from '../../workspace/walk.ts';
import { readCsv } from './csv.ts';
import { FileItems, type FileBounds } from './file-items.ts';
import { readJsonl } from './jsonl.ts';
import { quoted } from './names.ts';
import { Problems } from './problems.ts';
import type { Row } from './row.ts';
import { type ShardBounds, Shards } from './shards.ts';
import { type FilesSource, inputInvalid, type ItemSource, type TableSource, Unreadable } from './source.ts';
import { TableBytes } from './table-bytes.ts';
import { TableItems } from './table-items.ts';

export interface ItemBounds extends ShardBounds, FileBounds {
  /** Of a row, all of its columns together. */
  mostRowBytes: number;
}

export const ITEM_BOUNDS: ItemBounds = {
  mostItems: 1000,
  mostBytes: 4_000_000,
  mostRowBytes: 1_000_000,
  mostFileBytes: FREEZE_BOUNDS.maxFileBytes,
  pieceTokens: 2000,
  overlapLines: 10,
};

export interface FreezeOptions {
  bounds?: Partial<ItemBounds>;
  signal?: AbortSignal;
}

export interface FrozenItems {
  itemsRef: string;
  items: number;
  shards: number;
  /** Of the source. */
  bytes: number;
}

/** Throws `MapInputInvalid`: every problem is found before anything is asked about any item. */
export async function freezeItems(
  blobs: Blobs,
  source: ItemSource,
  input: MapInput,
  { bounds: change = {}, signal }: FreezeOptions = {},
): Promise<FrozenItems> {
  assertColumnsFit(source, input);
  const bounds = { ...ITEM_BOUNDS, ...change };
  const shards = new Shards(blobs, bounds);
  const manifest =
    source.format === 'files'
      ? await freezeFiles(source, shards, bounds, signal)
      : await freezeTable(source, input, shards, bounds, signal);
  const itemsRef = await blobs.putJson(manifest);
  return { itemsRef, items: manifest.items, shards: manifest.shards.length, bytes: manifest.source.bytes };
}

function assertColumnsFit({ format, path }: ItemSource, { header, textColumn, idColumn, goldColumn }: MapInput): void {
  if (header !== undefined && format !== 'csv' && format !== 'tsv')
    throw inputInvalid(
      `${path} is read as ${format === 'jsonl' ? 'JSON lines' : 'text files'}, and these have no header row.`,
    );
  const named = textColumn ?? idColumn ?? goldColumn;
  if (format !== 'files' || named === undefined) return;
  throw inputInvalid(
    `${path} is read as text files, and these have no column ${quoted(named)}. Is it a table? Name its format.`,
  );
}

async function freezeTable(
  { path, format, file }: TableSource,
  input: MapInput,
  shards: Shards,
  bounds: ItemBounds,
  signal?: AbortSignal,
): Promise<ItemsManifest> {
  const problems = new Problems(path);
  const bytes = new TableBytes(file, problems);
  const rows = rowsOf(bytes.chunks(), { format, hasHeader: input.header ?? true }, bounds, problems);
  try {
    for await (const item of new TableItems(path, input, problems).from(rows)) {
      signal?.throwIfAborted();
      if (problems.count === 0) await shards.add(item);
    }
  } catch (error) {
    if (error instanceof Unreadable) throw inputInvalid(`${path} can't be used: ${error.reason}.`, error);
    throw error;
  }
  problems.throwIfAny();
  await shards.flush();
  return {
    version: 1,
    source: { path, format, digest: bytes.digest(), bytes: bytes.bytes },
    items: shards.items,
    hasGold: input.goldColumn !== undefined,
    shards: shards.put,
    files: [],
    leftOut: [],
  };
}

function rowsOf(
  chunks: AsyncIterable<Buffer>,
  { format, hasHeader }: { format: TableSource['format']; hasHeader: boolean },
  { mostRowBytes }: ItemBounds,
  problems: Problems,
): AsyncIterable<Row> {
  if (format === 'jsonl') return readJsonl(chunks, mostRowBytes, problems);
  return readCsv(chunks, { delimiter: format === 'csv' ? ',' : '\t', hasHeader, mostBytes: mostRowBytes }, problems);
}

async function freezeFiles(
  { path, files, leftOut }: FilesSource,
  shards: Shards,
  bounds: ItemBounds,
  signal?: AbortSignal,
): Promise<ItemsManifest> {
  const read = new FileItems(bounds, await byO200k());
  for await (const item of read.from(files)) {
    signal?.throwIfAborted();
    await shards.add(item);
  }
  const allLeftOut = [...leftOut, ...read.leftOut].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  if (shards.items === 0) throw nothingToRead(path, allLeftOut);
  await shards.flush();
  return {
    version: 1,
    source: { path, format: 'files', digest: read.digest(), bytes: read.bytes },
    items: shards.items,
    hasGold: false,
    shards: shards.put,
    files: read.files,
    leftOut: allLeftOut,
  };
}

function nothingToRead(path: string, leftOut: FilesSource['leftOut']): Error {
  if (leftOut.length === 0)
    return inputInvalid(
      `${path} means no file: see that it is spelled right, and that no ignore rule takes its files out.`,
    );
  const reasons = leftOut.slice(0, 10).map((file) => `${file.path}: ${file.reason}.`);
  return inputInvalid([`${path} holds no text to read:`, ...reasons].join('\n'));
}
