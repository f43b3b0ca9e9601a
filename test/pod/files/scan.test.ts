/** Scans of a workspace: what they list, that they miss nothing, and what is left out. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileOperations } from '../../../src/pod/inside/files/index.ts';
import { mayHideChange, tellableFrom } from '../../../src/pod/inside/files/digests.ts';
import type { ScanResult } from '../../../src/pod/protocol.ts';
import { entriesIn, folderWith, memoryFolder } from '../../support/folders.ts';

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

const setup = (files: Record<string, string | Buffer> = {}) => {
  const root = folderWith(files);
  return { root, pod: fileOperations(root), at: (path: string) => join(root, path) };
};

/** The same inode and the same size, as an editor writes that saves in place. */
function overwrite(path: string, content: string): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, content);
  closeSync(fd);
}

const pathsOf = (scan: ScanResult): string[] => scan.files.map(({ path }) => path).sort();

describe('a scan', () => {
  test('lists files with what they are, and links with where they lead', async () => {
    const { pod, at } = setup({ 'src/run.sh': '#!/bin/sh\n', 'image.png': Buffer.from([0, 1]), 'b.ts': 'ü' });
    chmodSync(at('src/run.sh'), 0o744);
    chmodSync(at('b.ts'), 0o655);
    symlinkSync('../b.ts', at('src/link'));
    symlinkSync('/nowhere', at('dangling'));
    mkdirSync(at('hollow'));
    const scan = await pod.scan({ seen: null });
    expect({ ...scan, files: scan.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }).toEqual({
      ...{ scan: 1, isWhole: true, removed: [], leftOut: [] },
      files: [
        { path: 'b.ts', bytes: 2, sha256: sha256('ü'), isExecutable: false, isBinary: false },
        { path: 'image.png', bytes: 2, sha256: sha256(Buffer.from([0, 1])), isExecutable: false, isBinary: true },
        { path: 'src/run.sh', bytes: 10, sha256: sha256('#!/bin/sh\n'), isExecutable: true, isBinary: false },
      ],
      links: [
        { path: 'dangling', target: '/nowhere' },
        { path: 'src/link', target: '../b.ts' },
      ],
    });
  });

  test('takes everything for content: what is ignored, what is called .git, odd names', async () => {
    const names = ['new\nline', '"quoted"', "it's", 'back\\slash', ' ', '-rf', 'ü\uFFFD', '\u202e', 'C:\\x'];
    const { pod, root } = setup(Object.fromEntries(names.map((name) => [name, name])));
    folderWith({ '.gitignore': '*\n', '.git/hooks/x': 'x', 'a/.git': 'gitdir: x', 'node_modules/y/z.js': 'z' }, root);
    const paths = [...names, '.gitignore', '.git/hooks/x', 'a/.git', 'node_modules/y/z.js'].sort();
    const scan = await pod.scan({ seen: null });
    expect([pathsOf(scan), scan.leftOut]).toEqual([paths, []]);
    for (const { path, sha256: hash } of scan.files) {
      const { base64, isEnd } = await pod.read({ path, offset: 0, length: 1000 });
      expect([sha256(Buffer.from(base64, 'base64')), isEnd]).toEqual([hash, true]);
    }
  });

  test('tells whoever has seen the last one what changed, and anybody else everything', async () => {
    const { pod, at } = setup({ a: '1', b: '1', c: '1', d: '1' });
    symlinkSync('a', at('l'));
    expect((await pod.scan({ seen: null })).scan).toBe(1);
    expect(await pod.scan({ seen: 1 })).toEqual({
      ...{ scan: 2, isWhole: false, files: [], links: [], removed: [], leftOut: [] },
    });
    writeFileSync(at('a'), '2');
    rmSync(at('b'));
    chmodSync(at('c'), 0o755);
    utimesSync(at('d'), 1, 1);
    rmSync(at('l'));
    const third = await pod.scan({ seen: 2 });
    expect([third.isWhole, pathsOf(third), third.removed.sort()]).toEqual([false, ['a', 'c'], ['b', 'l']]);
    const lost = await pod.scan({ seen: 2 });
    expect([lost.scan, lost.isWhole, pathsOf(lost), lost.removed]).toEqual([4, true, ['a', 'c', 'd'], []]);
  });

  test('sees a file become a link, a folder, and a file again', async () => {
    const { pod, at } = setup({ a: '1' });
    await pod.scan({ seen: null });
    rmSync(at('a'));
    symlinkSync('x', at('a'));
    expect(await pod.scan({ seen: 1 })).toMatchObject({ files: [], links: [{ path: 'a', target: 'x' }], removed: [] });
    rmSync(at('a'));
    folderWith({ 'a/b': '2' }, at(''));
    expect(await pod.scan({ seen: 2 })).toMatchObject({ files: [{ path: 'a/b' }], links: [], removed: ['a'] });
    rmSync(at('a'), { recursive: true });
    writeFileSync(at('a'), '1');
    expect(await pod.scan({ seen: 3 })).toMatchObject({ files: [{ path: 'a' }], removed: ['a/b'] });
  });

  test('sees every change in place, however soon after the last scan and with the time of modification put back', async () => {
    const { pod, at } = setup({ a: '000' });
    let { scan: seen } = await pod.scan({ seen: null });
    const { atime, mtime } = statSync(at('a'));
    for (let round = 1; round <= 300; round += 1) {
      const content = String(round).padStart(3, '0');
      overwrite(at('a'), content);
      utimesSync(at('a'), atime, mtime);
      const scan = await pod.scan({ seen });
      expect(scan.files.map((file) => file.sha256)).toEqual([sha256(content)]);
      seen = scan.scan;
    }
  });

  test('sees a change in place of a file that has long been known, with the time of modification put back', async () => {
    const { pod, at } = setup({ a: 'one' });
    utimesSync(at('a'), 1000, 1000);
    let { scan: seen } = await pod.scan({ seen: null });
    while (Date.now() < statSync(at('a')).ctimeMs + 100) seen = (await pod.scan({ seen })).scan;
    overwrite(at('a'), 'two');
    utimesSync(at('a'), 1000, 1000);
    expect((await pod.scan({ seen })).files.map((file) => file.sha256)).toEqual([sha256('two')]);
  });

  test.each([
    ['a tick of the clock', 1_700_000_000_123_456_789n, 20_000_000n],
    ['two seconds where a file system keeps whole seconds', 1_700_000_000_000_000_000n, 2_000_000_000n],
  ])('believes what it read of a file only %s after its last change', (_, ctimeNs, apart) => {
    expect(tellableFrom({ ctimeNs })).toBe(ctimeNs + apart);
    const stat = { ctimeNs };
    expect([apart - 1n, apart].map((later) => mayHideChange({ stat, asOf: ctimeNs + later }))).toEqual([true, false]);
  });

  test('hashes large files as they are', async () => {
    const text = Buffer.alloc(3_000_001, 'x');
    const binary = Buffer.concat([Buffer.alloc(100, 'x'), Buffer.from([0]), text]);
    const late = Buffer.concat([text, Buffer.from([0])]);
    const { pod } = setup({ text, binary, late });
    const { files } = await pod.scan({ seen: null });
    expect(new Map(files.map((file) => [file.path, [file.sha256, file.bytes, file.isBinary]]))).toEqual(
      new Map([
        ['text', [sha256(text), text.length, false]],
        ['binary', [sha256(binary), binary.length, true]],
        ['late', [sha256(late), late.length, false]],
      ]),
    );
  });

  test('waits for the one before', async () => {
    const { pod } = setup({ a: '1' });
    const [first, second] = await Promise.all([pod.scan({ seen: null }), pod.scan({ seen: 1 })]);
    expect([first.scan, second.scan, second.isWhole]).toEqual([1, 2, false]);
  });
});

