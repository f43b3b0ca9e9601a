/** Every problem of an input is told at once, by line, before anything is asked about any item. */
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { MapInput } from '../../../src/contracts/map.ts';
import { freezeItems } from '../../../src/map/input/freeze-items.ts';
import { sourceOnDisk } from '../../../src/map/input/on-disk.ts';
import type { ItemSource, TableFormat } from '../../../src/map/input/source.ts';
import { Blobs } from '../../../src/store/blobs.ts';
import { contentsOf, folderWith, memoryFolder } from '../../support/folders.ts';
import { frozenItems, table } from '../../support/map-items.ts';
import { heldBytes } from '../../support/memory.ts';

/** The lines of the failure; the first one says how many problems there are. */
async function problemsOf(
  source: ItemSource,
  input: Partial<MapInput> = {},
  bounds: Parameters<typeof frozenItems>[2] = {},
): Promise<string[]> {
  const failure: unknown = await frozenItems(source, input, bounds).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ type: 'MapInputInvalid' });
  return (failure as Error).message.split('\n');
}

const lines = (...all: string[]): string => `${all.join('\n')}\n`;
const one = (line: number, what: string, format: TableFormat = 'csv'): string[] => [
  `data.${format} can't be used: one problem:`,
  `line ${line.toLocaleString('en')}: ${what}.`,
];
const last = (line: number, what: string, format: TableFormat = 'csv'): string[] => [
  `data.${format} can't be used: one problem, and the rest could not be read:`,
  `line ${line.toLocaleString('en')}: ${what}.`,
];

describe('columns', () => {
  test('that are missing are named with those that exist and the nearest', async () => {
    const columns = { textColumn: 'txet', idColumn: 'key', goldColumn: 'Label' };
    expect(await problemsOf(table('csv', lines('id,text,label', '1,a,b')), columns)).toEqual([
      "data.csv can't be used: 3 problems, and the rest could not be read:",
      'line 1: there is no column "txet"; there are "id", "text", "label"; did you mean "text"?.',
      'line 1: there is no column "key"; there are "id", "text", "label".',
      'line 1: there is no column "Label"; there are "id", "text", "label"; did you mean "label"?.',
    ]);
  });

  test('that some rows of JSON lines lack are named by each of these', async () => {
    const content = lines('{"id":1,"text":"a"}', '{"id":2,"txt":"b"}', '{"text":"c"}');
    expect(await problemsOf(table('jsonl', content))).toEqual([
      "data.jsonl can't be used: 2 problems:",
      'line 2: there is no column "text"; there are "id", "txt"; did you mean "txt"?.',
      'line 3: there is no column "id"; there are "text".',
    ]);
  });

  test('for the gold may be missing in rows of JSON lines, but not in all', async () => {
    const content = lines('{"text":"a","label":"x"}', '{"text":"b"}');
    expect((await frozenItems(table('jsonl', content), { goldColumn: 'label' })).items.map(({ gold }) => gold)).toEqual(
      ['x', undefined],
    );
    expect(await problemsOf(table('jsonl', content), { goldColumn: 'lable' })).toEqual(
      one(
        1,
        'from here on, no row has a value in the gold column "lable"; there are "text", "label"; did you mean "label"?',
        'jsonl',
      ),
    );
  });

  test('have to be named where none is called text', async () => {
    expect(await problemsOf(table('csv', lines('a,b', '1,2')))).toEqual(
      last(1, 'which column holds the text? Name it (textColumn): there are "a", "b"'),
    );
  });

  test('may not share a name', async () => {
    expect(await problemsOf(table('csv', lines('text,a,b, a', 'x,1,2,3')))).toEqual(
      last(1, 'several columns are called "a"'),
    );
  });

  test('of a table without a header are called by their place, and the first row tells how many there are', async () => {
    const columns = { header: false, textColumn: '3', goldColumn: 'label' };
    expect(await problemsOf(table('csv', lines('a,b', 'c,d')), columns)).toEqual([
      "data.csv can't be used: 2 problems, and the rest could not be read:",
      'line 1: there is no column "3"; there are "1", "2".',
      'line 1: there is no column "label"; there are "1", "2".',
    ]);
    expect(await problemsOf(table('csv', lines('a,b', 'c,d')), { header: false })).toEqual(
      last(1, 'which column holds the text? Name it (textColumn): there are "1", "2"'),
    );
    expect(await problemsOf(table('csv', lines('', 'a', 'b,c')), { header: false })).toEqual(
      one(3, 'the row has 2 cells, and the first one has 1'),
    );
    expect(await problemsOf(table('csv', 'a\rb\rc'), { header: false })).toEqual(
      last(1, 'lines end in a carriage return alone; save the file with line feeds'),
    );
  });

  test('are named by a header in CSV and TSV alone', async () => {
    expect(await problemsOf(table('jsonl', lines('{"text":"a"}')), { header: false })).toEqual([
      'data.jsonl is read as JSON lines, and these have no header row.',
    ]);
    const files = await sourceOnDisk(folderWith({ 'a.txt': 'x' }), { path: 'a.txt' });
    expect(await problemsOf(files, { header: true })).toEqual([
      'a.txt is read as text files, and these have no header row.',
    ]);
  });

  test('are of tables', async () => {
    const source = await sourceOnDisk(folderWith({ 'a.txt': 'x' }), { path: 'a.txt' });
    expect(await problemsOf(source, { textColumn: 'text' })).toEqual([
      'a.txt is read as text files, and these have no column "text". Is it a table? Name its format.',
    ]);
  });
});

