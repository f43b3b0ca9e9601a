/** File operations inside a pod, on real folders. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { env } from 'node:process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { rgPath } from '@vscode/ripgrep';
import { fileOperations } from '../../../src/pod/inside/files/index.ts';
import { Refusal } from '../../../src/pod/inside/refusal.ts';
import { contentsOf, folderWith, temporaryFolder } from '../../support/folders.ts';

const FILES = {
  'README.md': 'one\ntwo\nthree\n',
  'src/a.ts': 'const a = 1; // TODO a\n',
  'src/deep/b.ts': '// todo b\r\nconst b = "TODO";\r\n',
  'data/long.txt': `${'x'.repeat(1_000_000)}TODO${'y'.repeat(1_000_000)}\n`,
  'data/many.txt': Array.from({ length: 5000 }, (_, line) => `match ${line}`).join('\n'),
  'image.png': Buffer.from([0x89, 0x50, 0, 0, 1]),
  'latin.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
  'bom.txt': '\uFEFFfirst\n',
  'empty.txt': '',
};

beforeAll(() => {
  env['FLOTILLA_RG'] = rgPath;
});

const setup = (files: Record<string, string | Buffer> = FILES) => {
  const root = folderWith(files);
  return { root, pod: fileOperations(root) };
};

/** What a refusal says; anything else that is thrown fails the test. */
const refused = async (answer: Promise<unknown>): Promise<string> => {
  const error = await answer.then(
    (value) => new Error(`not refused: ${JSON.stringify(value).slice(0, 200)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Refusal) return error.message;
  throw error;
};

describe('list', () => {
  test('shows folders with what is below, then files', async () => {
    const { pod } = setup();
    const { entries, isCut } = await pod.list({ path: '.' });
    expect(isCut).toBe(false);
    expect(entries.map(({ name, isFolder }) => (isFolder ? `${name}/` : name))).toEqual(
      'data/ src/ README.md bom.txt empty.txt image.png latin.txt'.split(' '),
    );
    expect(entries[1]).toEqual({ name: 'src', isFolder: true, files: 2, bytes: 53 });
    expect((await pod.list({ path: './src//' })).entries).toEqual([
      { name: 'deep', isFolder: true, files: 1, bytes: 30 },
      { name: 'a.ts', isFolder: false, files: 1, bytes: 23 },
    ]);
  });

  test('shows what is ignored, empty folders, and links as what they are', async () => {
    const { root, pod } = setup({ '.gitignore': 'dist\n', 'dist/x': 'x', '.git/config': 'y' });
    mkdirSync(join(root, 'hollow'));
    symlinkSync('/etc', join(root, 'link'));
    expect((await pod.list({ path: '' })).entries).toEqual([
      { name: '.git', isFolder: true, files: 1, bytes: 1 },
      { name: 'dist', isFolder: true, files: 1, bytes: 1 },
      { name: 'hollow', isFolder: true, files: 0, bytes: 0 },
      { name: '.gitignore', isFolder: false, files: 1, bytes: 5 },
      { name: 'link', isFolder: false, files: 1, bytes: 4 },
    ]);
  });

  test.each([
    ['README.md', /is a file.*use read_file/],
    ['sr', /"sr" does not exist/],
    ['..', /leads out of the workspace/],
  ])('refuses %s with what would help', async (path, message) => {
    expect(await refused(setup().pod.list({ path }))).toMatch(message);
  });
});

describe('readLines', () => {
  const all = { startLine: 1, endLine: 400, maxBytes: 16_384 };

  test('gives lines of any part, without their ends', async () => {
    const { pod } = setup();
    expect(await pod.readLines({ ...all, path: 'README.md' })).toEqual({
      ...{ lines: ['one', 'two', 'three'], totalLines: 3, isLossy: false },
    });
    expect((await pod.readLines({ ...all, path: 'README.md', startLine: 2, endLine: 2 })).lines).toEqual(['two']);
    expect((await pod.readLines({ ...all, path: 'README.md', startLine: 9 })).lines).toEqual([]);
    expect((await pod.readLines({ ...all, path: 'src/deep/b.ts' })).lines[1]).toBe('const b = "TODO";');
    expect((await pod.readLines({ ...all, path: 'bom.txt' })).lines).toEqual(['first']);
    expect(await pod.readLines({ ...all, path: 'latin.txt' })).toMatchObject({ lines: ['caf\uFFFD'], isLossy: true });
    expect(await pod.readLines({ ...all, path: 'empty.txt' })).toMatchObject({ lines: [], totalLines: 0 });
  });

  test('cuts a line without an end, and a file of many lines', async () => {
    const { pod } = setup();
    const [line = ''] = (await pod.readLines({ ...all, path: 'data/long.txt' })).lines;
    expect(line).toMatch(/^x{1000}… \(2000004 characters in this line\)$/);
    const many = await pod.readLines({ path: 'data/many.txt', startLine: 1, endLine: 5000, maxBytes: 100 });
    expect(many.lines).toEqual(Array.from({ length: 12 }, (_, index) => `match ${index}`));
    expect(many.totalLines).toBe(5000);
  });

  test.each([
    ['image.png', /binary \(5 bytes\)/],
    ['src', /is a folder; use list_files/],
    ['', /is a folder/],
    ['b.ts', /does not exist.*Did you mean "src\/deep\/b.ts"\?/],
    ['README.md/x', /"README.md" is a file, not a folder/],
    ['../etc/passwd', /leads out of the workspace/],
    ['/etc/passwd', /is absolute/],
    ['a\0b', /NUL byte/],
    ['x'.repeat(300), /too long/],
  ])('of %s says what it is', async (path, message) => {
    expect(await refused(setup().pod.readLines({ ...all, path }))).toMatch(message);
  });

  test('refuses a file that is too large to be held', async () => {
    const { root, pod } = setup();
    truncateSync(join(root, 'empty.txt'), 20_000_001);
    expect(await refused(pod.readLines({ ...all, path: 'empty.txt' }))).toMatch(/has 20,000,001 bytes; at most/);
  });
});

describe('search', () => {
  const bounds = { maxMatches: 200, maxBytes: 16_384 };

  test('gives path, line and text in the order of paths, and counts globs from the workspace', async () => {
    const { pod } = setup();
    const found = await pod.search({ pattern: 'TODO', path: 'src', glob: null, ...bounds });
    expect(found).toEqual({
      matches: [
        { path: 'src/a.ts', line: 1, text: 'const a = 1; // TODO a' },
        { path: 'src/deep/b.ts', line: 2, text: 'const b = "TODO";' },
      ],
      isCut: false,
    });
    const globbed = await pod.search({ pattern: '(?i)todo', path: '', glob: 'src/*.ts', ...bounds });
    expect(globbed.matches.map(({ path }) => path)).toEqual(['src/a.ts']);
    const inFile = await pod.search({ pattern: 'two', path: 'README.md', glob: null, ...bounds });
    expect(inFile.matches).toEqual([{ path: 'README.md', line: 2, text: 'two' }]);
  });

  test('stops at its bounds and says so', async () => {
    const { pod } = setup();
    const many = await pod.search({ pattern: 'match', path: '', glob: null, ...bounds, maxMatches: 3 });
    expect([many.matches.length, many.isCut]).toEqual([3, true]);
    const long = await pod.search({ pattern: 'match', path: '', glob: null, ...bounds, maxBytes: 100 });
    expect([long.matches.length < 5, long.isCut]).toEqual([true, true]);
  });

  test.each([
    ['(', '', /could not run: .*regex parse error/s],
    ['x', 'nowhere', /does not exist/],
    ['x', '..', /leads out/],
  ])('refuses %s in "%s"', async (pattern, path, message) => {
    expect(await refused(setup().pod.search({ pattern, path, glob: null, ...bounds }))).toMatch(message);
  });

  test('neither starts at a link nor follows one', async () => {
    const { root, pod } = setup();
    const outside = folderWith({ 'secret.txt': 'TODO secret\n' });
    symlinkSync(outside, join(root, 'out'));
    expect(await refused(pod.search({ pattern: 'TODO', path: 'out', glob: null, ...bounds }))).toMatch(/symbolic link/);
    const found = await pod.search({ pattern: 'secret', path: '', glob: null, ...bounds });
    expect(found.matches).toEqual([]);
  });
});

describe('writeFile', () => {
  test('makes files and their folders, and replaces what is there with its mode kept', async () => {
    const { root, pod } = setup({ 'run.sh': 'old' });
    chmodSync(join(root, 'run.sh'), 0o755);
    expect(await pod.writeFile({ path: 'a/b/new.txt', content: 'ü' })).toEqual({ isNew: true, bytes: 2 });
    expect(await pod.writeFile({ path: 'run.sh', content: 'new' })).toEqual({ isNew: false, bytes: 3 });
    expect(contentsOf(root)).toEqual({ 'a/b/new.txt': 'ü', 'run.sh': 'new' });
    expect(statSync(join(root, 'run.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(root, 'a/b/new.txt')).mode & 0o777).toBe(0o644);
  });

  test('replaces one name of a file with several', async () => {
    const { root, pod } = setup({ a: 'shared' });
    const outside = temporaryFolder();
    linkSync(join(root, 'a'), join(outside, 'other'));
    await pod.writeFile({ path: 'a', content: 'mine' });
    expect([contentsOf(root), contentsOf(outside)]).toEqual([{ a: 'mine' }, { other: 'shared' }]);
  });

  test('drops a setuid bit', async () => {
    const { root, pod } = setup({ a: 'x' });
    chmodSync(join(root, 'a'), 0o4755);
    await pod.writeFile({ path: 'a', content: 'y' });
    expect(statSync(join(root, 'a')).mode & 0o7777).toBe(0o755);
  });

  test.each([
    ['src', /is a folder; a file needs another name/],
    ['.', /is a folder/],
    ['README.md/x', /"README.md" is a file, not a folder/],
    ['../x', /leads out/],
    ['/tmp/x', /is absolute/],
    ['y'.repeat(256), /too long/],
  ])('refuses %s and leaves everything as it was', async (path, message) => {
    const { root, pod } = setup();
    const before = contentsOf(root);
    expect(await refused(pod.writeFile({ path, content: 'x' }))).toMatch(message);
    expect(contentsOf(root)).toEqual(before);
  });
});

describe('what is neither file nor folder', () => {
  const everywhere = async (pod: ReturnType<typeof fileOperations>, path: string) => [
    await refused(pod.readLines({ path, startLine: 1, endLine: 9, maxBytes: 100 })),
    await refused(pod.read({ path, offset: 0, length: 100 })),
    await refused(pod.writeFile({ path, content: 'x' })),
    await refused(pod.search({ pattern: 'x', path, glob: null, maxMatches: 1, maxBytes: 100 })),
  ];

  test('a named pipe and a socket are refused without waiting', async () => {
    const { root, pod } = setup();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    for (const path of ['pipe', 'socket']) {
      for (const message of await everywhere(pod, path)) expect(message).toMatch(/not a regular file/);
    }
    server.close();
  });

  test('a link is refused with where it leads, as a file and as a part of a path', async () => {
    const { root, pod } = setup();
    const outside = folderWith({ 'secret.txt': 'secret' });
    symlinkSync(join(outside, 'secret.txt'), join(root, 'link'));
    symlinkSync(outside, join(root, 'folder'));
    symlinkSync('nowhere', join(root, 'dangling'));
    for (const path of ['link', 'folder/secret.txt', 'folder/new.txt', 'dangling']) {
      for (const message of await everywhere(pod, path)) expect(message).toMatch(/is a symbolic link/);
    }
    expect(await refused(pod.read({ path: 'link', offset: 0, length: 9 }))).toContain(
      JSON.stringify(outside).slice(1, -1),
    );
    expect(contentsOf(outside)).toEqual({ 'secret.txt': 'secret' });
    expect(readlinkSync(join(root, 'dangling'))).toBe('nowhere');
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true);
  });

  test('no descriptor stays open after an answer or a refusal', async () => {
    const { pod } = setup();
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let round = 0; round < 20; round += 1) {
      await pod.list({ path: '' });
      await pod.readLines({ path: 'src/a.ts', startLine: 1, endLine: 9, maxBytes: 100 });
      await pod.writeFile({ path: 'src/c.ts', content: 'x' });
      await refused(pod.readLines({ path: 'src/no/where', startLine: 1, endLine: 9, maxBytes: 100 }));
      await refused(pod.writeFile({ path: 'src', content: 'x' }));
    }
    expect(open()).toBeLessThanOrEqual(before);
  });
});

describe('read', () => {
  test('gives any part of a file as bytes, and says where it ends', async () => {
    const { pod } = setup({ 'C:\\odd\n"name"': Buffer.from([0, 255, 1, 2]) });
    const path = 'C:\\odd\n"name"';
    expect(await pod.read({ path, offset: 1, length: 2 })).toEqual({ base64: '/wE=', isEnd: false });
    expect(await pod.read({ path, offset: 3, length: 9 })).toEqual({ base64: 'Ag==', isEnd: true });
    expect(await pod.read({ path, offset: 99, length: 9 })).toEqual({ base64: '', isEnd: true });
  });

  test.each(['../x', '/etc/passwd', 'a/../b', '', 'a//b', './a'])('refuses %s', async (path) => {
    expect(await refused(setup().pod.read({ path, offset: 0, length: 9 }))).toMatch(/is not the path of a file/);
  });
});
