import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeFindings, type ReviewedPiece } from '../../../src/map/output/merge-findings.ts';

interface Finding {
  startLine: number;
  endLine: number;
  title: string;
  quote?: string;
}

/** A piece of `path` from line to line. */
const piece = (path: string, first: number, last: number, ...findings: Finding[]): ReviewedPiece<Finding> => ({
  id: `${path}#L${first}-L${last}`,
  file: { path, startLine: first, lines: last - first + 1 },
  findings,
});
const finding = (startLine: number, endLine: number, title: string, quote?: string): Finding => ({
  startLine,
  endLine,
  title,
  ...(quote !== undefined && { quote }),
});

describe('findings of overlapping pieces', () => {
  test('with the same place and title are one, and name both pieces', () => {
    const first = piece('a.ts', 1, 100, finding(40, 40, 'Unused'), finding(95, 97, 'Missing await'));
    const second = piece('a.ts', 91, 200, finding(95, 97, 'missing  await.'), finding(150, 150, 'Unused'));
    expect(mergeFindings([first, second])).toEqual([
      { ...finding(40, 40, 'Unused'), path: 'a.ts', itemIds: [first.id] },
      { ...finding(95, 97, 'Missing await'), path: 'a.ts', itemIds: [first.id, second.id] },
      { ...finding(150, 150, 'Unused'), path: 'a.ts', itemIds: [second.id] },
    ]);
  });

  test.each<[string, Finding, Finding, number]>([
    ['the same quote under another title', finding(95, 95, 'Race', 'go();'), finding(95, 95, 'Unguarded', ' go();'), 1],
    ['the same title with another quote', finding(95, 95, 'Race', 'go();'), finding(95, 95, 'Race', 'go()'), 1],
    ['nothing in common but the place', finding(95, 95, 'Race', 'a'), finding(95, 95, 'Leak', 'b'), 2],
    ['nothing in common but the place, unquoted', finding(95, 95, 'Race'), finding(95, 95, 'Leak'), 2],
    ['the same title at another place', finding(92, 93, 'Race'), finding(94, 95, 'Race'), 2],
    ['the same title at places that touch', finding(92, 94, 'Race'), finding(94, 95, 'Race'), 1],
  ])('with %s', (_, one, other, count) => {
    expect(mergeFindings([piece('a.ts', 1, 100, one), piece('a.ts', 91, 200, other)]).length).toBe(count);
  });

  test('are one as the piece saw it that saw more of it', () => {
    const cut = piece('a.ts', 1, 100, finding(98, 100, 'Long', 'three lines'));
    const whole = piece('a.ts', 91, 200, finding(98, 110, 'Long', 'all lines'));
    expect(mergeFindings([cut, whole])).toMatchObject([{ startLine: 98, endLine: 110, quote: 'all lines' }]);
    expect(mergeFindings([whole, cut])).toMatchObject([{ startLine: 98, endLine: 110, itemIds: [cut.id, whole.id] }]);
  });

  test('of different files, and of one and the same piece, stay apart', () => {
    const twice = piece('a.ts', 1, 100, finding(5, 5, 'Typo'), finding(5, 5, 'Typo'));
    const elsewhere = piece('b.ts', 1, 100, finding(5, 5, 'Typo'));
    expect(mergeFindings([twice, elsewhere]).map(({ path }) => path)).toEqual(['a.ts', 'a.ts', 'b.ts']);
    const again = piece('a.ts', 1, 50, finding(5, 5, 'Typo'), finding(5, 5, 'Typo'), finding(5, 5, 'Typo'));
    expect(mergeFindings([twice, again]).length).toBe(3);
  });

  test('over three pieces are still one', () => {
    const seen = [1, 40, 80].map((first) => piece('a.ts', first, first + 99, finding(90, 91, 'Wide')));
    expect(mergeFindings(seen)).toEqual([
      { ...finding(90, 91, 'Wide'), path: 'a.ts', itemIds: seen.map(({ id }) => id) },
    ]);
  });

  test('that exist once in a text are found once, however it is cut, in the order of lines', () => {
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 20 });
    const cuts = fc.record({ length: fc.integer({ min: 5, max: 60 }), overlap: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(places, cuts, (lines, { length, overlap }) => {
        const starts = Array.from(
          { length: Math.ceil(300 / (length - overlap)) },
          (_, at) => 1 + at * (length - overlap),
        );
        const pieces = starts.map((first) => {
          const inside = lines.filter((line) => line >= first && line < first + length);
          return piece('a.ts', first, first + length - 1, ...inside.map((line) => finding(line, line, 'Same title')));
        });
        const merged = mergeFindings(pieces);
        expect(merged.map(({ startLine }) => startLine)).toEqual(lines.toSorted((a, b) => a - b));
        for (const { startLine, itemIds } of merged) {
          const seeing = pieces.filter(
            ({ file }) => startLine >= file.startLine && startLine < file.startLine + length,
          );
          expect(itemIds).toEqual(seeing.map(({ id }) => id));
        }
      }),
    );
  });
});