describe('a table', () => {
  test.each<[string, TableFormat, string]>([
    ['empty', 'csv', ''],
    ['empty', 'jsonl', ''],
    ['a header alone', 'csv', 'id,text\n'],
    ['blank lines alone', 'jsonl', '\n\n'],
  ])('that is %s (%s) has no rows', async (_, format, content) => {
    expect(await problemsOf(table(format, content))).toEqual(one(1, 'there are no rows', format));
  });

  test.each([
    ['UTF-16', Buffer.from('\uFEFFid,text\n1,a\n', 'utf16le'), 'the text is UTF-16; save it as UTF-8'],
    [
      'packed',
      Buffer.from([0x50, 0x4b, 3, 4, 0, 0]),
      'the file is binary (packed, or a spreadsheet?); export it as text in UTF-8',
    ],
    ['old', Buffer.from('id,text\r1,a\r2,b\r'), 'lines end in a carriage return alone; save the file with line feeds'],
  ])('that is %s says so', async (_, content, what) => {
    expect(await problemsOf(table('csv', content))).toEqual(last(1, what));
  });

  test.each([1, 2, 3, 5, 1000])('names each line that is not UTF-8, in chunks of %i bytes', async (chunkBytes) => {
    const latin = (text: string) => Buffer.from(text, 'latin1');
    const bytes = [Buffer.from('text\nfein 😀\n'), latin('schön é\nüber\n'), Buffer.from('schön\n'), latin('cut: Ã')];
    const what = 'bytes that are not UTF-8; save the file in that encoding';
    expect(await problemsOf(table('csv', Buffer.concat(bytes), chunkBytes))).toEqual([
      "data.csv can't be used: 3 problems:",
      ...[3, 4, 6].map((line) => `line ${line}: ${what}.`),
    ]);
  });

  test('that is not there, a folder, or closed is told by its path', async () => {
    const root = folderWith({ 'sub/x.csv': 'text\na\n' });
    execFileSync('mkfifo', [join(root, 'pipe.csv')]);
    const of = async (path: string, format?: TableFormat) =>
      problemsOf(await sourceOnDisk(root, { path, ...(format && { format }) }));
    await expect(of('sub/y.csv')).rejects.toMatchObject({
      type: 'MapInputInvalid',
      message: `sub/y.csv does not exist (looked for in ${root}).`,
    });
    await expect(of('sub', 'csv')).rejects.toMatchObject({
      message: 'sub is a folder or a glob, and a table (csv) is one file: name that file.',
    });
    expect(await of('pipe.csv')).toEqual(["pipe.csv can't be used: it is not a regular file."]);
    if (process.getuid?.() === 0) return;
    chmodSync(join(root, 'sub/x.csv'), 0);
    expect(await of('sub/x.csv')).toEqual(["sub/x.csv can't be used: it can't be read (EACCES)."]);
  });
});

