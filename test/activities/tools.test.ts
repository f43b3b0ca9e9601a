import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listFiles } from '../../activities/tools/list-files.ts';
import { readFile } from '../../activities/tools/read-file.ts';
import { toolSpecs } from '../../activities/tools/registry.ts';
import { search } from '../../activities/tools/search.ts';
import type { FileContext, Tool } from '../../activities/tools/tool.ts';
import { ToolRefusal, workspacePath } from '../../activities/workspace/paths.ts';
import { frozen } from '../support/workspace.ts';

const FILES = {
  'README.md': 'one\ntwo\nthree\n',
  'src/a.ts': 'const a = 1; // TODO a\n',
  'src/deep/b.ts': '// todo b\r\nconst b = "TODO";\r\n',
  'data/long.txt': `${'x'.repeat(1_000_000)}TODO${'y'.repeat(1_000_000)}\n`,
  'data/many.txt': Array.from({ length: 5000 }, (_, line) => `match ${line}`).join('\n'),
  'image.png': Buffer.from([0x89, 0x50, 0, 0, 1]),
  'latin.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
  'empty.txt': '',
};

const said = async (
  tool: Tool<FileContext>,
  args: unknown,
  change: { maxToolOutputBytes?: number } = {},
): Promise<string> => {
  const { context } = await shared;
  return tool.run(args, { ...context, ...change }).catch((error: unknown) => {
    if (error instanceof ToolRefusal) return `refused: ${error.message}`;
    throw error;
  });
};
const shared = frozen(FILES);

describe('list_files', () => {
  test('shows folders with what is below, then files', async () => {
    expect(await said(listFiles, { path: '.' })).toBe(
      [
        'data/ (2 files, 2.1 MB)',
        'src/ (2 files, 53 B)',
        'README.md (14 B)',
        'empty.txt (0 B)',
        'image.png (5 B)',
        'latin.txt (5 B)',
      ].join('\n'),
    );
    expect(await said(listFiles, { path: './src//' })).toBe('deep/ (1 file, 30 B)\na.ts (23 B)');
  });

  test.each([
    ['README.md', /is a file; use read_file/],
    ['sr', /"sr" does not exist/],
  ])('refuses %s with what would help', async (path, message) => {
    expect(await said(listFiles, { path })).toMatch(message);
  });
});

describe('read_file', () => {
  const read = (path: string, startLine: number | null = null, endLine: number | null = null) =>
    said(readFile, { path, startLine, endLine });

  test('numbers its lines, from any start', async () => {
    expect(await read('README.md')).toBe('README.md, lines 1–3 of 3:\n    1| one\n    2| two\n    3| three');
    expect(await read('README.md', 2, 2)).toBe(
      'README.md, lines 2–2 of 3:\n    2| two\n… 1 more lines; continue with startLine 3.',
    );
    expect(await read('src/deep/b.ts')).toContain('    2| const b = "TODO";');
  });

  test('cuts a line without an end, and a file of many lines, and says so', async () => {
    const long = await read('data/long.txt');
    expect(long.length).toBeLessThan(1200);
    expect(long).toContain('(2000004 characters in this line)');
    const many = await read('data/many.txt');
    expect(many).toContain('lines 1–400 of 5000');
    expect(many).toContain('continue with startLine 401');
    expect(
      Buffer.byteLength(
        await said(readFile, { path: 'data/many.txt', startLine: 1, endLine: null }, { maxToolOutputBytes: 1024 }),
      ),
    ).toBeLessThan(1300);
  });

  test.each([
    ['image.png', /binary \(5 bytes\)/],
    ['latin.txt', /caf\uFFFD[\s\S]*not UTF-8/],
    ['empty.txt', /is empty/],
    ['src', /is a folder; use list_files/],
    ['b.ts', /does not exist.*Did you mean "src\/deep\/b.ts"/],
    ['../etc/passwd', /leads out of the workspace/],
    ['src/../../x', /leads out of the workspace/],
    ['/etc/passwd', /is absolute/],
    ['C:\\Windows', /is absolute/],
    ['a\0b', /NUL byte/],
    ['', /is a folder/],
  ])('of %s says what it is', async (path, message) => {
    expect(await read(path)).toMatch(message);
  });

  test('past the end says how long the file is', async () => {
    expect(await read('README.md', 99)).toBe('README.md has 3 lines; there is no line 99.');
  });

  test.each([
    [{ path: 'a' }],
    [{ path: 1, startLine: null, endLine: null }],
    [{ path: 'a', startLine: 0, endLine: null }],
    [null],
    ['x'],
  ])('refuses arguments that do not fit: %j', async (args) => {
    expect(await said(readFile, args)).toMatch(/^refused: The arguments do not fit/);
  });
});

describe('search', () => {
  const find = (pattern: string, path: string | null = null, glob: string | null = null) =>
    said(search, { pattern, path, glob });

  test('gives path, line and text, in the order of paths', async () => {
    expect(await find('TODO', 'src')).toBe(
      'src/a.ts:1: const a = 1; // TODO a\nsrc/deep/b.ts:2: const b = "TODO";\n2 matches in 2 files.',
    );
    expect(await find('(?i)todo', null, '**/b.ts')).toContain('src/deep/b.ts:1: // todo b');
  });

  test('says when there is nothing', async () => {
    expect(await find('nothing like this')).toBe('No match.');
  });

  test('stops at two hundred matches and says so', async () => {
    const text = await find('match', 'data/many.txt');
    expect(text.split('\n')).toHaveLength(201);
    expect(text).toMatch(/more matches exist; narrow/);
  });

  test('cuts a line of two megabytes', async () => {
    expect((await find('TODO', 'data/long.txt')).length).toBeLessThan(1500);
  });

  test.each([
    ['an expression that can’t be read', '(', null, /could not run: .*regex parse error/s],
    ['a path that is not there', 'x', 'nowhere', /does not exist/],
    ['a path that leads out', 'x', '..', /leads out/],
  ])('refuses %s', async (_, pattern, path, message) => {
    expect(await find(pattern, path)).toMatch(message);
  });

  test.each(['--pre=/bin/sh', '-f/etc/passwd', '--hostname-bin=/bin/sh', '; touch /tmp/x', '$(touch /tmp/x)'])(
    'takes %s for a pattern, never for an option or a command',
    async (pattern) => {
      expect(await find(pattern)).toMatch(/No match|could not run/);
    },
  );
});

describe('paths', () => {
  test('of any kind never lead out of the workspace, and never throw anything but a refusal', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '',
      'src',
      'a.ts',
      '...',
      '\0',
      '~',
      'etc',
      '%2e%2e',
      '..\\',
      '\u202e',
      'passwd',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, isAbsolute) => {
        const path = `${isAbsolute ? '/' : ''}${pieces.join('/')}`;
        try {
          const clean = workspacePath(path);
          expect(clean.startsWith('/')).toBe(false);
          expect(clean.split('/')).not.toContain('..');
        } catch (error) {
          expect(error).toBeInstanceOf(ToolRefusal);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

test('every tool has a schema in the strict subset, a description, and a short note without content', () => {
  for (const { name, description, parameters } of toolSpecs('investigate')) {
    expect([name.length > 0, description.length > 10, parameters['type'], parameters['additionalProperties']]).toEqual([
      true,
      true,
      'object',
      false,
    ]);
  }
  expect(search.note({ pattern: 'TODO', path: 'src', glob: null })).toBe('search TODO in src');
  expect(readFile.note({ nonsense: true })).toBe('read_file (unusable arguments)');
});
