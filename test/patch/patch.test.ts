/** V4A patches: what they mean, what is forgiven, and what is said where they do not fit. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePatch } from '../../src/patch/parse.ts';
import { PatchProblem } from '../../src/patch/patch.ts';
import { type PlannedChange, planPatch } from '../../src/patch/plan.ts';

type Files = Record<string, string>;

const planned = (files: Files, patch: string): PlannedChange[] =>
  planPatch(parsePatch(patch, String), {
    kindOf: (path) => (path in files ? 'file' : 'nothing'),
    textOf: (path) => files[path] ?? '',
  });

/** The files after the patch. */
function applied(files: Files, patch: string): Files {
  const changes = planned(files, patch);
  const gone = changes.map((change) => (change.change === 'moved' ? change.from : change.path));
  const kept = Object.entries(files).filter(([path]) => !gone.includes(path));
  const come = changes.flatMap((change) => (change.change === 'removed' ? [] : [[change.path, textOf(change, files)]]));
  return Object.fromEntries([...kept, ...come]) as Files;
}

const textOf = (change: Exclude<PlannedChange, { change: 'removed' }>, files: Files): string =>
  change.text ?? files[change.change === 'moved' ? change.from : change.path] ?? '';

const wrapped = (...lines: string[]): string => ['*** Begin Patch', ...lines, '*** End Patch', ''].join('\n');
const update = (...lines: string[]): string => wrapped('*** Update File: f', ...lines);
const patched = (text: string, ...lines: string[]): string => applied({ f: text }, update(...lines))['f'] ?? '';

const problem = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof PatchProblem) return error.message;
    throw error;
  }
  throw new Error('The patch was applied.');
};

describe('sections', () => {
  test('add, change, move and remove files in one patch', () => {
    const files = { 'src/app.py': 'import os\nprint("Hi")\n', 'obsolete.txt': 'x\n', 'other.txt': 'y\n' };
    const patch = wrapped(
      '*** Add File: hello.txt',
      '+Hello world',
      '*** Update File: src/app.py',
      '*** Move to: src/main.py',
      '@@ import os',
      '-print("Hi")',
      '+print("Hello, world!")',
      '*** Delete File: obsolete.txt',
    );
    expect(planned(files, patch).map(({ path, change }) => `${change} ${path}`)).toEqual([
      'added hello.txt',
      'moved src/main.py',
      'removed obsolete.txt',
    ]);
    expect(applied(files, patch)).toEqual({
      'hello.txt': 'Hello world\n',
      'src/main.py': 'import os\nprint("Hello, world!")\n',
      'other.txt': 'y\n',
    });
  });

  test('of the same file follow on each other', () => {
    const patch = wrapped(
      ...['*** Update File: a', '@@', '-one', '+two', '*** Update File: a', '@@', '-two', '+three'],
      ...['*** Delete File: b', '*** Add File: b', '+new'],
      ...['*** Add File: c', '+c', '*** Delete File: c'],
      ...['*** Update File: d', '*** Move to: e'],
    );
    const files = { a: 'one\n', b: 'old\n', d: 'same' };
    expect(applied(files, patch)).toEqual({ a: 'three\n', b: 'new\n', e: 'same' });
    expect(planned(files, patch)).toEqual([
      { path: 'a', change: 'changed', text: 'three\n' },
      { path: 'b', change: 'changed', text: 'new\n' },
      { path: 'e', change: 'moved', from: 'd', text: null },
    ]);
  });

  test('that change nothing are no change', () => {
    expect(planned({ f: 'a\n' }, update('@@', ' a'))).toEqual([]);
  });

  test.each([
    ['a file that is there', wrapped('*** Add File: f', '+x'), /"f" exists already; change it with/],
    [
      'a move onto a file',
      wrapped('*** Update File: f', '*** Move to: g'),
      /"g" exists already; nothing is moved over/,
    ],
    ['a change of nothing', wrapped('*** Update File: h', '@@', '-x'), /"h" does not exist/],
    ['removing nothing', wrapped('*** Delete File: h'), /"h" does not exist/],
    ['removing twice', wrapped('*** Delete File: f', '*** Delete File: f'), /"f" does not exist/],
    ['a change of what it removed', wrapped('*** Delete File: f', '*** Update File: f', '@@', '-x'), /does not exist/],
  ])('refuse %s', (_, patch, message) => {
    expect(problem(() => planned({ f: 'f\n', g: 'g\n' }, patch))).toMatch(message);
  });
});