describe('rows', () => {
  test('with too many or too few cells are told by line, and the rest is read', async () => {
    const content = lines('id,text', '1,a,b', '2,"line', 'feed"', '3', '4,d');
    expect(await problemsOf(table('csv', content))).toEqual([
      "data.csv can't be used: 2 problems:",
      'line 2: the row has 3 cells, and the header has 2.',
      'line 5: the row has one cell, and the header has 2.',
    ]);
  });

  test('with a malformed row 70,001 are told by its line', async () => {
    const rows = Array.from({ length: 80_000 }, (_, row) => `${row + 1},"text, ${row + 1}"`);
    rows[70_000] = '70001,text, 70001';
    expect(await problemsOf(table('csv', lines('id,text', ...rows), 65_536))).toEqual(
      one(70_002, 'the row has 3 cells, and the header has 2'),
    );
  });

  test.each([
    [
      'a quote out of place',
      'bad "quote",x',
      'the row that begins here has a quote out of place: a cell with quotes in it stands in quotes, and each of these is doubled',
    ],
    [
      'text after a closing quote',
      '"bad" quote,x',
      'the row that begins here has a quote out of place: a cell with quotes in it stands in quotes, and each of these is doubled',
    ],
    ['a quote that is never closed', '"bad,x', 'the row that begins here opens a quote that is never closed'],
  ])('with %s end the reading there, after what came before', async (_, bad, what) => {
    const rows = Array.from({ length: 3000 }, (_row, row) => `text\n${row}`.replace(/.*/s, (text) => `"${text}",x`));
    const content = lines('text,more', ...rows, bad, 'y,z');
    expect(await problemsOf(table('csv', content, 65_536))).toEqual(last(6002, what));
    expect(await problemsOf(table('csv', lines('text,more', 'one', 'a,b', bad, 'y,z', ',')))).toEqual([
      "data.csv can't be used: 2 problems, and the rest could not be read:",
      'line 2: the row has one cell, and the header has 2.',
      `line 4: ${what}.`,
    ]);
  });

  test.each<[string, string, string]>([
    ['not JSON', '{"text": b}', 'this is not JSON (at character 10)'],
    ['cut', '{"text":"b', 'this is not JSON (at character 11)'],
    ['a list', '["b"]', 'a row has to be an object or a text in quotes'],
    ['a number', '7', 'a row has to be an object or a text in quotes'],
    ['a plain text among objects', '"b"', 'this row is a plain text, the first one an object'],
    ['an empty text', '{"text":" \\n"}', 'the text is empty; give it one, or leave the row out'],
    ['a text that is null', '{"text":null}', 'the text is empty; give it one, or leave the row out'],
    ['half of a character', '{"text":"\\ud83d"}', 'the text has half of a character in it (a lone surrogate)'],
  ])('that are %s are told by line', async (_, bad, what) => {
    const content = lines('{"text":"a"}', '', bad, '{"text":"c"}');
    const [count, problem] = await problemsOf(table('jsonl', content));
    expect(count).toBe("data.jsonl can't be used: one problem:");
    expect(problem?.replace(/ \(at character \d+\)/, '')).toBe(`line 3: ${what.replace(/ \(at character \d+\)/, '')}.`);
  });

  test('with the same id are told by both lines', async () => {
    const content = lines('id,text', 'a,"1', '2"', 'b,2', 'a,3', 'b,4', 'a,5');
    expect(await problemsOf(table('csv', content))).toEqual([
      "data.csv can't be used: 3 problems:",
      'line 5: the same id as on line 2.',
      'line 6: the same id as on line 4.',
      'line 7: the same id as on line 2.',
    ]);
  });

  test.each([
    ['empty', '""', 'the id is empty'],
    ['null', 'null', 'the id is empty'],
    ['too long', JSON.stringify('x'.repeat(201)), 'the id has 201 characters, and 200 are the most'],
    ['an object', '{"a":1}', 'the id is an object; it has to be a text or a number'],
    ['rounded', '12345678901234567890', 'the id is a number that loses digits when it is read; write it in quotes'],
  ])('with an id that is %s are told by line', async (_, id, what) => {
    const content = lines('{"id":"a","text":"x"}', `{"id":${id},"text":"x"}`);
    expect(await problemsOf(table('jsonl', content))).toEqual(one(2, what, 'jsonl'));
  });

  test('are told of together: the first ten by line, and how many there are', async () => {
    const content = lines('id,text', ...Array.from({ length: 1234 }, (_, row) => `${row},`));
    const told = await problemsOf(table('csv', content));
    expect(told[0]).toBe("data.csv can't be used: 1,234 problems, the first 10 of them:");
    expect(told.slice(1)).toEqual(
      Array.from({ length: 10 }, (_, row) => `line ${row + 2}: the text is empty; give it one, or leave the row out.`),
    );
  });

  test('are told of in the order of lines, whichever were found first', async () => {
    const short = Array.from({ length: 12 }, (_, row) => `${row}`);
    const bytes = [Buffer.from(lines('id,text', ...short)), Buffer.from('20,\xff\n', 'latin1')];
    const told = await problemsOf(table('csv', Buffer.concat(bytes), 1000));
    expect(told[0]).toBe("data.csv can't be used: 13 problems, the first 10 of them:");
    expect(told.slice(1).map((problem) => /^line (\d+)/.exec(problem)?.[1])).toEqual(
      Array.from({ length: 10 }, (_, row) => `${row + 2}`),
    );
  });

  test('of which one is wrong leave nothing in the store', async () => {
    const folder = memoryFolder();
    const content = lines('text,more', 'x', ...Array.from({ length: 50 }, (_, row) => `text ${row},x`));
    const freeze = freezeItems(new Blobs(folder), table('csv', content), { path: 'x' }, { bounds: { mostItems: 10 } });
    await expect(freeze).rejects.toMatchObject({ type: 'MapInputInvalid' });
    expect(contentsOf(folder)).toEqual({});
  });

  test('are read no further than someone wants them', async () => {
    const blobs = new Blobs(memoryFolder());
    const signal = AbortSignal.abort(new Error('cancelled'));
    const many = table('jsonl', lines('"a"', '"b"'));
    await expect(freezeItems(blobs, many, { path: 'x' }, { signal })).rejects.toThrow('cancelled');
  });

  test('are told of without what stands in them', async () => {
    const content = lines('id,text', 'secret,', 'secret,secret', 'secret,secret', 'secret');
    expect((await problemsOf(table('csv', content))).join()).not.toContain('secret');
    expect((await problemsOf(table('jsonl', lines('{"text":"a"}', 'secret', '"secret')))).join()).not.toContain(
      'secret',
    );
  });
});

