import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkout, testFilesOf, withFiles } from '../../src/instances/checkout.ts';
import { openRepository, patchedTree, type Repository, resolveCommit } from '../../src/instances/git.ts';
import type { Manifest } from '../../src/contracts/workspace.ts';
import type { TestFiles } from '../../src/instances/schema.ts';
import { restore } from '../../src/snapshots/restore.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { contentsOf, temporaryFolder } from '../support/folders.ts';
import { fixtureInstances, gitIn, SECRET } from '../support/instances.ts';

const PATH = process.env['PATH'] ?? '';
const fixture = fixtureInstances();
const blobs = new Blobs(temporaryFolder());

const opened = (path = fixture.repository): Promise<Repository> => openRepository(path, temporaryFolder(), PATH);

async function checkoutOf(path: string, revision: string): Promise<Manifest> {
  const repository = await opened(path);
  return checkout(repository, await resolveCommit(repository, revision), blobs);
}

async function restored(manifest: Manifest): Promise<string> {
  const folder = join(temporaryFolder(), 'workspace');
  await restore(blobs, manifest, folder);
  return folder;
}

/** A tree that git's own commands would not make. */
function craftedCommit(entries: { mode: string; name: string; id: string }[]): string {
  const tree = Buffer.concat(
    entries.map(({ mode, name, id }) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')])),
  );
  const inRepository = (args: string[], input: Buffer | string): string =>
    execFileSync('git', ['-C', fixture.repository, ...args], { input, encoding: 'utf8' }).trim();
  const id = inRepository(['hash-object', '-t', 'tree', '--literally', '-w', '--stdin'], tree);
  return gitIn(fixture.repository, 'commit-tree', id, '-m', 'crafted');
}

describe('a checkout', () => {
  test.each(['repository', 'mirror'] as const)('of a %s is the files of that commit, as git has them', async (kind) => {
    const manifest = await checkoutOf(fixture[kind], fixture.base);
    const folder = await restored(manifest);
    expect(contentsOf(folder)).toMatchObject({
      'notes.txt': 'one\ntwo\n',
      'cart.js': gitIn(fixture.repository, 'show', `${fixture.base}:cart.js`) + '\n',
    });
    expect(manifest.links).toEqual([{ path: 'latest.js', target: 'cart.js' }]);
    expect(manifest.files.filter(({ isExecutable }) => isExecutable).map(({ path }) => path)).toEqual(['bin/run.sh']);
  });

  test('holds nothing of what came later, and no history', async () => {
    const folder = await restored(await checkoutOf(fixture.repository, fixture.base));
    expect(existsSync(join(folder, '.git'))).toBe(false);
    const everything = Object.entries(contentsOf(folder)).flat().join('\n');
    for (const later of [SECRET, fixture.fix, 'later.txt', 'adds']) expect(everything).not.toContain(later);
  });

  test('runs nothing that the repository says', async () => {
    const trace = join(temporaryFolder(), 'ran');
    const settings = {
      'filter.upper.smudge': `touch ${trace}; cat`,
      'filter.upper.process': `touch ${trace}`,
      'core.fsmonitor': `touch ${trace}`,
      'core.hooksPath': temporaryFolder(),
      'core.sshCommand': `touch ${trace}`,
      'core.pager': `touch ${trace}`,
    };
    for (const [name, value] of Object.entries(settings)) gitIn(fixture.repository, 'config', name, value);
    try {
      const repository = await opened();
      const commit = await resolveCommit(repository, 'main');
      await checkout(repository, commit, blobs);
      await patchedTree(repository, fixture.base, {
        file: 'gold',
        text: gitIn(fixture.repository, 'diff', fixture.base, commit) + '\n',
      });
      expect(existsSync(trace)).toBe(false);
    } finally {
      for (const name of Object.keys(settings)) gitIn(fixture.repository, 'config', '--unset', name);
    }
  });

  test('leaves out what is no file of this repository, and what could lead out of a folder', async () => {
    const blob = gitIn(fixture.repository, 'rev-parse', `${fixture.base}:cart.js`);
    const inner = gitIn(fixture.repository, 'rev-parse', `${fixture.base}:test`);
    const commit = craftedCommit([
      { mode: '120000', name: 'a', id: blob },
      { mode: '40000', name: 'a', id: inner },
      { mode: '40000', name: '..', id: inner },
      { mode: '160000', name: 'sub', id: fixture.base },
      { mode: '100644', name: 'x\u0080'.normalize(), id: blob },
    ]);
    const manifest = await checkoutOf(fixture.repository, commit);
    expect(manifest.files.map(({ path }) => path)).toEqual(['x\u0080']);
    expect(manifest.leftOut).toEqual(
      expect.arrayContaining([
        { path: '../cart.test.js', reason: 'it leads out of the workspace' },
        { path: 'a/cart.test.js', reason: 'it is below a file' },
        { path: 'sub', reason: 'it is a submodule: a repository of its own' },
      ]),
    );
  });

  test.each([
    ['no repository', () => checkoutOf(temporaryFolder(), 'main'), 'is not a git repository'],
    ['no such commit', () => checkoutOf(fixture.repository, 'f00df00d'), 'has no commit f00df00d'],
    ['an option', () => checkoutOf(fixture.repository, '--all'), 'has no commit --all'],
  ])('of %s is refused', async (_, work, message) => {
    await expect(work()).rejects.toThrow(message);
  });
});

describe('a patch', () => {
  test('makes the tree that git makes of it', async () => {
    const repository = await opened(fixture.mirror);
    const text = `${gitIn(fixture.repository, 'diff', '--binary', fixture.base, fixture.fix)}\n`;
    const tree = await patchedTree(repository, fixture.base, { file: 'gold.patch', text });
    expect(tree).toBe(gitIn(fixture.repository, 'rev-parse', `${fixture.fix}^{tree}`));
  });

  test('leaves the repository as it was', async () => {
    const before = gitIn(fixture.mirror, 'count-objects', '-v');
    const text = `${gitIn(fixture.repository, 'diff', fixture.base, fixture.fix, '--', 'cart.js')}\n`;
    const repository = await opened(fixture.mirror);
    const tree = await patchedTree(repository, fixture.base, { file: 'gold.patch', text });
    expect((await checkout(repository, tree, blobs)).files).not.toHaveLength(0);
    expect(gitIn(fixture.mirror, 'count-objects', '-v')).toBe(before);
  });

  test('that does not fit is refused by name', async () => {
    const text = `${gitIn(fixture.repository, 'diff', fixture.base, fixture.fix)}\n`;
    const working = patchedTree(await opened(), fixture.fix, { file: 'gold.patch', text });
    await expect(working).rejects.toThrow('The patch gold.patch does not fit');
  });

  test('can not write outside of the tree', async () => {
    const text = 'diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n';
    await expect(patchedTree(await opened(), fixture.base, { file: 'p', text })).rejects.toThrow('does not fit');
  });
});

describe('test files', () => {
  let base: Manifest;
  beforeAll(async () => {
    base = await checkoutOf(fixture.repository, fixture.base);
  });

  const overlaid = async (testFiles: TestFiles): Promise<Record<string, string>> =>
    contentsOf(await restored(withFiles(base, await testFilesOf(await opened(), testFiles, blobs))));

  test.each<[string, TestFiles]>([
    ['a folder of a commit', { commit: fixture.fix, paths: ['test'] }],
    ['a file of a commit', { 'test/cart.test.js': { commit: fixture.fix } }],
    [
      'content',
      { 'test/cart.test.js': { content: gitIn(fixture.repository, 'show', `${fixture.fix}:test/cart.test.js`) } },
    ],
  ])('as %s are written over those of the state', async (_, testFiles) => {
    const files = await overlaid(testFiles);
    expect(files['test/cart.test.js']).toContain("test('adds'");
    expect(files['cart.js']).toContain('sum - price');
    expect(files).not.toHaveProperty('later.txt');
  });

  test('go where they belong, whatever the state has put there', async () => {
    const links = [{ path: 'test', target: '/etc' }, ...base.links];
    const files = base.files.filter(({ path }) => !path.startsWith('test/'));
    const content = { 'test/cart.test.js': { content: 'ours' }, 'cart.js/x': { content: 'below a file' } };
    const tree = await testFilesOf(await opened(), content, blobs);
    const made = await restored(withFiles({ ...base, files, links }, tree));
    expect(contentsOf(made)).toMatchObject({ 'test/cart.test.js': 'ours', 'cart.js/x': 'below a file' });
  });

  test('that a commit does not hold are refused by name', async () => {
    await expect(overlaid({ commit: fixture.fix, paths: ['spec'] })).rejects.toThrow('testFiles: there is no spec at');
  });
});
