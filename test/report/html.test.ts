/** The HTML report: one file that asks for nothing, and in which no text is anything but text. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderHtml } from '../../src/report/html.ts';
import { report, reportSubtask, withText } from '../support/report.ts';

interface Tag {
  name: string;
  attributes: Record<string, string>;
}

/** Every tag of a page, as a browser's tokenizer finds them outside of the style sheet. */
function tagsOf(page: string): Tag[] {
  const body = page.replace(/(<style>)[^]*?(<\/style>)/, '$1$2');
  return [...body.matchAll(/<(\/?[a-z!][^\s>/]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)].map(([, name = '', rest = '']) => ({
    name: name.toLowerCase(),
    attributes: Object.fromEntries(
      [...rest.matchAll(/([a-z-]+)(?:\s*=\s*"([^"]*)")?/gi)].map(([, key = '', value = '']) => [
        key.toLowerCase(),
        value,
      ]),
    ),
  }));
}

const namesOf = (page: string): string[] => tagsOf(page).map(({ name }) => name);

const ELEMENTS = [
  ...['!doctype', 'html', 'head', 'meta', 'title', 'style', 'body', 'header', 'section', 'article', 'h1', 'h2', 'h3'],
  ...['p', 'b', 'span', 'code', 'pre', 'ul', 'ol', 'li', 'table', 'tr', 'th', 'td', 'details', 'summary', 'a', 'svg'],
  ...['text', 'rect', 'blockquote', 'strong', 'em', 'br', 'hr'],
];
const ATTRIBUTES = [
  ...['lang', 'charset', 'http-equiv', 'content', 'name', 'class', 'id', 'href', 'html'],
  ...['viewbox', 'role', 'aria-label', 'x', 'y', 'width', 'height', 'rx'],
];

const expectInert = (page: string): void => {
  const tags = tagsOf(page);
  expect(tags.map(({ name }) => name.replace('/', '')).filter((name) => !ELEMENTS.includes(name))).toEqual([]);
  const attributes = tags.filter(({ name }) => name !== '!doctype').flatMap((tag) => Object.keys(tag.attributes));
  expect(attributes.filter((name) => !ATTRIBUTES.includes(name))).toEqual([]);
  const links = tags.flatMap(({ attributes: { href } }) => (href === undefined ? [] : [href]));
  expect(links.filter((href) => !href.startsWith('#'))).toEqual([]);
};

const ATTACKS = [
  '<script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '</title></head><body onload=alert(1)>',
  '</pre></code></td></table></svg></section><img src=x onerror=alert(1)>',
  "\"><svg onload=alert(1)> ' onmouseover='alert(1)",
  '<!-- <![CDATA[ <? %00',
  '&lt;script&gt; &#60;script&#62;',
  '[click](javascript:alert(1)) ![image](https://example.org/x.png) <https://example.org> [x]: https://example.org/y',
];

describe('the page', () => {
  const page = renderHtml(report());
  const policy = tagsOf(page).find(({ attributes }) => attributes['http-equiv'])?.attributes['content'] ?? '';

  test('forbids everything but its own style sheet, by the hash of exactly that', () => {
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'`);
  });

  test('states its policy before anything that it could forbid', () => {
    expect(namesOf(page).slice(0, 5)).toEqual(['!doctype', 'html', 'head', 'meta', 'meta']);
  });

  test('loads nothing from anywhere', () => {
    expectInert(page);
    expect(page).not.toMatch(/https?:|url\(|@import|src=|srcset|style=/i);
  });

  test('leads from the answer to the finding, also by the id of a duplicate', () => {
    const tags = tagsOf(renderHtml(report({ answer: 'See [a-1], [b-1] and [c-1].' })));
    const ids = tags.flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]));
    expect(tags.flatMap(({ attributes: { href } }) => (href === undefined ? [] : [href]))).toEqual(['#a-1', '#b-1']);
    expect(ids).toEqual(expect.arrayContaining(['a-1', 'b-1']));
  });
});