describe('a row of 50 MB', () => {
  function source(format: TableFormat, before: string, after: string, onChunk: () => void): ItemSource {
    async function* open(): AsyncGenerator<Buffer> {
      yield Buffer.from(before);
      for (let chunk = 0; chunk < 50; chunk += 1) {
        onChunk();
        yield Buffer.alloc(1_000_000, 'x');
      }
      yield Buffer.from(after);
    }
    const path = `data.${format}`;
    return { format, path, file: { path, open } };
  }

  test('of JSON lines is passed over, told by its line, and never held', async () => {
    const used: number[] = [];
    const many = source('jsonl', '{"text":"a"}\n{"text":"', '"}\n\n{"text":1 2}', () => used.push(heldBytes()));
    const [, first, second] = await problemsOf(many);
    expect(first).toBe(
      'line 2: 50,000,011 bytes are longer than 1,000,000 bytes, which is the most that one item may have.',
    );
    expect(second).toMatch(/^line 4: this is not JSON/);
    expect(Math.max(...used) - Math.min(...used)).toBeLessThan(10e6);
  });

  test.each<[TableFormat, string]>([
    ['csv', 'id,text\n1,a\n2,'],
    ['csv', 'id,text\n1,a\n2,"'],
    ['tsv', 'id\ttext\n1\ta\n2\t'],
  ])('of %s ends the reading at its line', async (format, before) => {
    let chunks = 0;
    const many = source(format, before, '\n3,b\n', () => (chunks += 1));
    expect(await problemsOf(many)).toEqual(
      last(
        3,
        'the row that begins here is longer than 1,000,000 bytes, which is the most that one item may have; a quote is never closed, perhaps',
        format,
      ),
    );
    expect(chunks).toBeLessThan(10);
  });
});
