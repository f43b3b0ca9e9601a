/** Patches on real folders: whole or not at all, with modes kept, and through no link. */
import { chmodSync, linkSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileOperations } from '../../../src/pod/inside/files/index.ts';
import { Refusal } from '../../../src/pod/inside/refusal.ts';
import { contentsOf, folderWith, temporaryFolder } from '../../support/folders.ts';

const wrapped = (...lines: string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

const setup = (files: Record<string, string | Buffer>) => {
  const root = folderWith(files);
  return { root, apply: (...lines: string[]) => fileOperations(root).applyPatch({ patch: wrapped(...lines) }) };
};

const everythingIn = (root: string): string[] => readdirSync(root, { recursive: true }).map(String).sort();

test('files are added, changed, moved and removed, and their modes are kept', async () => {
  const { root, apply } = setup({ 'run.sh': 'one\n', 'bin/tool': Buffer.from([0, 1, 255]), 'old.txt': 'x\n' });
  chmodSync(join(root, 'run.sh'), 0o750);
  chmodSync(join(root, 'bin/tool'), 0o755);
  const { changed } = await apply(
    ...['*** Add File: ./deep/er/new.txt', '+ü'],
    ...['*** Update File: run.sh', '@@', '-one', '+two'],
    ...['*** Update File: bin/tool', '*** Move to: lib/tool'],
    '*** Delete File: old.txt',
  );
  expect(changed).toEqual([
    { path: 'deep/er/new.txt', change: 'added' },
    { path: 'run.sh', change: 'changed' },
    { path: 'lib/tool', change: 'moved', from: 'bin/tool' },
    { path: 'old.txt', change: 'removed' },
  ]);
  expect(everythingIn(root)).toEqual(
    ['bin', 'deep', 'deep/er', 'deep/er/new.txt', 'lib', 'lib/tool', 'run.sh'].toSorted(),
  );
  const modes = ['run.sh', 'lib/tool', 'deep/er/new.txt'].map((path) => statSync(join(root, path)).mode & 0o777);
  expect(modes).toEqual([0o750, 0o755, 0o644]);
  expect(contentsOf(root)['run.sh']).toBe('two\n');
});

test('a name of a file with several is replaced, not written into', async () => {
  const { root, apply } = setup({ a: 'one\n' });
  const outside = temporaryFolder();
  linkSync(join(root, 'a'), join(outside, 'other'));
  await apply('*** Update File: a', '@@', '-one', '+two');
  expect([contentsOf(root), contentsOf(outside)]).toEqual([{ a: 'two\n' }, { other: 'one\n' }]);
});

test('files change places, and a new one comes where one was', async () => {
  const { root, apply } = setup({ a: 'A\n', b: 'B\n', c: 'C\n' });
  const moves = ['a to t', 'b to a', 't to b', 'c to d'].map((move) => move.split(' to '));
  const lines = moves.flatMap(([from, to]) => [`*** Update File: ${from}`, `*** Move to: ${to}`]);
  const { changed } = await apply(...lines, '*** Add File: c', '+new');
  expect(contentsOf(root)).toEqual({ a: 'B\n', b: 'A\n', c: 'new\n', d: 'C\n' });
  expect(changed.map(({ path, change, from }) => [path, change, from])).toEqual([
    ['a', 'moved', 'b'],
    ['b', 'moved', 'a'],
    ['c', 'changed', undefined],
    ['d', 'moved', 'c'],
  ]);
});

test('a file that lies elsewhere is suggested', async () => {
  const { apply } = setup({ 'src/deep/main.ts': 'x\n' });
  await expect(apply('*** Update File: main.ts', '@@', '-x')).rejects.toThrow(/Did you mean "src\/deep\/main.ts"\?$/);
});

test('a link can be removed, and what it leads to stays', async () => {
  const { root, apply } = setup({});
  const outside = folderWith({ file: 'x' });
  symlinkSync(join(outside, 'file'), join(root, 'link'));
  await apply('*** Delete File: link');
  expect([everythingIn(root), contentsOf(outside)]).toEqual([[], { file: 'x' }]);
});

describe('nothing is changed, made or left beside by a patch', () => {
  const files = { a: 'one\n', 'b/c': 'two\n', 'image.png': Buffer.from([0, 1]), latin: Buffer.from([0xe9, 0x0a]) };
  const good = ['*** Update File: a', '@@', '-one', '+1', '*** Delete File: b/c', '*** Add File: n/m', '+new'];

  test.each([
    ['with a hunk that does not fit', ['*** Update File: b/d', '@@', '-x'], /"b\/d" does not exist/],
    ['of a file that lies elsewhere', ['*** Update File: c', '@@', '-x'], /"c" does not exist/],
    ['of lines that are not there', ['*** Update File: a', '@@', '-zzz'], /Hunk 1 of "a" does not fit/],
    ['of a binary file', ['*** Update File: image.png', '@@', '-x'], /is binary/],
    ['of a file that is not UTF-8', ['*** Update File: latin', '@@', '+x'], /is not UTF-8/],
    ['of a link', ['*** Update File: link', '@@', '-x'], /"link" is a link/],
    ['through a link', ['*** Add File: out/x', '+x'], /"out" is a symbolic link/],
    ['of a folder', ['*** Delete File: b'], /"b" is a folder/],
    ['that leads out', ['*** Add File: ../x', '+x'], /leads out/],
    ['with a file where it needs a folder', ['*** Add File: a/x', '+x'], /"a" is a file, not a folder/],
    ['with a folder where it needs a file', ['*** Add File: f', '+x', '*** Add File: f/g', '+x'], /"f" is a folder/],
    ['with a name that is too long', ['*** Add File: f/g', '+x', `*** Add File: ${'x'.repeat(256)}`, '+x'], /too long/],
    ['that nobody can read', ['*** Whatever'], /is no header/],
  ])('%s', async (_, lines, message) => {
    const { root, apply } = setup(files);
    const outside = temporaryFolder();
    symlinkSync(outside, join(root, 'out'));
    symlinkSync('a', join(root, 'link'));
    const before = [everythingIn(root), contentsOf(root)];
    for (const patch of [lines, [...good, ...lines]]) {
      const error = await apply(...patch).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Refusal);
      expect((error as Refusal).message).toMatch(message);
      expect([everythingIn(root), contentsOf(root)]).toEqual(before);
    }
    expect(everythingIn(outside)).toEqual([]);
  });
});
