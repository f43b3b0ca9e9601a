import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import type { OperationSettings, Shard } from '../../../src/contracts/map.ts';
import { MapSummarySchema } from '../../../src/contracts/map-summary.ts';
import { DeadLetterLineSchema, ResultLineSchema } from '../../../src/map/output/lines.ts';
import { writeOutput } from '../../../src/map/output/write-output.ts';
import { Blobs } from '../../../src/store/blobs.ts';
import { contentsOf, memoryFolder } from '../../support/folders.ts';
import { heldBytes } from '../../support/memory.ts';
import { classify, type Ending, linesIn, outputOf } from '../../support/map-outcomes.ts';

const AB = classify(['a', 'b']);
const labelled = (label: string, change: Ending['change'] = {}): Ending => ({ result: { label }, change });

describe('a map', () => {
  test('leaves results and dead letters in the order of its input', async () => {
    const { contents } = await outputOf(AB, [
      labelled('a', { confidence: 0.9, isReused: true, costMicros: 0, attempts: 0 }),
      { change: { tier: 'mini', attempts: 4, costMicros: 40 } },
      labelled('b'),
      { change: { dead: { type: 'Refused', reason: 'the model refused', last: { label: 'c' } } } },
      labelled('a', { tier: 'mini' }),
    ]);
    expect(linesIn(contents['results.jsonl'])).toEqual([
      { id: 'i0', result: { label: 'a' }, tier: 'nano', attempts: 0, costMicros: 0, confidence: 0.9, isReused: true },
      { id: 'i2', result: { label: 'b' }, tier: 'nano', attempts: 1, costMicros: 10 },
      { id: 'i4', result: { label: 'a' }, tier: 'mini', attempts: 1, costMicros: 10 },
    ]);
    expect(linesIn(contents['dead-letters.jsonl'])).toEqual([
      {
        id: 'i1',
        at: 'in.csv:3',
        type: 'AnswerInvalid',
        reason: 'no label of the list',
        tier: 'mini',
        attempts: 4,
        costMicros: 40,
      },
      {
        id: 'i3',
        at: 'in.csv:5',
        type: 'Refused',
        reason: 'the model refused',
        last: { label: 'c' },
        tier: 'nano',
        attempts: 1,
        costMicros: 10,
      },
    ]);
    for (const line of linesIn(contents['results.jsonl'])) ResultLineSchema.strict().parse(line);
    for (const line of linesIn(contents['dead-letters.jsonl'])) DeadLetterLineSchema.strict().parse(line);
  });

  test('has every id once, in order, whatever ended how', async () => {
    const endings = fc.array(fc.constantFrom('a', 'b', null), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(endings, fc.integer({ min: 1, max: 20 }), async (ends, itemsPerShard) => {
        const { contents } = await outputOf(
          AB,
          ends.map((label) => (label === null ? {} : labelled(label))),
          { itemsPerShard },
        );
        const of = (isDead: boolean) => ends.flatMap((end, at) => ((end === null) === isDead ? [`i${at}`] : []));
        const ids = (name: string) => linesIn(contents[name]).map((line) => (line as { id: string }).id);
        expect(ids('results.jsonl')).toEqual(of(false));
        expect(ids('dead-letters.jsonl')).toEqual(of(true));
      }),
      { numRuns: 30 },
    );
  });

  test('names its files and keeps their bytes in the store', async () => {
    const { files, blobs, folder, contents, summary } = await outputOf(AB, [labelled('a')], { hasCsv: true });
    const names = ['results.jsonl', 'dead-letters.jsonl', 'results.csv', 'summary.json'];
    expect(files.map(({ name, path }) => [name, path])).toEqual(names.map((name) => [name, join(folder, name)]));
    for (const { name, ref, bytes } of files) {
      expect(await blobs.getText(ref)).toBe(contents[name]);
      expect(bytes).toBe(Buffer.byteLength(contents[name] ?? ''));
    }
    expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
    expect(MapSummarySchema.parse(JSON.parse(contents['summary.json'] ?? ''))).toEqual(summary);
  });

  test('leaves the same bytes when it is written again, and what else lies there', async () => {
    const folder = memoryFolder();
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const endings = [labelled('a'), {}, labelled('b')];
    const first = await outputOf(AB, endings, { folder, hasCsv: true });
    const again = await outputOf(AB, endings, { folder, hasCsv: true });
    expect(again.contents).toEqual(first.contents);
    expect(again.contents['mine.txt']).toBe('mine');
  });

  const right = [labelled('a'), labelled('b')];

  test.each<[string, Ending[], number, string]>([
    ['those of fewer shards', right, 1, 'There are results of 1 shards, and 2 shards of items.'],
    ['too few', [labelled('a')], 2, 'The shard from item 0 on has 2 items and 1 results.'],
    [
      'those of other items',
      [labelled('a'), { ...labelled('a'), id: 'x' }],
      2,
      'Item 1 has the result of another one.',
    ],
  ])('with results that are %s is a defect, and leaves nothing', async (_, given, itemsPerShard, message) => {
    const { blobs, resultRefs } = await outputOf(AB, given);
    const folder = memoryFolder();
    await expect(outputOf(AB, right, { blobs, resultRefs, folder, itemsPerShard })).rejects.toThrow(message);
    expect(contentsOf(folder)).toEqual({});
  });

  test('with a result of another shape is a defect, and leaves nothing', async () => {
    const folder = memoryFolder();
    await expect(outputOf(AB, [{ result: { score: 1 } }], { folder })).rejects.toThrow();
    expect(contentsOf(folder)).toEqual({});
  });

  test('that can’t write says where, and may be tried again', async () => {
    const folder = join(memoryFolder(), 'file');
    writeFileSync(folder, '');
    await expect(outputOf(AB, [labelled('a')], { folder })).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringContaining(folder),
    });
  });

  test('stops when it is told to, and leaves nothing', async () => {
    const folder = memoryFolder();
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(outputOf(AB, [labelled('a')], { folder, signal })).rejects.toThrow('cancelled');
    expect(contentsOf(folder)).toEqual({});
  });
});

