/** Accepted states as commits: what git makes of them is what was accepted, byte by byte. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CommitChain } from '../../src/snapshots/commits.ts';
import { refOf } from '../../src/store/blobs.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { type Content, newBlobs, snapshotOf } from '../support/snapshots.ts';

const PATH = process.env['PATH'] ?? '';
const git = (folder: string, ...args: string[]) => execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' });

async function chained(base: Record<string, Content>, ...states: Record<string, Content>[]) {
  const blobs = newBlobs();
  const refs = await Promise.all(states.map((files) => snapshotOf(blobs, files)));
  return CommitChain.make(
    blobs,
    {
      base: await snapshotOf(blobs, base),
      states: refs.map((ref, index) => ({ subtaskId: `s${index + 1}`, title: `Step ${index + 1}`, ref })),
    },
    PATH,
  );
}

const BYTES = Buffer.from([0, 1, 255, 10, 13, 10, 0]);
const ODD = 'odd "name"\\ with\ttab\nand line é';

describe('a chain of commits', () => {
  test('holds each state as it is: bytes, modes, links, odd names', async () => {
    const chain = await chained(
      { 'a.txt': 'one\r\n', 'gone/b': 'x', '.gitattributes': '* text eol=lf filter=evil\n' },
      { 'a.txt': 'two\r\n', '.gitattributes': '* text eol=lf filter=evil\n', [ODD]: 'odd', 'run.sh': { run: 'x' } },
      { 'a.txt': 'two\r\n', 'l': { link: '/etc/passwd' }, 'b.bin': BYTES, gone: 'a file now', [ODD]: 'odder' },
    ); // prettier-ignore
    const show = (commit: string, path: string) => execFileSync('git', ['-C', chain.folder, 'cat-file', 'blob', `${commit}:${path}`]);
    const [first, second] = chain.commits.map(({ commit }) => commit);
    expect(show(first ?? '', 'a.txt').toString()).toBe('two\r\n');
    expect(show(second ?? '', 'b.bin')).toEqual(BYTES);
    expect(show(second ?? '', ODD).toString()).toBe('odder');
    expect(git(chain.folder, 'ls-tree', '-r', '-z', second ?? '').split('\0').slice(0, -1).map((line) => line.replace(/ blob \S+\t/, ' '))).toEqual(
      ['100644 a.txt', '100644 b.bin', '100644 gone', '120000 l', `100644 ${ODD}`],
    );
    expect(git(chain.folder, 'log', '--format=%an|%s|%b', chain.last)).toBe(
      'Flotilla|Step 2|Subtask: s2\n\nFlotilla|Step 1|Subtask: s1\n\nFlotilla|As it was frozen|\n',
    );
    await chain.close();
    expect(existsSync(chain.folder)).toBe(false);
  }); // prettier-ignore

  test('of the same states is the same commits', async () => {
    const [one, other] = [await chained({ a: '1' }, { a: '2' }), await chained({ a: '1' }, { a: '2' })];
    expect(one.last).toBe(other.last);
  });

  test('of an object that is missing is a failure of the store, and no git waits for the rest', async () => {
    const blobs = newBlobs();
    const base = await snapshotOf(blobs, { a: '1', b: 'missing' });
    rmSync(blobs.pathOf(refOf('missing')));
    const making = CommitChain.make(blobs, { base, states: [] }, PATH);
    await expect(making).rejects.toMatchObject({ type: 'StoreCorrupt' });
  });

  test('leaves out what git can’t hold, and names it', async () => {
    const chain = await chained({ a: '1' }, { a: '2', 'sub/.git/hooks/x': { run: 'x' }, '.GIT': 'x' });
    expect(chain.leftOut.map(({ path }) => path)).toEqual(['.GIT', 'sub/.git/hooks/x']);
    expect(git(chain.folder, 'ls-tree', '-r', '--name-only', chain.last)).toBe('a\n');
  });

  test('has a difference for each subtask and for all, with lines counted', async () => {
    const chain = await chained({ a: '1\n2\n' }, { a: '1\n3\n' }, { a: '1\n3\n', b: BYTES, c: '4\n' });
    const around = chain.around('s1');
    const diff = (await chain.diff(around?.from ?? '', around?.to ?? '')).toString();
    expect(diff).toMatch(/^diff --git a\/a b\/a\n[^]*-2\n\+3\n$/);
    expect(await chain.stat(chain.baseCommit, chain.last)).toEqual([
      { path: 'a', added: 1, removed: 1 },
      { path: 'b', added: null, removed: null },
      { path: 'c', added: 1, removed: 0 },
    ]);
    expect(chain.around('nobody')).toBeUndefined();
  });

  test('as a patch is what `git apply` makes of the base', async () => {
    const chain = await chained(
      { 'a.txt': 'one\r\ntwo\r\n', b: BYTES, 'gone/c': 'x\n', 'run.sh': 'x\n' },
      { 'a.txt': 'one\r\nTWO\r\n', b: Buffer.concat([BYTES, BYTES]), gone: 'no last line feed', 'run.sh': { run: 'x\n' }, l: { link: 'b' }, [ODD]: 'odd' },
    ); // prettier-ignore
    const root = folderWith({ 'a.txt': 'one\r\ntwo\r\n', b: BYTES, 'gone/c': 'x\n', 'run.sh': 'x\n' });
    const patch = join(temporaryFolder(), 'all.patch');
    writeFileSync(patch, await chain.diff(chain.baseCommit, chain.last, { isWhole: true }));
    git(root, 'apply', patch);
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\r\nTWO\r\n');
    expect(readFileSync(join(root, 'b'))).toEqual(Buffer.concat([BYTES, BYTES]));
    expect(readFileSync(join(root, 'gone'), 'utf8')).toBe('no last line feed');
    expect(readFileSync(join(root, ODD), 'utf8')).toBe('odd');
    expect(statSync(join(root, 'run.sh')).mode & 0o100).toBe(0o100);
    expect(readlinkSync(join(root, 'l'))).toBe('b');
  });
});
