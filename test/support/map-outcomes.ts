/** Items that have ended, as a map leaves them in the store. */
import type { Item, ItemOutcome, OperationSettings } from '../../src/contracts/map.ts';
import { type OutputRequest, writeOutput } from '../../src/map/output/write-output.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { contentsOf, memoryFolder } from './folders.ts';

/** `gold` is the item's; a result of undefined: a dead letter. */
export interface Ending {
  id?: string;
  gold?: string;
  result?: unknown;
  change?: Partial<ItemOutcome>;
}

const DEAD = { type: 'AnswerInvalid', reason: 'no label of the list' };

const outcomeOf = ({ result, change }: Ending): ItemOutcome => ({
  tier: 'nano',
  attempts: 1,
  costMicros: 10,
  ...(result === undefined ? { dead: DEAD } : { result }),
  ...change,
});

/** Puts items and outcomes in shards of so many, and writes what the map leaves. */
export async function outputOf(
  operation: OperationSettings,
  endings: Ending[],
  change: Partial<OutputRequest> & { itemsPerShard?: number; blobs?: Blobs } = {},
) {
  const { itemsPerShard = 3, blobs = new Blobs(memoryFolder('flotilla-output')), ...request } = change;
  const items = endings.map(({ id, gold }, index): Item => {
    const name = id ?? `i${index}`;
    return { id: name, text: `text of ${name}`, at: `in.csv:${index + 2}`, ...(gold !== undefined && { gold }) };
  });
  const outcomes = endings.map((ending, index) => ({ id: items[index]?.id, ...outcomeOf(ending) }));
  const starts = items.flatMap((_, index) => (index % itemsPerShard === 0 ? [index] : []));
  const put = (lines: object[]): Promise<string> =>
    blobs.put(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const cut = (lines: object[]): Promise<string[]> =>
    Promise.all(starts.map((start) => put(lines.slice(start, start + itemsPerShard))));
  const itemRefs = await cut(items);
  const itemsRef = await blobs.putJson({
    version: 1,
    source: { path: 'in.csv', format: 'csv', digest: 'sha256:0', bytes: 1 },
    items: items.length,
    hasGold: endings.some(({ gold }) => gold !== undefined),
    shards: starts.map((start, index) => ({
      ref: itemRefs[index],
      start,
      count: Math.min(itemsPerShard, items.length - start),
    })),
    files: [],
    leftOut: [],
  });
  const folder = memoryFolder('flotilla-results');
  const resultRefs = await cut(outcomes);
  const output = await writeOutput(blobs, {
    itemsRef,
    resultRefs,
    operation,
    calls: endings.length,
    folder,
    hasCsv: false,
    ...request,
  });
  return { ...output, blobs, resultRefs, folder, contents: contentsOf(request.folder ?? folder) };
}

/** The lines of a file of JSON lines. */
export const linesIn = (text = ''): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

export const classify = (labels: string[], other = false): OperationSettings => ({
  name: 'classify',
  labels: labels.map((name) => ({ name })),
  other,
});
