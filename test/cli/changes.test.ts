/** `flotilla diff` and `flotilla apply`: what they say and leave, in the caller's own repository. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { applyChanges, type ApplyFlags, showDiff } from '../../src/cli/commands/changes.ts';
import { toldOf } from '../../src/cli/errors.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { changeSetOf, type ObjectiveChanges } from '../../src/client/changes.ts';
import type { Progress } from '../../src/contracts/objective.ts';
import { accepted, type Files, gitIn, repositoryWith } from '../support/accepted.ts';
import { temporaryFolder } from '../support/folders.ts';

const BEFORE: Files = {
  '.gitignore': 'dist/\n',
  'src/a.ts': 'one\ntwo\n',
  'test/a.test.ts': 't\n',
  'logo.png': Buffer.from([0, 1]),
};
const FIRST: Files = { ...BEFORE, 'src/a.ts': 'one\n2\n', 'dist/a.js': 'built\n' };
const SECOND: Files = {
  ...FIRST,
  'test/a.test.ts': 'T\n',
  'logo.png': Buffer.from([0, 2]),
  'src/\u001b[31mred.ts': 'r\n',
};

async function said(work: (terminal: Terminal) => Promise<number>) {
  const [out, errors] = [new PassThrough(), new PassThrough()];
  const terminal = new Terminal(...([out, errors] as unknown as [NodeJS.WriteStream, NodeJS.WriteStream]));
  let exitCode: number;
  try {
    exitCode = await work(terminal);
  } catch (error) {
    const told = toldOf(error);
    terminal.errorText(told.message);
    exitCode = told.exitCode;
  }
  return { exitCode, stdout: textOf(out), stderr: textOf(errors) };
}

const textOf = (stream: PassThrough): string => String(stream.read() ?? '');
const diff = (changes: ObjectiveChanges, subtask?: string, isStat = false) =>
  said((terminal) => showDiff(terminal, changes, subtask, isStat));
const apply = (changes: ObjectiveChanges, flags: ApplyFlags = {}) =>
  said((terminal) => applyChanges(terminal, changes, flags));

async function inRepository() {
  const root = repositoryWith(BEFORE);
  const { changes, set, blobs } = await accepted(root, [FIRST, SECOND]);
  set.commits[1]?.touchesProtected.push('test/a.test.ts');
  return { root, changes, set, blobs };
}

describe('flotilla diff', () => {
  test('shows all changes, unified, and what a person should know beside them', async () => {
    const { changes } = await inRepository();
    const { exitCode, stdout, stderr } = await diff(changes);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n');
    expect(stdout).toContain('Binary files a/logo.png and b/logo.png differ');
    expect(stdout).not.toContain('dist/a.js');
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toBe(
      'Left out: dist/a.js (it is ignored).\nLook at these, for they say what is right: test/a.test.ts.\n',
    );
  });

  test('of one subtask shows what it did; of one that is none, which there are', async () => {
    const { changes } = await inRepository();
    const { stdout } = await diff(changes, 's2');
    expect(stdout).toContain('+T\n');
    expect(stdout).not.toContain('src/a.ts');
    expect(await diff(changes, 'nobody')).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: 'No changes of a subtask "nobody" were accepted. Those of these were: s1, s2.\n',
    });
  });

  test('--stat names files and counts lines', async () => {
    const { changes } = await inRepository();
    const { stdout } = await diff(changes, undefined, true);
    expect(stdout.split('\n')).toEqual([
      '       binary  logo.png',
      '    +1     -0  src/\\u{1b}[31mred.ts',
      '    +1     -1  src/a.ts',
      '    +1     -1  test/a.test.ts',
      '4 files changed.',
      '',
    ]);
  });
});

describe('flotilla apply', () => {
  test('writes the files, and says how many', async () => {
    const { root, changes } = await inRepository();
    const { exitCode, stdout } = await apply(changes);
    expect([exitCode, stdout]).toEqual([0, `1 file added, 3 changed, 0 removed in ${root}.\n`]);
    expect(readFileSync(join(root, 'src/a.ts'), 'utf8')).toBe('one\n2\n');
    expect(existsSync(join(root, 'dist'))).toBe(false);
  });

  test('refuses where a file is not as it was frozen, names it, and writes nothing', async () => {
    const { root, changes } = await inRepository();
    writeFileSync(join(root, 'src/a.ts'), 'mine\n');
    const { exitCode, stdout, stderr } = await apply(changes);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/Nothing was written\.\n {2}src\/a.ts: it has changed since it was frozen\n.*--patch FILE/);
    expect(gitIn(root, 'status', '--porcelain')).toBe(' M src/a.ts\n');
  });

  test('--branch makes a branch and says what it stands on', async () => {
    const { root, changes } = await inRepository();
    const head = gitIn(root, 'rev-parse', '--short=12', 'HEAD').trim();
    const { exitCode, stdout } = await apply(changes, { branch: 'work' });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`Branch work: 2 commits on top of ${head} in ${root}. It is not checked out.\n`);
    expect(gitIn(root, 'status', '--porcelain')).toBe('');
    expect((await apply(changes, { branch: 'work' })).stderr).toMatch(/There is a branch work already/);
  });

  test('--patch writes what git applies', async () => {
    const { root, changes } = await inRepository();
    const file = join(temporaryFolder(), 'all.patch');
    expect((await apply(changes, { patch: file })).stdout).toContain(`Written to ${file}.`);
    expect(gitIn(root, 'status', '--porcelain')).toBe('');
    gitIn(root, 'apply', '--index', file);
    expect(readFileSync(join(root, 'logo.png'))).toEqual(Buffer.from([0, 2]));
    expect(gitIn(root, 'diff', '--cached', '--name-only').split('\n')).toHaveLength(5);
  });

  test('takes one way at a time', async () => {
    const { changes } = await inRepository();
    expect(await apply(changes, { branch: 'a', patch: 'b' })).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

test('an objective that changed nothing has no changes, one that did has those in its progress', async () => {
  const { set } = await inRepository();
  const progress = (more: object) => more as Progress;
  expect(changeSetOf(progress({}))).toBeNull();
  const { commits, ...origin } = set;
  const merged = commits.map(({ touchesProtected, ...commit }) => ({ ...commit, protected: touchesProtected }));
  expect(changeSetOf(progress({ merged, origin }))).toEqual(set);
});
