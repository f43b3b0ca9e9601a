import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ItemsManifestSchema } from '../../../src/contracts/map.ts';
import { freezeItems } from '../../../src/map/input/freeze-items.ts';
import type { ItemSource, TableFormat } from '../../../src/map/input/source.ts';
import { Blobs } from '../../../src/store/blobs.ts';
import { memoryFolder } from '../../support/folders.ts';
import { frozenItems, table } from '../../support/map-items.ts';
import { heldBytes } from '../../support/memory.ts';

const BOM = '\uFEFF';
const lines = (...all: string[]): string => `${all.join('\n')}\n`;

describe('a table', () => {
  test.each<[TableFormat, string]>([
    ['csv', lines('id,text', 'a,"one, ""1"""', 'b,two')],
    ['tsv', lines('id\ttext', 'a\tone, "1"', 'b\ttwo')],
    ['tsv', lines('id\ttext', 'a\t"one, ""1"""', 'b\ttwo')],
    ['jsonl', lines('{"id":"a","text":"one, \\"1\\""}', '{"id":"b","text":"two"}')],
  ])('of %s becomes items that say where they stand', async (format, content) => {
    const { items, manifest } = await frozenItems(table(format, content));
    const start = format === 'jsonl' ? 1 : 2;
    expect(items).toEqual([
      { id: 'a', text: 'one, "1"', at: `data.${format}:${start}` },
      { id: 'b', text: 'two', at: `data.${format}:${start + 1}` },
    ]);
    expect(manifest).toMatchObject({
      source: { path: `data.${format}`, format, bytes: Buffer.byteLength(content) },
      items: 2,
      hasGold: false,
      shards: [{ start: 0, count: 2 }],
      files: [],
      leftOut: [],
    });
  });

  test.each<[TableFormat, string]>([
    ['csv', `${BOM}id,text\r\n1,a\r\n\r\n2,"b\r\n\r\nc"\r\n3,d`],
    ['tsv', `${BOM}id\ttext\r\n1\ta\r\n\r\n2\t"b\r\n\r\nc"\r\n3\td`],
  ])(
    '%s with a byte order mark, CRLF, blank lines and line feeds in cells has true line numbers',
    async (format, text) => {
      const { items } = await frozenItems(table(format, text));
      expect(items.map(({ text, at }) => [text, at.split(':')[1]])).toEqual([
        ['a', '2'],
        ['b\r\n\r\nc', '4'],
        ['d', '7'],
      ]);
    },
  );

  test.each<[TableFormat, string, string]>([
    ['csv', lines('a,"one, ""1"""', 'b,two'), 'one, "1"'],
    ['tsv', `${BOM}a\tone "1"\r\nb\ttwo\r\n`, 'one "1"'],
  ])('%s without a header has items from its first row on', async (format, content, first) => {
    const { items } = await frozenItems(table(format, content), { header: false, idColumn: '1' });
    expect(items).toEqual([
      { id: 'a', text: first, at: `data.${format}:1` },
      { id: 'b', text: 'two', at: `data.${format}:2` },
    ]);
  });

  test('that is nothing but lines of text without a header loses none of them', async () => {
    const { items } = await frozenItems(table('csv', lines('same', 'other', 'same')), { header: false });
    expect(items.map(({ id, text, sameAs }) => [id, text, sameAs])).toEqual([
      ['1', 'same', undefined],
      ['2', 'other', undefined],
      ['3', 'same', 0],
    ]);
  });

  test('of JSON lines may have blank lines, CRLF, a byte order mark and no last line feed', async () => {
    const { items } = await frozenItems(table('jsonl', `${BOM}{"text":"a"}\r\n\r\n  \n{"text":"b"}`));
    expect(items.map(({ id, text, at }) => [id, text, at])).toEqual([
      ['1', 'a', 'data.jsonl:1'],
      ['2', 'b', 'data.jsonl:4'],
    ]);
  });

  test('of JSON lines may be of plain texts', async () => {
    const { items } = await frozenItems(table('jsonl', lines('"a"', '"b\\nc"')));
    expect(items.map(({ text }) => text)).toEqual(['a', 'b\nc']);
  });

  test('has values that are no texts as JSON', async () => {
    const rows = [{ text: 1.5 }, { text: true }, { text: { a: ['ü'] } }, { text: ['x'] }];
    const { items } = await frozenItems(table('jsonl', lines(...rows.map((row) => JSON.stringify(row)))));
    expect(items.map(({ text }) => text)).toEqual(['1.5', 'true', '{"a":["ü"]}', '["x"]']);
  });

  test('keeps of its columns text, id and gold alone', async () => {
    const content = lines('key,label,body,more', '7,spam,buy now,x', '8,,hello,y');
    const { items, manifest } = await frozenItems(table('csv', content), {
      textColumn: 'body',
      idColumn: 'key',
      goldColumn: 'label',
    });
    expect(items).toEqual([
      { id: '7', text: 'buy now', gold: 'spam', at: 'data.csv:2' },
      { id: '8', text: 'hello', at: 'data.csv:3' },
    ]);
    expect(manifest.hasGold).toBe(true);
  });

  test.each([
    ['the only column', 'body\nx', {}, ['1', 'x']],
    ['the only one beside the id', 'id,body\n7,x', {}, ['7', 'x']],
    [
      'the only one beside id and gold',
      'label,key,body\nspam,7,x',
      { idColumn: 'key', goldColumn: 'label' },
      ['7', 'x'],
    ],
    ['"text" among many', 'a,text,b\n1,x,2', {}, ['1', 'x']],
    ['"id" where there is nothing else', 'id\nx', {}, ['1', 'x']],
  ])('has for text %s', async (_, content, input, expected) => {
    const { items } = await frozenItems(table('csv', content), input);
    expect(items.map(({ id, text }) => [id, text])).toEqual([expected]);
  });

  test('with the same text twice has two items, and the later one points at the first', async () => {
    const { items } = await frozenItems(table('jsonl', lines('"x"', '"y"', '"x"', '"x"', '"y "')));
    expect(items.map(({ sameAs }) => sameAs)).toEqual([undefined, undefined, 0, 0, undefined]);
  });

  test('is frozen as the same reference each time, and as another when a text changes', async () => {
    const freeze = async (text: string) => (await frozenItems(table('csv', `text\n${text}\n`))).itemsRef;
    expect(await freeze('a')).toBe(await freeze('a'));
    expect(await freeze('a')).not.toBe(await freeze('b'));
  });

  test.each([
    ['items', { mostItems: 3 }, [3, 3, 3, 1]],
    ['bytes', { mostBytes: 110 }, [2, 2, 2, 2, 2]],
    ['less bytes than one item has', { mostBytes: 1 }, Array.from({ length: 10 }, () => 1)],
  ])('is cut into shards by %s', async (_, bounds, counts) => {
    const texts = Array.from({ length: 10 }, (_text, index) => `item ${index}`);
    const content = lines(...texts.map((text) => JSON.stringify(text)));
    const { items, manifest } = await frozenItems(table('jsonl', content), {}, bounds);
    expect(items.map(({ text }) => text)).toEqual(texts);
    expect(manifest.shards.map(({ count }) => count)).toEqual(counts);
    expect(manifest.shards.map(({ start }) => start)).toEqual(
      counts.map((_count, index) => counts.slice(0, index).reduce((sum, count) => sum + count, 0)),
    );
  });
});

