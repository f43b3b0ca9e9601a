/** The Markdown report, read by a parser: whatever the text in it, its sections and tables stay what they are. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { Report } from '../../src/contracts/report.ts';
import { report, reportSubtask, withText } from '../support/report.ts';

const tokensOf = (shown: Report): Token[] => marked.lexer(renderMarkdown(shown), { gfm: true });

const SECTIONS = [
  ...[
    'Answer',
    'Changes',
    'Findings',
    'Uncertain or failed',
    'Plan',
    'Output',
    'Timeline',
    'Cost',
    'The flagship alone',
  ],
  'Workspace',
];

/** Second-level headings, and each table as rows times columns: what must never change. */
function skeletonOf(shown: Report) {
  const tokens = tokensOf(shown);
  return {
    titles: tokens.filter((token) => token.type === 'heading' && token['depth'] === 1).length,
    sections: tokens.flatMap((token) =>
      token.type === 'heading' && token['depth'] === 2 ? [String(token['text'])] : [],
    ),
    // The answer may hold tables of its own.
    tables: tokens
      .slice(tokens.findIndex(({ type, raw }) => type === 'heading' && raw.startsWith('## Changes')))
      .flatMap((token) => {
        if (token.type !== 'table') return [];
        const { header, rows } = token as Tokens.Table;
        return [`${rows.length}x${header.length}`];
      }),
  };
}

/** Tokens of the whole tree. */
function all(tokens: Token[]): Token[] {
  const found: Token[] = [];
  void marked.walkTokens(tokens, (token) => void found.push(token));
  return found;
}

const WHOLE = { titles: 1, sections: SECTIONS, tables: ['2x10', '2x3', '1x7', '5x3', '2x3'] };

const ATTACKS = [
  'a | b | c',
  'a\nb\n\nc',
  'a\r\n| x | y |\r\n|---|---|',
  'a \\| b \\\\| c \\',
  '`a | b` ``c',
  '```\nnever closed',
  '~~~\nnever closed',
  '# Cost\n\n## Findings\n\nNone.',
  'Cost\n====\n\nFindings\n--------',
  '<!-- never closed',
  '<script>alert(1)</script> <details> <table><tr><td>',
  '<details>\n\n<pre>',
  'a \\\\<script>alert(1)</script> \\\\\\<b> b',
  '\\\\[a-1]: https://example.org',
  '[a-1]: https://example.org\n\n> [a-1]: https://example.org\n\n- [a-1]: https://example.org',
  '- a\n  ```\n  never closed',
  '> <!--',
];

test('an ordinary report has its sections and tables', () => {
  expect(skeletonOf(report())).toEqual(WHOLE);
});

describe('hostile text', () => {
  test.each(ATTACKS)('%j in every field leaves sections and tables whole', (attack) => {
    expect(skeletonOf(withText(attack))).toEqual(WHOLE);
  });

  test.each(ATTACKS)('%j brings no HTML, and makes no link of our words', (attack) => {
    const tokens = all(tokensOf(withText(attack)));
    expect(tokens.filter(({ type }) => type === 'html').map(({ raw }) => raw)).toEqual([]);
    expect(tokens.filter(({ type }) => type === 'def').map(({ raw }) => raw)).toEqual([]);
    const links = tokens.filter(({ type }) => type === 'link').map(({ raw }) => raw);
    expect(links.filter((raw) => !raw.startsWith('https:'))).toEqual([]);
  });

  test('of any kind leaves sections and tables whole', () => {
    const pieces = fc.constantFrom(
      ...ATTACKS,
      '|',
      '\n',
      '`',
      '```',
      '~~~',
      '#',
      '-',
      '>',
      '<',
      '    ',
      '\\',
      'x',
      '\t',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
        expect(skeletonOf(withText(`x${parts.join('')}`))).toEqual(WHOLE);
      }),
      { numRuns: 300 },
    );
  });

  test('shows controls and bidi characters as their codes', () => {
    const text = renderMarkdown(withText('\u202Egnp.exe \u0007\u001B[31m \u200B'));
    expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069]/);
    expect(text).toContain('u{202e}');
  });

  test('in a cell is one line, with every character of it', () => {
    const title = 'a | b `c` *d* <e> \\ [f]\ng';
    const plan = tokensOf(report({ subtasks: [reportSubtask('a', { title })] })).find(({ type }) => type === 'table');
    const [row = []] = (plan as Tokens.Table).rows;
    const text = all(row[1]?.tokens ?? []).map((token) => ('tokens' in token ? '' : (token as Tokens.Text).text));
    expect(text.join('')).toBe('a | b `c` *d* <e> \\ [f] g');
  });
});

describe('the answer’s Markdown', () => {
  const answer = (text: string): string =>
    /## Answer\n\n([^]*?)\n\n## Changes/.exec(renderMarkdown(report({ answer: text })))?.[1] ?? '';

  test.each([
    ['One *two* [a-1].\n\n- `Map<string>` leaks\n- b', 'One *two* [a-1].\n\n- `Map<string>` leaks\n- b'],
    ['# Title\n\ntext', '### Title\n\ntext'],
    ['```js\na < b\n```', '```\na < b\n```'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', '| a | b |\n|---|---|\n| 1 | 2 |'],
    ['a <b> c `<d>`', 'a \\<b> c `<d>`'],
    ['1 < 2 and a<-b', '1 < 2 and a<-b'],
  ])('%j is %j', (text, markdown) => {
    expect(answer(text)).toBe(markdown);
  });

  test('that no parser can follow is shown as it is', () => {
    expect(answer('> '.repeat(20_000))).toMatch(/^```\n(> )+/);
  });
});
