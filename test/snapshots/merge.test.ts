/** Merging snapshots: what each side changed is in it, or there is a conflict that shows both. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeSnapshots } from '../../src/snapshots/merge.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { type Content, contentOf, newBlobs, snapshotOf } from '../support/snapshots.ts';

type Files = Record<string, Content>;
const PATH = process.env['PATH'] ?? '';
const LINES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
const text = (change: Record<number, string> = {}): string => LINES.map((line, i) => `${change[i] ?? line}\n`).join('');

async function merged(base: Files, ours: Files, theirs: Files, blobs: Blobs = newBlobs()) {
  const [b = '', o = '', t = ''] = await Promise.all([base, ours, theirs].map((files) => snapshotOf(blobs, files)));
  const merge = await mergeSnapshots(blobs, { base: b, ours: o, theirs: t, path: PATH });
  return 'ref' in merge ? { files: await contentOf(blobs, merge.ref) } : merge;
}

describe('a merge', () => {
  test.each<[string, Files, Files, Files, Files]>([
    ['nothing changed', { a: '1' }, { a: '1' }, { a: '1' }, { a: '1' }],
    ['one side changed', { a: '1' }, { a: '2' }, { a: '1' }, { a: '2' }],
    ['the other side changed', { a: '1' }, { a: '1' }, { a: '2' }, { a: '2' }],
    ['both changed the same', { a: '1' }, { a: '2' }, { a: '2' }, { a: '2' }],
    ['each its own file', { a: '1', b: '1' }, { a: '2', b: '1' }, { a: '1', b: '2' }, { a: '2', b: '2' }],
    ['both removed', { a: '1' }, {}, {}, {}],
    ['one removed', { a: '1' }, {}, { a: '1' }, {}],
    ['each added', {}, { a: '1' }, { 'b/c': '2' }, { a: '1', 'b/c': '2' }],
    ['both added the same', {}, { a: '1' }, { a: '1' }, { a: '1' }],
    ['lines far apart', { a: text() }, { a: text({ 0: 'ONE' }) }, { a: text({ 6: 'SEVEN' }) }, { a: text({ 0: 'ONE', 6: 'SEVEN' }) }],
    ['text and mode', { a: 'x' }, { a: 'y' }, { a: { run: 'x' } }, { a: { run: 'y' } }],
    ['a mode taken away', { a: { run: 'x' } }, { a: 'x' }, { a: { run: 'y' } }, { a: 'y' }],
    ['a link retargeted', { l: { link: 'a' } }, { l: { link: 'b' } }, { l: { link: 'a' } }, { l: { link: 'b' } }],
    ['a file turned into a link', { a: 'x' }, { a: { link: 'b' } }, { a: 'x' }, { a: { link: 'b' } }],
    ['a folder turned into a file', { 'a/b': 'x' }, { a: 'y' }, { 'a/b': 'x' }, { a: 'y' }],
    ['CRLF and no last line feed', { a: 'a\r\nb\r\nc\r\nd\r\ne' }, { a: 'A\r\nb\r\nc\r\nd\r\ne' }, { a: 'a\r\nb\r\nc\r\nd\r\nE' }, { a: 'A\r\nb\r\nc\r\nd\r\nE' }],
  ])('where %s', async (_, base, ours, theirs, files) => {
    expect(await merged(base, ours, theirs)).toEqual({ files });
  }); // prettier-ignore

  test.each<[string, Files, Files, Files, string, RegExp[]]>([
    ['text', { a: text() }, { a: text({ 3: 'OURS' }) }, { a: text({ 3: 'THEIRS' }) }, 'a', [/<<<<<<< ours\nOURS\n\|{7} base\nfour\n=======\nTHEIRS\n>>>>>>> theirs/]],
    ['binary', { a: Buffer.from([0, 1]) }, { a: Buffer.from([0, 2]) }, { a: Buffer.from([0, 3, 4]) }, 'a', [/ours\n\(binary, 2 bytes\)/, /binary, 3 bytes/]],
    ['changed-and-removed', { a: 'x' }, { a: 'changed' }, {}, 'a', [/changed/, /not there/]],
    ['changed-and-removed', { a: 'x' }, {}, { a: 'changed' }, 'a', [/ours\n\(not there\)/, /changed/]],
    ['both-added', {}, { a: 'first' }, { a: 'second' }, 'a', [/first/, /second/]],
    ['type', { a: 'x' }, { a: 'y' }, { a: { link: 'b' } }, 'a', [/y\n/, /a link to b/]],
    ['type', { a: { link: 'x' } }, { a: { link: 'y' } }, { a: { link: 'z' } }, 'a', [/a link to y/, /a link to z/]],
    ['mode', {}, { a: 'x' }, { a: { run: 'x' } }, 'a', [/ours\n\(1 bytes\)/, /may be run/]],
    ['file-and-folder', {}, { a: 'x' }, { 'a/b': 'y' }, 'a', [/ours: a is a file/, /theirs: a\/b is below it/]],
    ['file-and-folder', {}, { 'a/b/c': 'y' }, { a: { link: '/' } }, 'a', [/theirs: a is a link/, /ours: a\/b\/c is below it/]],
  ])('of %s that clashes is a conflict with both sides', async (kind, base, ours, theirs, path, excerpts) => {
    const merge = await merged(base, ours, theirs);
    expect(merge).toMatchObject({ total: 1, conflicts: [{ path, kind }] });
    const [conflict] = 'conflicts' in merge ? merge.conflicts : [];
    for (const excerpt of excerpts) expect(conflict?.excerpt).toMatch(excerpt);
  }); // prettier-ignore

  test('shows both sides of long conflicts, and no more than fits', async () => {
    const long = (line: string) => `${line}\n`.repeat(20_000);
    const merge = await merged({ a: long('base') }, { a: long('ours') }, { a: long('theirs') });
    const [{ excerpt } = { excerpt: '' }] = 'conflicts' in merge ? merge.conflicts : [];
    expect(excerpt.length).toBeLessThan(6000);
    expect(excerpt).toMatch(/ours\nours\n[^]*=======\ntheirs\ntheirs\n/);
  });

  test('of very many conflicts lists the first, counts all, and shows some', async () => {
    const many = (content: string): Files =>
      Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`f${i}`, content]));
    const merge = await merged(many('base'), {}, many('changed'));
    if (!('conflicts' in merge)) throw new Error('There is no conflict.');
    expect([merge.total, merge.conflicts.length]).toEqual([250, 200]);
    expect(merge.conflicts.filter(({ excerpt }) => excerpt !== '')).toHaveLength(20);
  });

  test('of files that hold conflict markers themselves is not confused by them', async () => {
    const odd = (first: string, last: string) =>
      `${first}\n<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> other\n1\n2\n3\n${last}\n`;
    expect(await merged({ a: odd('a', 'b') }, { a: odd('A', 'b') }, { a: odd('a', 'B') })).toEqual({
      files: { a: odd('A', 'B') },
    });
  });

  test('keeps every change of either side, and gives both sides the same result', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd/e');
    const content = fc.constantFrom<Content>(
      '1\n',
      '2\n',
      text(),
      text({ 0: 'X' }),
      text({ 6: 'Y' }),
      { link: 'a' },
      { run: '1\n' },
    );
    const files = fc.dictionary(name, content);
    await fc.assert(
      fc.asyncProperty(files, files, files, async (base, ours, theirs) => {
        const blobs = newBlobs();
        const one = await merged(base, ours, theirs, blobs);
        const other = await merged(base, theirs, ours, blobs);
        if (!('files' in one)) return void expect('files' in other).toBe(false);
        expect(other).toEqual(one);
        for (const path of Object.keys({ ...base, ...ours, ...theirs })) {
          const [b, o, t, m] = [base, ours, theirs, one.files].map((side) => JSON.stringify(side[path]));
          if (o === b) expect(m).toBe(t);
          else if (t === b) expect(m).toBe(o);
        }
      }),
      { numRuns: 60 },
    );
  });
});