describe('any table', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', 'é', '😀', '"', ',', '\t', '\n', '\r\n', '\r', ' ', "'", '\\', BOM),
    maxLength: 12,
  });
  const someText = cell.filter((text) => text.trim() !== '');
  const rows = fc.array(fc.tuple(someText, cell), { minLength: 1, maxLength: 12 });
  const layout = fc.record({
    end: fc.constantFrom('\n', '\r\n'),
    hasBom: fc.boolean(),
    hasLastEnd: fc.boolean(),
    chunkBytes: fc.integer({ min: 1, max: 40 }),
  });
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const feeds = (text: string): number => text.split('\n').length - 1;

  test.each<[TableFormat, string]>([
    ['csv', ','],
    ['tsv', '\t'],
  ])('of %s reads as it was written, in order, with the lines on which rows begin', async (format, delimiter) => {
    await fc.assert(
      fc.asyncProperty(rows, layout, async (written, { end, hasBom, hasLastEnd, chunkBytes }) => {
        const records = [['text', 'other'], ...written].map((cells) => cells.map(quote).join(delimiter));
        const content = `${hasBom ? BOM : ''}${records.join(end)}${hasLastEnd ? end : ''}`;
        const { items } = await frozenItems(table(format, content, chunkBytes));
        expect(items.map(({ text }) => text)).toEqual(written.map(([text]) => text));
        expect(items.map(({ id }) => id)).toEqual(written.map((_, index) => String(index + 1)));
        const starts = written.map((_, index) => 1 + feeds(records.slice(0, index + 1).join('')) + index + 1);
        expect(items.map(({ at }) => Number(at.split(':')[1]))).toEqual(starts);
      }),
      { numRuns: 150 },
    );
  });

  test('of JSON lines reads as it was written, in order', async () => {
    await fc.assert(
      fc.asyncProperty(rows, layout, async (written, { end, hasBom, chunkBytes }) => {
        const records = written.map(([text, other]) => JSON.stringify({ other, text }));
        const { items } = await frozenItems(table('jsonl', `${hasBom ? BOM : ''}${records.join(end)}`, chunkBytes));
        expect(items.map(({ text }) => text)).toEqual(written.map(([text]) => text));
        expect(items.map(({ at }) => at)).toEqual(written.map((_, index) => `data.jsonl:${index + 1}`));
      }),
      { numRuns: 150 },
    );
  });

  test('has the ids of its column, each once, and the first item with the same text', async () => {
    const ids = fc.uniqueArray(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((id) => id.trim() !== ''),
      { minLength: 1, maxLength: 300 },
    );
    await fc.assert(
      fc.asyncProperty(ids, fc.integer({ min: 1, max: 50 }), async (all, texts) => {
        const written = all.map((id, index) => ({ id, text: `text ${(index * 7) % texts}` }));
        const { items } = await frozenItems(
          table('jsonl', lines(...written.map((row) => JSON.stringify(row))), 4096),
          {},
          { mostItems: 50 },
        );
        expect(items.map(({ id }) => id)).toEqual(all);
        const first = written.map(({ text }) => written.findIndex((row) => row.text === text));
        expect(items.map(({ sameAs }) => sameAs)).toEqual(first.map((at, index) => (at === index ? undefined : at)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a table of 300,000 rows', () => {
  const ROWS = 300_000;
  const LONG = 'with some words '.repeat(20);

  /** Made as it is read, so that nothing but what is frozen can hold it. */
  function generated(format: TableFormat, rowText: (row: number) => string, onChunk: () => void): ItemSource {
    async function* open(): AsyncGenerator<Buffer> {
      if (format === 'csv') yield Buffer.from('id,text\n');
      for (let row = 0; row < ROWS; row += 1000) {
        if (row % 100_000 === 50_000) onChunk();
        yield Buffer.from(lines(...Array.from({ length: 1000 }, (_, at) => rowText(row + at))));
      }
    }
    return { format, path: 'many', file: { path: 'many', open } };
  }

  test.each<[TableFormat, (row: number) => string, number]>([
    ['csv', (row) => `row-${row},text ${row}`, 6e6],
    ['jsonl', (row) => `{"id":"row-${row}","text":"${LONG}${row}"}`, 100e6],
  ])(
    'of %s is frozen whole, and only digests are held of them',
    async (format, rowText, atLeast) => {
      const held: number[] = [];
      const blobs = new Blobs(memoryFolder());
      const source = generated(format, rowText, () => held.push(heldBytes()));
      const frozen = await freezeItems(blobs, source, { path: 'many' });
      const { shards } = await blobs.getJson(frozen.itemsRef, ItemsManifestSchema);
      expect(frozen).toMatchObject({ items: ROWS, shards: ROWS / 1000 });
      expect(frozen.bytes).toBeGreaterThan(atLeast);
      expect(await blobs.getText(shards.at(-1)?.ref ?? '')).toContain(`"row-${ROWS - 1}"`);
      // From row 50,000 to row 250,000: two tables of digests, from 2.6 MB each to 10.5 MB; and one that was outgrown, where its end was not counted yet.
      expect(held.length).toBe(3);
      expect((held[2] ?? 0) - (held[0] ?? 0)).toBeLessThan(25e6);
    },
    180_000,
  );
});
