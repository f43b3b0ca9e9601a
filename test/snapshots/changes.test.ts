/** Differences, what of them is shown, and what is judged. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { changesBetween, visibleChanges } from '../../src/snapshots/changes.ts';
import { touchesProtected, withProtectedFrom } from '../../src/snapshots/protected.ts';
import { manifestOf, treeOf } from '../../src/snapshots/tree.ts';
import { type Content, contentOf, newBlobs, snapshotOf } from '../support/snapshots.ts';

type Files = Record<string, Content>;

async function both(before: Files, after: Files) {
  const blobs = newBlobs();
  const [base, next] = await Promise.all(
    [before, after].map(async (files) => blobs.getJson(await snapshotOf(blobs, files), ManifestSchema)),
  );
  if (!base || !next) throw new Error('There are two.');
  return { blobs, base, next, changes: changesBetween(base, next) };
}

test('changes are what was added, changed, removed, made runnable or is a link, in the order of paths', async () => {
  const { changes } = await both(
    { a: '1', b: '1', c: '1', d: '1', l: { link: 'a' }, 'z/y': '1' },
    { a: '1', b: '2', d: { run: '1' }, e: '1', l: { link: 'b' }, z: { link: 'a' } },
  );
  expect(changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
    'changed b',
    'removed c',
    'mode d',
    'added e',
    'link l',
    'link z',
    'removed z/y',
  ]);
});

test('changes put onto the base are the next state', async () => {
  const files = fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'e'), fc.constantFrom<Content>('1', '2', { run: '1' }, { link: 'x' }));
  await fc.assert(
    fc.asyncProperty(files, files, async (before, after) => {
      const { base, next, changes } = await both(before, after);
      const tree = treeOf(base);
      for (const { path, after: is } of changes) if (is) tree.set(path, is);
      else tree.delete(path);
      expect(manifestOf(tree, [])).toEqual(next);
    }),
    { numRuns: 50 },
  );
}); // prettier-ignore

describe('of changes are shown', () => {
  test('all but new files that the base ignores, as git would, and git directories of any spelling', async () => {
    const { blobs, base, changes } = await both(
      { '.gitignore': '*.log\n/dist/\n!keep.log\n', 'sub/.gitignore': 'local\n!*.log\n', 'old.log': '1', 'dist/was': '1' },
      {
        '.gitignore': '',
        ...{ 'new.log': '2', 'keep.log': '2', 'old.log': '2', 'dist/was': '2', 'dist/new': '2', 'dist/keep.log': '2' },
        ...{ 'sub/.gitignore': 'local\n!*.log\n', 'sub/a.log': '2', 'sub/local': '2', 'sub/deep/local/x': '2', 'src/a.ts': '2' },
        ...{ '.git/hooks/post-checkout': { run: 'x' }, 'sub/.GIT/config': 'x', 'a/git~1/x': 'x', 'b/.g\u200cit': 'x', 'c/.git .': 'x' },
        ...{ 'd/.gitx': 'x', '.github/ci.yml': 'x' },
      },
    ); // prettier-ignore
    const { visible, hidden } = await visibleChanges(blobs, base, changes);
    expect(visible.map(({ path }) => path)).toEqual(
      ['.github/ci.yml', '.gitignore', 'd/.gitx', 'dist/was', 'keep.log', 'old.log', 'src/a.ts', 'sub/a.log'],
    ); // prettier-ignore
    const named = (reason: string) => hidden.filter((one) => one.reason === reason).map(({ path }) => path);
    expect(named('it is ignored')).toEqual(['dist/keep.log', 'dist/new', 'new.log', 'sub/deep/local/x', 'sub/local']);
    expect(named('it belongs to a git directory')).toEqual(
      ['.git/hooks/post-checkout', 'a/git~1/x', 'b/.g\u200cit', 'c/.git .', 'sub/.GIT/config'],
    ); // prettier-ignore
  });
});

describe('protected files', () => {
  test.each([
    'test/a.ts',
    'packages/x/tests/helper.py',
    'src/cart.test.ts',
    'src/__snapshots__/a.snap',
    'pkg/cart_test.go',
    'test_cart.py',
    'conftest.py',
    'src/test/java/CartTest.java',
    'jest.config.mjs',
    'packages/a/vitest.config.ts',
    'pytest.ini',
    '.github/workflows/ci.yml',
    '.gitlab-ci.yml',
    'Jenkinsfile',
  ])('%s is one', async (path) => {
    const { changes } = await both({}, { [path]: 'x', 'src/a.ts': 'x' });
    expect(touchesProtected(changes)).toEqual([path]);
  });

  test.each(['src/cart.ts', 'latest.ts', 'contest/a.ts', 'src/testing.md', 'package.json', 'README.md'])(
    '%s is none',
    async (path) => expect(touchesProtected((await both({}, { [path]: 'x' })).changes)).toEqual([]),
  );

  test('are of the caller’s choice where he makes one', async () => {
    const { changes } = await both({}, { 'a.test.ts': 'x', 'golden/x': 'x' });
    expect(touchesProtected(changes, ['golden/'])).toEqual(['golden/x']);
  });

  test.each<[string, Files, Files, Files]>([
    ['changed', { 'a.test.ts': '1', a: '1' }, { 'a.test.ts': '2', a: '2' }, { 'a.test.ts': '1', a: '2' }],
    ['removed', { 'test/a': '1' }, { b: '2' }, { 'test/a': '1', b: '2' }],
    ['added', { a: '1' }, { a: '1', 'a.test.ts': '1', 'jest.config.js': '1' }, { a: '1' }],
    ['made runnable', { 'test/a': '1' }, { 'test/a': { run: '1' } }, { 'test/a': '1' }],
    ['replaced by a link', { 'test/a': '1' }, { 'test/a': { link: '../b' }, b: '2' }, { 'test/a': '1', b: '2' }],
    ['whose folder is a file now', { 'test/a': '1' }, { test: '2', b: '2' }, { 'test/a': '1', b: '2' }],
    ['whose folder is a link now', { 'test/a': '1' }, { test: { link: 'mine' }, 'mine/a': '2' }, { 'test/a': '1', 'mine/a': '2' }],
    ['that is a folder now', { 'a.test.ts': '1' }, { 'a.test.ts/b': '2', c: '2' }, { 'a.test.ts': '1', c: '2' }],
  ])('%s in a snapshot are judged as in the base', async (_, before, after, judged) => {
    const { blobs, base, next } = await both(before, after);
    expect(await contentOf(blobs, await blobs.putJson(withProtectedFrom(base, next)))).toEqual(judged);
  }); // prettier-ignore
});
