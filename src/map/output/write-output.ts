/**
 * What a map leaves for people: `results.jsonl`, `dead-letters.jsonl`, `summary.json` and, where it is asked for, `results.csv`. A pure
 * function of items and outcomes, written as a stream: held are a shard, counts, and 8 to 16 bytes an item for scores.
 */
import { ItemsManifestSchema, type ItemResult, type OperationSettings } from '../../contracts/map.ts';
import type { MapSummary } from '../../contracts/map-summary.ts';
import type { Blobs } from '../../store/blobs.ts';
import { csvLine } from './csv.ts';
import { type EndedItem, endedItems } from './ended-items.ts';
import type { DeadLetterLine, ResultLine } from './lines.ts';
import { OutFile, type WrittenFile } from './out-files.ts';
import { type Columns, columnsOf, shapeOf } from './shapes.ts';
import { Tally } from './tally.ts';

export interface OutputRequest {
  itemsRef: string;
  /** Of each shard in its order: an object of `OutcomeLine`s. */
  resultRefs: string[];
  operation: OperationSettings;
  /** Model calls that were made; several items may share one. */
  calls: number;
  /** Made where it is missing; what else lies there stays. */
  folder: string;
  hasCsv: boolean;
  signal?: AbortSignal;
}

export interface MapOutput {
  files: WrittenFile[];
  summary: MapSummary;
}

/** The summary is published last: who sees it sees the others. */
export async function writeOutput(blobs: Blobs, request: OutputRequest): Promise<MapOutput> {
  const { itemsRef, resultRefs, operation, calls, folder, signal } = request;
  const manifest = await blobs.getJson(itemsRef, ItemsManifestSchema);
  const tally = new Tally(operation, manifest.hasGold);
  const opened: OutFile[] = [];
  const inFolder = async (name: string): Promise<OutFile> => {
    const file = await OutFile.in(folder, name);
    opened.push(file);
    return file;
  };
  try {
    const write = await writerFor(request, inFolder);
    for await (const ended of endedItems(blobs, manifest, resultRefs)) {
      signal?.throwIfAborted();
      tally.add(ended.outcome, ended.item.gold);
      await write(ended);
    }
    const summary = tally.summary(calls);
    await (await inFolder('summary.json')).write(`${JSON.stringify(summary, null, 2)}\n`);
    const files: WrittenFile[] = [];
    for (const file of opened) files.push(await file.finish(blobs));
    for (const file of opened) await file.publish();
    return { files, summary };
  } finally {
    for (const file of opened) await file.discard();
  }
}

/** Opens the files; what it returns puts one item where it belongs. */
async function writerFor(
  { operation, hasCsv }: OutputRequest,
  inFolder: (name: string) => Promise<OutFile>,
): Promise<(ended: EndedItem) => Promise<void>> {
  const results = await inFolder('results.jsonl');
  const deadLetters = await inFolder('dead-letters.jsonl');
  const table = hasCsv ? await inFolder('results.csv') : null;
  const columns = columnsOf(shapeOf(operation));
  await table?.write(csvLine(headerOf(columns)));
  return async ({ item, outcome }) => {
    if ('dead' in outcome) {
      const { tier, attempts, costMicros, dead } = outcome;
      const line: DeadLetterLine = { id: item.id, at: item.at, ...dead, tier, attempts, costMicros };
      return deadLetters.write(`${JSON.stringify(line)}\n`);
    }
    const line = resultLine(item.id, outcome);
    await results.write(`${JSON.stringify(line)}\n`);
    await table?.write(csvLine(cellsOf(line, columns)));
  };
}

const resultLine = (id: string, outcome: ItemResult): ResultLine => {
  const { result, tier, attempts, costMicros, confidence, isReused } = outcome;
  return {
    id,
    result,
    tier,
    attempts,
    costMicros,
    ...(confidence !== undefined && { confidence }),
    ...(isReused !== undefined && { isReused }),
  };
};

const FIXED = ['id', 'confidence', 'tier', 'attempts', 'costUsd'];

/** A field that is called like one of the other columns is told from it. */
const headerOf = ({ names }: Columns): string[] => {
  const [id = '', ...rest] = FIXED;
  return [id, ...names.map((name) => (FIXED.includes(name) ? `result.${name}` : name)), ...rest];
};

const cellsOf = ({ id, result, confidence, tier, attempts, costMicros }: ResultLine, columns: Columns) => [
  id,
  ...columns.cellsOf(result),
  confidence ?? null,
  tier,
  attempts,
  costMicros / 1_000_000,
];