describe('hostile text', () => {
  test.each(ATTACKS)('%j is inert in every field', (attack) => {
    expectInert(renderHtml(withText(attack)));
  });

  test.each(ATTACKS)('%j changes nothing of the page but its text', (attack) => {
    const plain = { ...withText('plain'), answer: '' };
    expect(namesOf(renderHtml({ ...withText(attack), answer: '' }))).toEqual(namesOf(renderHtml(plain)));
  });

  test('of any kind is inert', () => {
    const pieces = fc.constantFrom(
      ...ATTACKS,
      '<',
      '>',
      '"',
      "'",
      '`',
      '\n',
      '#',
      '|',
      '[',
      '](',
      ')',
      '*',
      '&',
      'x',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => expectInert(renderHtml(withText(parts.join(''))))),
      { numRuns: 200 },
    );
  });

  test('shows itself as it is: markup as its letters, controls and bidi characters as their codes', () => {
    const page = renderHtml(withText('<b>bold</b> \u202Egnp.exe\u2066 \u200B\u0007\u001B[31m'));
    expect(page).toContain('&#60;b&#62;bold&#60;/b&#62; \\u{202e}gnp.exe\\u{2066} \\u{200b}\\u{7}\\u{1b}[31m');
    expect(page).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/);
  });
});

describe('the answer’s Markdown', () => {
  const answer = (text: string): string => {
    const page = renderHtml(report({ answer: text }));
    return /<h2>Answer<\/h2>([^]*?)<\/section>/.exec(page)?.[1]?.replace(/\s+/g, ' ').trim() ?? '';
  };

  test.each([
    [
      '# One\n\ntwo **three** *four* `five`',
      '<h3>One</h3><p>two <strong>three</strong> <em>four</em> <code>five</code></p>',
    ],
    ['- one\n- two', '<ul> <li>one</li><li>two</li> </ul>'],
    ['```js\na < b\n```', '<pre>a &#60; b</pre>'],
    ['[here](https://example.org/a?b=c)', '<p>here (https://example.org/a?b=c)</p>'],
    ['![a picture](https://example.org/x.png)', '<p>![a picture](https://example.org/x.png)</p>'],
    ['<img src=x onerror=alert(1)>', '&#60;img src=x onerror=alert(1)&#62;'],
  ])('%j is %j', (text, html) => {
    expect(answer(text)).toBe(html);
  });

  test('that no parser can follow is shown as it is', () => {
    const page = renderHtml(report({ answer: '> '.repeat(20_000) }));
    expectInert(page);
    expect(page).toMatch(/<pre>(&#62; )+/);
  });
});

test('the timeline draws each subtask where it began and as long as it took', () => {
  const startedAtMs = 1_000_000;
  const times: [string, number, number | null][] = [
    ['late', 20_000, 25_000],
    ['first', 0, 10_000],
    ['open', 15_000, null],
  ];
  const subtasks = times.map(([id, from, to]) =>
    reportSubtask(id, { startedAtMs: startedAtMs + from, endedAtMs: to === null ? null : startedAtMs + to }),
  );
  const waiting = reportSubtask('never', { startedAtMs: null, endedAtMs: null, state: 'skipped' });
  const page = renderHtml(report({ startedAtMs, endedAtMs: startedAtMs + 30_000, subtasks: [...subtasks, waiting] }));
  const bars = tagsOf(page).filter(({ name }) => name === 'rect');
  // 630 of the 900 units are 30 seconds; bars begin at 190.
  expect(bars.map(({ attributes: { x, y, width } }) => [x, y, width].map(Number))).toEqual([
    [190, 3, 210],
    [505, 25, 315],
    [610, 47, 105],
  ]);
  expect(page).toContain('took 30.0 s; the subtasks one after the other, 35.0 s');
});
