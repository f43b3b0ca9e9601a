import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { safeJson, safeLine, safeText } from '../src/safe-text.ts';

test.each([
  ['a colour', '\u001b[31mred', '\\u{1b}[31mred'],
  ['a title of the window', '\u001b]0;x\u0007', '\\u{1b}]0;x\\u{7}'],
  ['an 8-bit control', '\u009b2J', '\\u{9b}2J'],
  ['a carriage return that would overwrite the line', 'safe\rFAKE', 'safe\\u{d}FAKE'],
  ['a backspace', 'a\bb', 'a\\u{8}b'],
  ['right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
  ['an isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
  ['zero width', 'pass\u200bword', 'pass\\u{200b}word'],
  ['tag characters', 'x\u{E0041}', 'x\\u{e0041}'],
  ['a NUL', 'a\0b', 'a\\u{0}b'],
  ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
])('shows %s as its code', (_, text, shown) => {
  expect(safeText(text)).toBe(shown);
});

test('leaves words, accents, emoji, tabs and lines alone', () => {
  expect(safeText('naïve 漢字 👍\n\tok\r\nnext')).toBe('naïve 漢字 👍\n\tok\nnext');
});

test('lets nothing but printable characters, tabs and line feeds through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
      expect(safeText(text)).not.toMatch(
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/,
      );
      expect(safeLine(text)).not.toMatch(/[\n\t\r]/);
    }),
    { numRuns: 5000 },
  );
});

test('JSON of it has printable characters alone, and means what was meant', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
      const json = safeJson({ [text]: text }, 2);
      expect(safeText(json)).toBe(json);
      expect(JSON.parse(json)).toEqual({ [text]: text });
    }),
    { numRuns: 5000, examples: [['\u009b2J\u202e\u{E0041}\u001b']] },
  );
});
