import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item, MapInput } from '../../../src/contracts/map.ts';
import { sourceInWorkspace } from '../../../src/map/input/in-workspace.ts';
import { sourceOnDisk } from '../../../src/map/input/on-disk.ts';
import type { ItemSource } from '../../../src/map/input/source.ts';
import { byO200k } from '../../../src/o200k.ts';
import { linesOf } from '../../../src/text-lines.ts';
import { folderWith } from '../../support/folders.ts';
import { frozenItems } from '../../support/map-items.ts';
import { frozen } from '../../support/workspace.ts';

const FILES = {
  '.gitignore': '*.log\nout/\n',
  'README.md': '# Title\n\nWords.\n',
  'noise.log': 'never\n',
  'out/made.ts': 'made\n',
  'src/a.ts': 'const a = 1;\nconst b = 2;\n',
  'src/.hidden.ts': 'hidden\n',
  'src/deep/b.ts': '\uFEFFone\r\ntwo\r\n\r\nthree',
  'src/deep/c.js': 'c\n',
  'src/empty.ts': '',
  'src/blank.ts': ' \n\n',
  'src/picture.ts': Buffer.from([0x89, 0x50, 0, 0, 1]),
  'src/latin.ts': Buffer.from([0x63, 0xe9, 0x0a]),
  'table.csv': 'text\nx\n',
};

const pathsOf = (items: Item[]): string[] => [...new Set(items.map(({ file }) => file?.path ?? ''))];