describe('what was restored', () => {
  const manifest = (files: Record<string, string>) =>
    Object.entries(files).map(([path, content]) => ({ path, sha256: sha256(content) }));

  test('is not read again, only what changed since', async () => {
    const { pod, at } = setup({ a: '1', b: '1', c: '1', 'new.txt': 'new' });
    const [a, b, c] = manifest({ a: 'believed, not read', b: '1', c: '1' });
    const gone = { path: 'gone', sha256: sha256('') };
    expect(await pod.remember({ files: [a, b, c, gone].flatMap((file) => file ?? []), skip: [] })).toEqual({
      files: 3,
    });
    overwrite(at('b'), '2');
    rmSync(at('c'));
    const scan = await pod.scan({ seen: 0 });
    expect([scan.isWhole, pathsOf(scan), scan.removed.sort()]).toEqual([false, ['b', 'new.txt'], ['c', 'gone']]);
    const whole = await pod.scan({ seen: null });
    expect(whole.files.find(({ path }) => path === 'a')?.sha256).toBe(a?.sha256);
  });

  test('is known to be binary or not when everything is listed', async () => {
    const { pod } = setup({ a: 'text', b: 'bin\0' });
    await pod.remember({ files: manifest({ a: 'text', b: 'bin\0' }), skip: [] });
    const { files } = await pod.scan({ seen: null });
    expect(files.map(({ path, isBinary }) => [path, isBinary])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  test('shows every change that comes right after it was written and remembered', async () => {
    for (let round = 0; round < 30; round += 1) {
      const { pod, at } = setup({ a: '1' });
      await pod.remember({ files: manifest({ a: '1' }), skip: [] });
      overwrite(at('a'), '2');
      expect(pathsOf(await pod.scan({ seen: 0 }))).toEqual(['a']);
    }
  });

  test('does not include the folders of the engine', async () => {
    const { pod, at } = setup({ 'node_modules/x/y.js': 'y', 'sub/node_modules/z.js': 'z', a: '1' });
    await pod.remember({ files: manifest({ a: '1' }), skip: ['node_modules'] });
    const scan = await pod.scan({ seen: 0 });
    expect([pathsOf(scan), scan.removed, scan.leftOut]).toEqual([['sub/node_modules/z.js'], [], []]);
    writeFileSync(at('node_modules/x/new.js'), 'n');
    expect(pathsOf(await pod.scan({ seen: 1 }))).toEqual([]);
  });
});

describe('what is left out', () => {
  const reasons = ({ leftOut }: ScanResult) => Object.fromEntries(leftOut.map(({ path, reason }) => [path, reason]));

  test('is neither file nor folder nor link, or has a name or target that is not UTF-8', async () => {
    const { root, pod, at } = setup({ a: '1' });
    execFileSync('mkfifo', [at('pipe')]);
    const bad = Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff, 0xfe])]);
    writeFileSync(bad, 'x');
    symlinkSync(Buffer.from([0x78, 0xff]), at('link'));
    const scan = await pod.scan({ seen: null });
    expect([pathsOf(scan), scan.links]).toEqual([['a'], []]);
    expect(reasons(scan)).toEqual({
      pipe: 'it is a named pipe',
      'bad-\uFFFD\uFFFD': 'its name is not UTF-8',
      link: 'it is a symbolic link to a name that is not UTF-8',
    });
  });

  test('is beyond the bounds, and counts as gone', async () => {
    const root = folderWith({ a: 'x'.repeat(10), b: 'x'.repeat(10), 'c/d': 'x', e: 'x'.repeat(10) });
    const pod = fileOperations(root, { maxFiles: 3, maxFileBytes: 20, maxTotalBytes: 30 });
    expect(reasons(await pod.scan({ seen: null }))).toEqual({ 'c/d': 'the workspace has more than 3 files' });
    truncateSync(join(root, 'a'), 21);
    const scan = await pod.scan({ seen: 1 });
    expect([reasons(scan), scan.removed, pathsOf(scan)]).toEqual([{ a: 'it has 21 bytes' }, ['a'], ['c/d']]);
    truncateSync(join(root, 'b'), 20);
    expect(reasons(await pod.scan({ seen: 2 }))).toEqual({
      ...{ a: 'it has 21 bytes', 'c/d': 'the workspace has more than 30 bytes' },
    });
  });

  test('lies deeper than folders are followed', async () => {
    const { pod } = setup({ [`${'d/'.repeat(127)}near`]: '1', [`${'d/'.repeat(129)}far`]: '1' });
    const scan = await pod.scan({ seen: null });
    expect(pathsOf(scan)).toEqual([`${'d/'.repeat(127)}near`]);
    expect(scan.leftOut).toEqual([
      { path: 'd/'.repeat(129).slice(0, -1), reason: 'it lies more than 128 folders deep' },
    ]);
  });
});