describe('hunks', () => {
  test('stand where their lines stand, the first time after the hunk before', () => {
    const text = 'a\nx\nb\nx\nc\nx\n';
    expect(patched(text, '@@', '-x', '+1')).toBe('a\n1\nb\nx\nc\nx\n');
    expect(patched(text, '@@', ' b', '-x', '+1')).toBe('a\nx\nb\n1\nc\nx\n');
    expect(patched(text, '@@', '-x', '+1', '@@', '-x', '+2')).toBe('a\n1\nb\n2\nc\nx\n');
    expect(patched(text, '-x', '+1')).toBe('a\n1\nb\nx\nc\nx\n');
  });

  test('stand below their anchors, however deep', () => {
    const text = 'class A:\n  def f():\n    pass\nclass B:\n  def e():\n    pass\n  def f():\n    pass\n';
    const want = 'class A:\n  def f():\n    pass\nclass B:\n  def e():\n    pass\n  def f():\n    return 1\n';
    expect(patched(text, '@@ class B:', '@@   def f():', '-    pass', '+    return 1')).toBe(want);
    expect(patched(text, '@@ class B', '@@ def f', '-    pass', '+    return 1')).toBe(want);
    expect(patched(text, '@@ -7,2 +7,2 @@   def e():', '   def f():', '-    pass', '+    return 1')).toBe(want);
  });

  test('may repeat their anchor, and share one with the hunk before', () => {
    expect(patched('f:\n  a\nf:\n  a\n', '@@ f:', ' f:', '-  a', '+  b')).toBe('f:\n  b\nf:\n  a\n');
    expect(patched('c:\n  a\n  b\n', '@@ c:', '-  a', '+  1', '@@ c:', '-  b', '+  2')).toBe('c:\n  1\n  2\n');
  });

  test('with an anchor that is not there are believed where only one place fits', () => {
    expect(patched('a\nb\n', '@@ nowhere', '-b', '+c')).toBe('a\nc\n');
    const several = problem(() => patched('b\nb\n', '@@ nowhere', '-b', '+c'));
    expect(several).toMatch(/No line of the file is "nowhere"[\s\S]*several places, as at lines 1 and 2/);
  });

  test('of new lines alone come below their anchor, or at the end', () => {
    expect(patched('a\nb\n', '@@ a', '+x', '+y')).toBe('a\nx\ny\nb\n');
    expect(patched('a\nb\n', '@@', '+x')).toBe('a\nb\nx\n');
    expect(patched('a\nb\n', '+x', '*** End of File')).toBe('a\nb\nx\n');
    expect(patched('', '@@', '+x')).toBe('x\n');
    expect(patched('a\nb\n', '@@', '+end', '@@', '-a', '+A')).toBe('A\nb\nend\n');
  });

  test('at the end of the file stand there, not where their lines stand first', () => {
    expect(patched('x\na\nx\n', '@@', '-x', '+y', '*** End of File')).toBe('x\na\ny\n');
    expect(patched('x\na\n', '@@', '-x', '+y', '*** End of File')).toBe('y\na\n');
    expect(problem(() => patched('x\nx\na\n', '@@', '-x', '*** End of File'))).toMatch(/several places/);
  });

  test('remove, insert and keep any lines', () => {
    expect(patched('a\nb\nc\nd\n', '@@', '-a', ' b', '+n', ' c', '-d')).toBe('b\nn\nc\n');
    expect(patched('a\n', '@@', '-a')).toBe('');
    expect(patched('- a\n+ b\n', '@@', '-- a', '++ c', ' + b')).toBe('+ c\n+ b\n');
  });
});

describe('what is forgiven', () => {
  test.each([
    ['space at the end', 'a  \nb\n', [' a', '-b', '+c'], 'a  \nc\n'],
    ['space around', '\ta\n\tb\n', [' a', '-  b', '+\tc'], '\ta\n\tc\n'],
    ['quotes and dashes', '“a” – ‘b’\u00A0x\nb\n', [' "a" - \'b\' x', '-b', '+c'], '“a” – ‘b’\u00A0x\nc\n'],
    ['an empty line without its space', 'a\n\nb\n', [' a', '', '-b', '+c'], 'a\n\nc\n'],
    ['an empty line after a hunk', 'a\nb\nc\n', ['-a', '+1', '', '@@', '-c', '+3', ''], '1\nb\n3\n'],
    ['the end of the last line as a line', 'a\nb\n', [' a', '-b', '+c', ' '], 'a\nc\n'],
    [
      'what unified diffs say',
      'a\nb\n',
      ['--- a/f', '+++ b/f', '@@ -1,2 +1,2 @@', ' a', '-b', '+c', '\\ No newline at end of file'],
      'a\nc\n',
    ],
  ])('%s', (_, text, lines, want) => {
    expect(patched(text, ...lines)).toBe(want);
  });

  test('a strict reading further down wins over a lenient one above', () => {
    expect(patched('  x\nx\n', '@@', '-x', '+y')).toBe('  x\ny\n');
  });

  const inner = '*** Begin Patch\n*** Add File: f\n+x\n*** End Patch';
  test.each([
    `<<'EOF'\n${inner}\nEOF\n`,
    `<<EOF\n${inner}\nEOF`,
    `apply_patch <<"PATCH"\n${inner}\nPATCH\n`,
    `\`\`\`diff\n${inner}\n\`\`\`\n`,
    `\n\n  ${inner}  \n\n`,
    inner.replaceAll('\n', '\r\n'),
    `${inner}\n${inner.replace(': f', ': g')}`,
    inner.replace('*** Add', '  *** Add'),
  ])('a wrapping: %j', (text) => {
    expect(applied({}, text)['f']).toBe('x\n');
  });

  test('an empty line of a new file without its plus sign', () => {
    expect(applied({}, wrapped('*** Add File: f', '+a', '', '+b', '', '*** Add File: g'))).toEqual({
      f: 'a\n\nb\n',
      g: '',
    });
  });
});