test('a map of 100,000 items is written with no more memory at its end than at its start', async () => {
  const ITEMS = 100_000;
  const held: number[] = [];
  let reads = 0;
  class Watched extends Blobs {
    override async get(ref: string): Promise<Buffer> {
      if (++reads % 50 === 0) held.push(heldBytes());
      return super.get(ref);
    }
  }
  const blobs = new Watched(memoryFolder());
  const operation: OperationSettings = { name: 'extract', schema: { type: 'object', properties: { value: {} } } };
  const value = 'some words '.repeat(50);
  const shards: Shard[] = [];
  const resultRefs: string[] = [];
  for (let start = 0; start < ITEMS; start += 500) {
    const ids = Array.from({ length: 500 }, (_, index) => `i${start + index}`);
    const put = (lineOf: (id: string) => object) =>
      blobs.put(ids.map((id) => `${JSON.stringify({ id, ...lineOf(id) })}\n`).join(''));
    shards.push({ ref: await put((id) => ({ text: value + id, at: `in.csv:${id}` })), start, count: 500 });
    const outcome = { tier: 'nano', attempts: 1, costMicros: 1 };
    resultRefs.push(await put((id) => ({ ...outcome, result: { value: value + id } })));
  }
  const source = { path: 'in.csv', format: 'csv', digest: 'sha256:0', bytes: 1 };
  const manifest = { version: 1, source, items: ITEMS, hasGold: false, shards, files: [], leftOut: [] };
  const itemsRef = await blobs.putJson(manifest);
  const folder = memoryFolder();
  const { summary, files } = await writeOutput(blobs, {
    itemsRef,
    resultRefs,
    operation,
    calls: ITEMS,
    folder,
    hasCsv: true,
  });
  expect(summary.done).toBe(ITEMS);
  expect(files[0]?.bytes).toBeGreaterThan(50e6);
  expect((held.at(-1) ?? 0) - (held[0] ?? 0)).toBeLessThan(10e6);
}, 180_000);

describe('results.csv', () => {
  const operations: [string, OperationSettings, unknown, string[], unknown[]][] = [
    ['classify', AB, { label: 'a' }, ['label'], ['a']],
    ['route', { name: 'route', handlers: [{ name: 'sales' }] }, { label: 'sales' }, ['label'], ['sales']],
    ['score', { name: 'score', rubric: 'r', min: -10, max: 10 }, { score: -2.5 }, ['score'], ['-2.5']],
    ['rank', { name: 'rank', criterion: 'c', comparisons: 2 }, { rank: 3, score: 7 }, ['rank', 'score'], ['3', '7']],
    [
      'extract',
      {
        name: 'extract',
        schema: {
          type: 'object',
          properties: { name: {}, id: {}, tags: {}, isOpen: {}, none: {} },
        },
      },
      { id: 7, tags: ['x', 'y'], isOpen: true, name: 'N', none: null },
      ['name', 'result.id', 'tags', 'isOpen', 'none'],
      ['N', '7', '["x","y"]', 'true', ''],
    ],
    [
      'review',
      { name: 'review', lookFor: 'bugs' },
      { findings: [{ title: 't' }] },
      ['count', 'findings'],
      ['1', '[{"title":"t"}]'],
    ],
  ];

  test.each(operations)('has the result of %s in columns', async (_, operation, result, names, cells) => {
    const { contents } = await outputOf(operation, [{ result, change: { confidence: 0.5, costMicros: 12 } }], {
      hasCsv: true,
    });
    expect(parse(contents['results.csv'] ?? '')).toEqual([
      ['id', ...names, 'confidence', 'tier', 'attempts', 'costUsd'],
      ['i0', ...cells, '0.5', 'nano', '1', '0.000012'],
    ]);
  });

  test('reads back as it was, but for what a spreadsheet would run', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '=', '-', '+', '@', '\t', '1', '.'),
    });
    const schema = { type: 'object', properties: { value: {} } };
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 10 }), async (values) => {
        const { contents } = await outputOf(
          { name: 'extract', schema },
          values.map((value) => ({ result: { value } })),
          { hasCsv: true },
        );
        const rows = parse(contents['results.csv'] ?? '', { record_delimiter: '\r\n' });
        const read = rows.slice(1).map((row) => row[1] ?? '');
        expect(read.map((cell, index) => (cell === values[index] ? cell : cell.slice(1)))).toEqual(values);
        for (const cell of read) expect(cell).toMatch(/^(?:[+-]?\d+(?:\.\d+)?$|[^=+\-@\t\r\n]|$)/);
      }),
      { numRuns: 100 },
    );
  });

  test.each(['=1+1', '@SUM(A1)', '+cmd', "-2+3+cmd|' /C calc'!A0", '\t=1'])('has %j as a text', async (id) => {
    const { contents } = await outputOf(AB, [{ ...labelled('a'), id }], { hasCsv: true });
    const rows = parse(contents['results.csv'] ?? '');
    expect(rows[1]?.[0]).toBe(`'${id}`);
    expect(linesIn(contents['results.jsonl'])).toMatchObject([{ id }]);
  });
});