describe('text files', () => {
  test('become items with true lines, and what holds no text is left out with the reason', async () => {
    const source = await sourceOnDisk(folderWith(FILES), { path: 'src' });
    const { items, manifest } = await frozenItems(source);
    expect(items).toEqual([
      {
        id: 'src/.hidden.ts#L1-L1',
        text: 'hidden',
        at: 'src/.hidden.ts:1',
        file: { path: 'src/.hidden.ts', startLine: 1, lines: 1 },
      },
      {
        id: 'src/a.ts#L1-L2',
        text: 'const a = 1;\nconst b = 2;',
        at: 'src/a.ts:1-2',
        file: { path: 'src/a.ts', startLine: 1, lines: 2 },
      },
      {
        id: 'src/deep/b.ts#L1-L4',
        text: 'one\ntwo\n\nthree',
        at: 'src/deep/b.ts:1-4',
        file: { path: 'src/deep/b.ts', startLine: 1, lines: 4 },
      },
      {
        id: 'src/deep/c.js#L1-L1',
        text: 'c',
        at: 'src/deep/c.js:1',
        file: { path: 'src/deep/c.js', startLine: 1, lines: 1 },
      },
    ]);
    expect(manifest.leftOut).toEqual([
      { path: 'src/blank.ts', reason: 'it holds nothing but white space' },
      { path: 'src/empty.ts', reason: 'it is empty' },
      { path: 'src/latin.ts', reason: 'it is not UTF-8' },
      { path: 'src/picture.ts', reason: 'it is binary' },
    ]);
    expect(manifest.files).toEqual([
      { path: 'src/.hidden.ts', lines: 1, chunks: 1, bytes: 7 },
      { path: 'src/a.ts', lines: 2, chunks: 1, bytes: 26 },
      { path: 'src/deep/b.ts', lines: 4, chunks: 1, bytes: 20 },
      { path: 'src/deep/c.js', lines: 1, chunks: 1, bytes: 2 },
    ]);
    expect(manifest.source).toMatchObject({ path: 'src', format: 'files', bytes: 55 });
  });

  const meant: [string, string[]][] = [
    ['.', ['.gitignore', 'README.md', 'src/.hidden.ts', 'src/a.ts', 'src/deep/b.ts', 'src/deep/c.js', 'table.csv']],
    ['./src/deep/', ['src/deep/b.ts', 'src/deep/c.js']],
    ['src/**/*.ts', ['src/a.ts', 'src/deep/b.ts']],
    ['src/*.ts', ['src/a.ts']],
    ['**/*.{md,js}', ['README.md', 'src/deep/c.js']],
    ['src/.*.ts', ['src/.hidden.ts']],
    ['README.md', ['README.md']],
  ];

  test.each(meant)('by %s are those and no others, on disk and in a workspace alike', async (path, expected) => {
    const { root, workspace, blobs } = await frozen(FILES);
    const sources = [await sourceOnDisk(root, { path }), sourceInWorkspace(blobs, workspace.manifest, { path })];
    for (const source of sources) expect(pathsOf((await frozenItems(source)).items)).toEqual(expected);
    const digests = sources.map(async (source) => (await frozenItems(source)).manifest.source.digest);
    expect(await digests[0]).toBe(await digests[1]);
  });

  test('are found under an absolute path, and above where paths begin', async () => {
    const root = folderWith(FILES);
    const of = async (path: string) =>
      pathsOf((await frozenItems(await sourceOnDisk(join(root, 'out'), { path }))).items);
    expect(await of(join(root, 'src/*.ts'))).toEqual([join(root, 'src/a.ts')]);
    expect(await of('../src/deep')).toEqual(['../src/deep/b.ts', '../src/deep/c.js']);
  });

  test('that are named are read even where ignore rules take them out', async () => {
    const root = folderWith(FILES);
    for (const path of ['noise.log', 'out', 'out/*.ts']) {
      const { items } = await frozenItems(await sourceOnDisk(root, { path }));
      expect(items.length).toBe(1);
    }
  });

  test('behind links, and what is no file, are left out', async () => {
    const root = folderWith({ 'real.ts': 'x\n', 'elsewhere/secret.ts': 's\n' });
    symlinkSync('/etc/hostname', join(root, 'link.ts'));
    symlinkSync('elsewhere', join(root, 'folder'));
    execFileSync('mkfifo', [join(root, 'pipe.ts')]);
    const { items, manifest } = await frozenItems(await sourceOnDisk(root, { path: '**/*.ts' }));
    expect(pathsOf(items)).toEqual(['elsewhere/secret.ts', 'real.ts']);
    expect(manifest.leftOut).toEqual([
      { path: 'link.ts', reason: 'it is a symbolic link, and links are not followed' },
      { path: 'pipe.ts', reason: 'it is a named pipe' },
    ]);
  });

  test('that become links before they are read are left out', async () => {
    const root = folderWith({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const source = await sourceOnDisk(root, { path: '.' });
    rmSync(join(root, 'b.txt'));
    symlinkSync('/etc/hostname', join(root, 'b.txt'));
    const { items, manifest } = await frozenItems(source);
    expect(pathsOf(items)).toEqual(['a.txt']);
    expect(manifest.leftOut).toEqual([{ path: 'b.txt', reason: "it can't be read (ELOOP)" }]);
  });

  test('that are too large to be held are left out by name', async () => {
    const source = await sourceOnDisk(folderWith({ 'big.txt': 'x'.repeat(101), 'small.txt': 'x' }), { path: '.' });
    const { items, manifest } = await frozenItems(source, {}, { mostFileBytes: 100 });
    expect(pathsOf(items)).toEqual(['small.txt']);
    expect(manifest.leftOut).toEqual([{ path: 'big.txt', reason: 'it has more than 100 bytes' }]);
  });

  test('with the same text are read each on its own: their lines and paths differ', async () => {
    const source = await sourceOnDisk(folderWith({ 'a.txt': 'same\n', 'b.txt': 'same\n' }), { path: '.' });
    expect((await frozenItems(source)).items.map(({ sameAs }) => sameAs)).toEqual([undefined, undefined]);
  });
});

describe('an input of files', () => {
  const failureOf = async (path: string, change: Partial<MapInput> = {}): Promise<string[]> => {
    const { root, workspace, blobs } = await frozen({ ...FILES, 'only/empty.ts': '', 'data.json': '[]' });
    const freeze = async (source: () => ItemSource | Promise<ItemSource>): Promise<string> => {
      const failure: unknown = await (async () => frozenItems(await source()))().then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ type: 'MapInputInvalid' });
      return (failure as Error).message.replace(root, 'ROOT');
    };
    const input = { path, ...change };
    return [
      await freeze(() => sourceOnDisk(root, input)),
      await freeze(() => sourceInWorkspace(blobs, workspace.manifest, input)),
    ];
  };
  const both = (message: string): string[] => [message, message];

  test.each([
    [
      'src/*.py',
      both('src/*.py means no file: see that it is spelled right, and that no ignore rule takes its files out.'),
    ],
    ['only', both('only holds no text to read:\nonly/empty.ts: it is empty.')],
    [
      'nowhere',
      [
        'nowhere does not exist (looked for in ROOT).',
        'nowhere does not exist in the workspace (ignored files are left out).',
      ],
    ],
    [
      'data.json',
      both(
        'data.json is one JSON document, and items are not found in it by themselves. Write one object a line (JSONL), or name the format: "files" cuts it into pieces as a text.',
      ),
    ],
  ])('of %s says what is wrong', async (path, messages) => {
    expect(await failureOf(path)).toEqual(messages);
  });

  test('in a workspace, that was left out of it, is told with the reason', async () => {
    const { blobs, workspace } = await frozen(FILES);
    const manifest = { ...workspace.manifest, leftOut: [{ path: 'big.csv', reason: 'it has 99,000,000 bytes' }] };
    expect(() => sourceInWorkspace(blobs, manifest, { path: 'big.csv' })).toThrow(
      'big.csv is not part of the workspace: it has 99,000,000 bytes.',
    );
  });

  test('of more files than can be held by name is refused', async () => {
    const root = folderWith({ a: '1', b: '2', c: '3' });
    await expect(sourceOnDisk(root, { path: '.' }, 2)).rejects.toMatchObject({
      type: 'MapInputInvalid',
      message: '. means more than 2 files. Narrow it, or map its parts.',
    });
  });

  test('of a workspace whose object was changed on disk is refused', async () => {
    const { blobs, workspace } = await frozen({ 'a.csv': 'text\na\n' });
    const [file] = workspace.manifest.files;
    execFileSync('sh', ['-c', `chmod u+w "$0" && echo b >> "$0"`, blobs.pathOf(file?.blob ?? '')]);
    const source = sourceInWorkspace(blobs, workspace.manifest, { path: 'a.csv' });
    await expect(frozenItems(source)).rejects.toMatchObject({ type: 'StoreCorrupt' });
  });

  test.each([
    ['a.jsonl', 'jsonl'],
    ['a.NDJSON', 'jsonl'],
    ['a.csv', 'csv'],
    ['a.tsv', 'tsv'],
    ['a.tab', 'tsv'],
    ['a.txt', 'files'],
    ['Makefile', 'files'],
  ])('called %s is read as %s, and as what the caller says', async (name, format) => {
    const root = folderWith({ [name]: 'x' });
    expect((await sourceOnDisk(root, { path: name })).format).toBe(format);
    expect((await sourceOnDisk(root, { path: name, format: 'csv' })).format).toBe('csv');
  });
});