describe('bytes that are not changed stay', () => {
  test.each([
    ['CRLF', 'a\r\nb\r\nc\r\n', ['-b', '+x', '+y'], 'a\r\nx\r\ny\r\nc\r\n'],
    ['mixed ends', 'a\r\nb\nc\r\n', ['-b', '+x'], 'a\r\nx\nc\r\n'],
    ['no final line end, last line changed', 'a\nb', ['-b', '+c'], 'a\nc'],
    ['no final line end, line added', 'a\r\nb', [' b', '+c'], 'a\r\nb\r\nc'],
    ['no final line end, last line removed', 'a\nb', [' a', '-b'], 'a'],
    ['a byte order mark', '\uFEFFa\nb\n', ['-a', '+c'], '\uFEFFc\nb\n'],
    ['the line that is kept', 'a \nb\n', [' a', '-b', '+c'], 'a \nc\n'],
    ['a lone carriage return', 'a\rb\rc\n', ['-b', '+x'], 'a\rx\rc\n'],
    ['empty lines at the end', 'a\n\n\n', ['-a', '+b'], 'b\n\n\n'],
  ])('%s', (_, text, lines, want) => {
    expect(patched(text, '@@', ...lines)).toBe(want);
  });
});

describe('what is wrong is said', () => {
  test('of a hunk that fits nowhere: which, what it looks for, and what stands there now', () => {
    const text = Array.from({ length: 50 }, (_, index) => `line ${index + 1}`).join('\n');
    const said = problem(() =>
      patched(text, '@@', '-line 3', '+three', '@@', ' line 20', '-line 21, edited', '+x', ' line 22'),
    );
    expect(said).toBe(
      [
        'Hunk 2 of "f" does not fit; nothing of the patch was applied. It looks for:',
        '  line 20',
        '  line 21, edited',
        '  line 22',
        '2 of 3 lines are there around line 20, where the file has now:',
        ...[17, 18, 19, 20, 21, 22, 23, 24, 25].map((line) => `   ${line}| line ${line}`),
      ].join('\n'),
    );
  });

  test.each([
    ['lines of another file', 'a\nb\n', ['@@', '-z'], /None of these lines is in the file, which has 2 lines/],
    [
      'hunks from bottom to top',
      'a\nb\nc\n',
      ['@@', '-c', '@@', '-a'],
      /line 1, above the end of the hunk before \(line 3\)/,
    ],
    ['an anchor that is missing', 'a\n', ['@@ zz', '+b'], /No line of the file is "zz"/],
  ])('of %s', (_, text, lines, message) => {
    expect(problem(() => patched(text, ...lines))).toMatch(message);
  });

  test.each([
    ['hello', /does not start with/],
    ['*** Begin Patch\n*** Update File: f\n@@\n-a', /does not end with.*cut off/],
    ['Here you are:\n*** Begin Patch\n*** End Patch', /Line 1 of the patch, "Here you are:", stands before/],
    ['*** Begin Patch\n*** End Patch\nrm -rf /', /Line 3 of the patch, "rm -rf \/", stands after/],
    [wrapped(), /names no file/],
    [wrapped('*** Rename File: f'), /Line 2 of the patch.*is no header/],
    [wrapped('*** Add File: f', 'x'), /Line 3 .*must start with "\+"/],
    [update(), /changes nothing in "f"/],
    [update('@@'), /Hunk 1 of "f" has no lines/],
    [update('@@', '-a', '@@', ''), /Hunk 2 of "f" has no lines/],
    [update('@@', 'a'), /Line 4 .*must start with " ", "-" or "\+"/],
    [update('@@', '-a', '*** Frobnicate'), /is no header/],
    [update(...Array.from({ length: 2001 }, () => ['@@', '-a']).flat()), /2001 hunks; at most 2000/],
    [update('@@', `+${'x'.repeat(1_000_000)}`), /at most 1000000 are read/],
  ])('of %#', (patch, message) => {
    expect(problem(() => parsePatch(patch, String))).toMatch(message);
  });

  test('whatever the text, it is a patch or a problem', () => {
    const line = fc.constantFrom(
      ...['*** Begin Patch', '*** End Patch', '*** Add File: f', '*** Update File: f', '*** Delete File: f'],
      ...[
        '*** Move to: g',
        '*** End of File',
        '@@',
        '@@ a',
        '@@ @@',
        ' a',
        '-a',
        '+a',
        '',
        ' ',
        '***',
        '\\',
        'EOF',
        '```',
        '\0',
      ],
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), fc.boolean(), (lines, isWrapped) => {
        const patch = isWrapped ? wrapped(...lines) : lines.join('\n');
        try {
          planned({ f: 'a\n\na' }, patch);
        } catch (error) {
          expect(error).toBeInstanceOf(PatchProblem);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

test('two thousand hunks in a long file with few different lines', () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => (index % 100 === 0 ? `mark ${index}` : '  }'));
  const hunks = Array.from({ length: 2000 }, (_, index) => [
    '@@',
    ` mark ${index * 100}`,
    '-}',
    `+new ${index}`,
  ]).flat();
  const want = lines.map((line, index) => (index % 100 === 1 ? `new ${(index - 1) / 100}` : line));
  expect(patched(lines.join('\n'), ...hunks) === want.join('\n')).toBe(true);
});

describe('any edit of any file', () => {
  /** Few different lines, so that what a hunk repeats stands in several places. */
  const lineText = fc.constantFrom<string>(
    'a',
    'b',
    '',
    '  a',
    'x = 1',
    '}',
    '@@ a',
    '*** End Patch',
    '-a',
    '+b',
    '\t',
    'ü “q”',
  );
  /** Each line of a file with what becomes of it: kept or not, and lines that come before it. */
  const edited = fc.array(
    fc.record({
      text: lineText,
      isKept: fc.boolean(),
      before: fc.oneof(
        { weight: 3, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: fc.array(lineText, { maxLength: 3 }) },
      ),
    }),
    { minLength: 1, maxLength: 30 },
  );
  const join = (lines: string[], end: string, isEnded: boolean): string =>
    lines.length === 0 ? '' : lines.join(end) + (isEnded ? end : '');

  test('as one hunk that repeats the whole file gives exactly that', () => {
    fc.assert(
      fc.property(edited, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), (file, end, isEnded, hasMark) => {
        const mark = hasMark ? '\uFEFF' : '';
        const hunk = file.flatMap(({ text, isKept, before }) => [
          ...before.map((line) => `+${line}`),
          `${isKept ? ' ' : '-'}${text}`,
        ]);
        const [old, changed] = [
          file.map(({ text }) => text),
          file.flatMap(({ text, isKept, before }) => [...before, ...(isKept ? [text] : [])]),
        ];
        // A last line that is empty and open-ended is no line, and a single open-ended line does not say what ends lines.
        fc.pre(isEnded || (old.at(-1) !== '' && changed.at(-1) !== '' && (old.length > 1 || end === '\n')));
        expect(patched(mark + join(old, end, isEnded), '@@', ...hunk)).toBe(mark + join(changed, end, isEnded));
      }),
      { numRuns: 3000 },
    );
  });

  /** Where lines stand first, not before `from`: as simple as can be, to hold the quick way against. */
  const firstPlace = (lines: string[], run: string[], from: number): number =>
    lines.findIndex((_, at) => at >= from && run.every((line, index) => lines[at + index] === line));

  test('as hunks with as much around them as they need gives exactly that', () => {
    fc.assert(
      fc.property(
        fc.array(lineText, { minLength: 4, maxLength: 60 }),
        fc.array(fc.nat(59), { maxLength: 4 }),
        (lines, spots) => {
          const places = [...new Set(spots.filter((spot) => spot < lines.length))].sort((a, b) => a - b);
          const hunks: string[] = [];
          const want = [...lines];
          let cursor = 0;
          for (const place of places) {
            let above = 0;
            while (
              place - above > cursor &&
              firstPlace(lines, lines.slice(place - above, place + 1), cursor) !== place - above
            )
              above += 1;
            if (place < cursor || firstPlace(lines, lines.slice(place - above, place + 1), cursor) !== place - above)
              continue;
            hunks.push(
              '@@',
              ...lines.slice(place - above, place).map((line) => ` ${line}`),
              `-${lines[place] ?? ''}`,
              `+new ${place}`,
            );
            want[place] = `new ${place}`;
            cursor = place + 1;
          }
          fc.pre(hunks.length > 0);
          expect(patched(join(lines, '\n', true), ...hunks)).toBe(join(want, '\n', true));
        },
      ),
      { numRuns: 3000 },
    );
  });
});