describe('any history of a workspace', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b', 'd/e/a');
  const content = fc.constantFrom('one', 'two', 'six', 'other', '');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), name, content }),
    fc.record({ kind: fc.constant('overwrite' as const), name, content }),
    fc.record({ kind: fc.constant('remove' as const), name }),
    fc.record({ kind: fc.constant('rename' as const), name, to: name }),
    fc.record({ kind: fc.constant('mode' as const), name, isExecutable: fc.boolean() }),
    fc.record({ kind: fc.constant('link' as const), name, content }),
    fc.record({ kind: fc.constant('scan' as const), isLost: fc.boolean() }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** Steps that make no sense where the workspace has come to are no steps. */
  function take(root: string, done: Exclude<Step, { kind: 'scan' }>): void {
    const path = join(root, done.name);
    try {
      if (done.kind === 'remove') rmSync(path, { recursive: true, force: true });
      else if (done.kind === 'rename') renameSync(path, join(root, done.to));
      else if (done.kind === 'mode') chmodSync(path, done.isExecutable ? 0o755 : 0o644);
      else if (done.kind === 'overwrite') overwrite(path, done.content);
      else {
        mkdirSync(join(path, '..'), { recursive: true });
        if (done.kind === 'link') symlinkSync(done.content || 'x', path);
        else writeFileSync(path, done.content);
      }
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toMatch(/^E(NOENT|EXIST|ISDIR|NOTDIR|NOTEMPTY|LOOP|INVAL)$/);
    }
  }

  /** What is there, found out in the plainest way. */
  function truth(root: string): Record<string, string> {
    const entries = entriesIn(root).filter((entry) => !entry.isDirectory());
    const all = entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const what = entry.isSymbolicLink()
        ? `-> ${readlinkSync(path)}`
        : `${sha256(readFileSync(path))} ${(statSync(path).mode & 0o100) !== 0}`;
      return [relative(root, path), what] as const;
    });
    return Object.fromEntries(all.sort());
  }

  test('is what its scans add up to, also where answers are lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const root = memoryFolder('flotilla-scan');
        const pod = fileOperations(root);
        let [seen, known] = [null as number | null, new Map<string, string>()];
        for (const done of [...steps, { kind: 'scan' as const, isLost: false }]) {
          if (done.kind !== 'scan') {
            take(root, done);
            continue;
          }
          const scan = await pod.scan({ seen });
          if (done.isLost) continue;
          if (scan.isWhole) known = new Map();
          for (const path of scan.removed) known.delete(path);
          for (const file of scan.files) known.set(file.path, `${file.sha256} ${file.isExecutable}`);
          for (const { path, target } of scan.links) known.set(path, `-> ${target}`);
          seen = scan.scan;
          expect(Object.fromEntries([...known].sort())).toEqual(truth(root));
        }
        rmSync(root, { recursive: true, force: true });
      }),
      { numRuns: 300 },
    );
  });
});