describe('a long file', () => {
  /** Functions of 1 to 40 lines, with a blank line between them. */
  function program(lines: number): string {
    const written: string[] = [];
    for (let block = 0; written.length < lines; block += 1) {
      const body = Array.from({ length: (block * 7) % 40 }, (_, line) => `  step(${block}, ${line}, "some words");`);
      written.push(`function block${block}() {`, ...body, '}', '');
    }
    return `${written.slice(0, lines).join('\n')}\n`;
  }

  async function piecesOf(text: string, bounds: Parameters<typeof frozenItems>[2] = {}) {
    const source = await sourceOnDisk(folderWith({ 'long.ts': text }), { path: 'long.ts' });
    const { items, manifest } = await frozenItems(source, {}, bounds);
    const places = items.map(({ file }) => ({ first: file?.startLine ?? 0, last: lastOf(file) }));
    return { items, manifest, places };
  }
  const lastOf = (file: Item['file']): number => (file ? file.startLine + file.lines - 1 : 0);

  test('of 17,000 lines is read in full, in pieces of about 2,000 tokens that begin where blocks do', async () => {
    const text = program(17_000);
    const all = linesOf(text);
    const { items, manifest, places } = await piecesOf(text);
    const count = await byO200k();
    expect(manifest.files).toEqual([
      { path: 'long.ts', lines: 17_000, chunks: items.length, bytes: Buffer.byteLength(text) },
    ]);
    for (const [index, { text: piece }] of items.entries()) {
      const { first, last } = places[index] ?? { first: 0, last: 0 };
      expect(piece).toBe(all.slice(first - 1, last).join('\n'));
      expect(count(piece)).toBeLessThanOrEqual(2000);
      if (index < items.length - 1) expect(count(piece)).toBeGreaterThan(1200);
    }
    const cuts = places.slice(0, -1).map(({ last }) => [all[last - 1], all[last]?.slice(0, 8)]);
    expect(new Set(cuts.map((cut) => cut.join('|')))).toEqual(new Set(['|function']));
    const overlaps = places.slice(1).map(({ first }, index) => (places[index]?.last ?? 0) - first + 1);
    expect(new Set(overlaps)).toEqual(new Set([10]));
    expect(items.map(({ id }) => id)).toEqual(places.map(({ first, last }) => `long.ts#L${first}-L${last}`));
  });

  test('of one line is cut within it, each part with the line’s number', async () => {
    const line = 'words 😀 and more, '.repeat(2000);
    const { items, manifest } = await piecesOf(`first\n${line}\nlast\n`, { pieceTokens: 500 });
    const parts = items.slice(1, -1);
    expect(parts.map(({ text }) => text).join('')).toBe(line);
    expect(parts.every(({ text }) => text.isWellFormed())).toBe(true);
    expect(parts.map(({ id }) => id)).toEqual(parts.map((_, index) => `long.ts#L2.${index + 1}`));
    expect(new Set(parts.map(({ at }) => at))).toEqual(new Set(['long.ts:2']));
    const count = await byO200k();
    for (const { text } of parts) expect(count(text)).toBeLessThan(600);
    expect(manifest.files).toMatchObject([{ lines: 3, chunks: items.length }]);
    expect([items.at(0)?.id, items.at(-1)?.id]).toEqual(['long.ts#L1-L1', 'long.ts#L3-L3']);
  });

  test('of any kind has each of its lines in a piece, in order, and ids once', async () => {
    const line = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('', '}', '  }', 'function f() {', '  call(1, 2);', '</div>', '\tend') },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }).map((words) => 'word '.repeat(words)) },
    );
    const bounds = fc.record({
      pieceTokens: fc.integer({ min: 1, max: 120 }),
      overlapLines: fc.integer({ min: 0, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 150 }), bounds, async (written, chosen) => {
        const text = `start\n${written.join('\n')}\n`;
        const all = linesOf(text);
        const { items, manifest, places } = await piecesOf(text, chosen);
        const covered = new Set(places.flatMap(({ first, last }) => rangeOf(first, last)));
        expect([...covered].toSorted((a, b) => a - b)).toEqual(rangeOf(1, all.length));
        expect(manifest.files).toMatchObject([{ lines: all.length, chunks: items.length }]);
        expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        for (const [index, { first, last }] of places.entries()) {
          const before = places[index - 1] ?? { first: 0, last: 0 };
          expect(first).toBeGreaterThanOrEqual(before.first);
          expect(first).toBeLessThanOrEqual(before.last + 1);
          expect(first).toBeGreaterThan(before.last - Math.max(1, chosen.overlapLines));
          expect(last).toBeGreaterThanOrEqual(before.last);
        }
        const whole = items.filter(({ id }) => !/\.\d+$/.test(id));
        for (const { text: piece, file } of whole) {
          expect(piece).toBe(all.slice((file?.startLine ?? 1) - 1, lastOf(file)).join('\n'));
        }
        const parts = Map.groupBy(
          items.filter(({ id }) => /\.\d+$/.test(id)),
          ({ file }) => file?.startLine ?? 0,
        );
        for (const [at, cut] of parts) expect(cut.map(({ text: part }) => part).join('')).toBe(all[at - 1]);
      }),
      { numRuns: 150 },
    );
  });
  const rangeOf = (first: number, last: number): number[] =>
    Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
});
