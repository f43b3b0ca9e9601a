/**
 * Everything by which files can make git start a program, put into a workspace and into the caller's own repository: none of it runs, whatever
 * is done with the files. Each would leave its name in a folder.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { freeze } from '../../activities/workspace/freeze.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { mergeSnapshots } from '../../src/snapshots/merge.ts';
import { restore } from '../../src/snapshots/restore.ts';
import { SnapshotTaker } from '../../src/snapshots/take.ts';
import { baseCommitOf } from '../../src/workspace/base-commit.ts';
import { accepted, type Files, gitIn, PATH, repositoryWith, write } from '../support/accepted.ts';
import { FolderPod } from '../support/folder-pod.ts';
import { temporaryFolder } from '../support/folders.ts';
import { newBlobs, snapshotOf } from '../support/snapshots.ts';

let ran = '';
/** Programs that leave their names. */
let bin = '';

beforeEach(() => {
  ran = temporaryFolder('flotilla-ran');
  bin = temporaryFolder('flotilla-bin');
});

const whatRan = (): string[] => readdirSync(ran).toSorted();

/** A program that says that it ran, and then passes its input on, as a filter would. */
function evil(name: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\n: > '${ran}/${name}'\ncat 2>/dev/null\n`);
  chmodSync(path, 0o755);
  return path;
}

const HOOKS = ['applypatch-msg', 'pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit', 'post-checkout', 'post-merge', 'pre-rebase', 'pre-auto-gc', 'post-rewrite', 'post-index-change', 'reference-transaction', 'fsmonitor-watchman', 'pre-push', 'pre-merge-commit', 'proc-receive']; // prettier-ignore

/** What a repository's configuration can start. */
const config = (where: string): [string, string][] => [
  ['core.fsmonitor', evil(`${where}-fsmonitor`)],
  ['core.pager', evil(`${where}-pager`)],
  ['core.editor', evil(`${where}-editor`)],
  ['core.sshCommand', evil(`${where}-ssh`)],
  ['core.askPass', evil(`${where}-askpass`)],
  ['core.alternateRefsCommand', evil(`${where}-alternates`)],
  ['credential.helper', evil(`${where}-credential`)],
  ['gpg.program', evil(`${where}-gpg`)],
  ['commit.gpgSign', 'true'],
  ['diff.external', evil(`${where}-external`)],
  ['diff.evil.command', evil(`${where}-diff-command`)],
  ['diff.evil.textconv', evil(`${where}-textconv`)],
  ['merge.evil.driver', `${evil(`${where}-merge-driver`)} %O %A %B`],
  ['filter.evil.clean', evil(`${where}-clean`)],
  ['filter.evil.smudge', evil(`${where}-smudge`)],
  ['filter.evil.process', evil(`${where}-process`)],
  ['filter.evil.required', 'true'],
  ['alias.rev-parse', `!${evil(`${where}-alias`)}`],
  ['interactive.diffFilter', evil(`${where}-diff-filter`)],
  ['uploadpack.packObjectsHook', evil(`${where}-pack-objects`)],
];

/** As files of a workspace: at its top, nested, as a submodule, under other names. */
function hostileFiles(): Files {
  const text = config('agent')
    .map(([key, value]) => {
      const parts = key.split('.');
      const name = parts.pop() ?? '';
      const [section = '', ...sub] = parts;
      return `[${section}${sub.length > 0 ? ` "${sub.join('.')}"` : ''}]\n\t${name} = ${value}\n`;
    })
    .join('');
  const files: Files = {
    '.gitattributes': '* filter=evil diff=evil merge=evil text\n',
    'sub/.gitattributes': '* filter=evil diff=evil merge=evil ident\n',
    '.gitmodules': `[submodule "module"]\n\tpath = module\n\turl = ext::${evil('agent-url')}\n\tupdate = !${evil('agent-update')}\n`,
    '.gitconfig': text,
    '.config/git/config': text,
    'module/.git': 'gitdir: ../nested/.git\n',
  };
  for (const git of ['.git', 'nested/.git', '.GIT', 'bare.git']) {
    files[`${git}/HEAD`] = 'ref: refs/heads/main\n';
    files[`${git}/config`] =
      `[core]\n\trepositoryformatversion = 0\n\tbare = ${git === 'bare.git'}\n\thooksPath = hooks\n${text}`;
    files[`${git}/info/attributes`] = '* filter=evil diff=evil merge=evil\n';
    files[`${git}/objects/info/alternates`] = '/nonexistent\n';
    files[`${git}/refs/heads/.keep`] = '';
    for (const hook of HOOKS) files[`${git}/hooks/${hook}`] = { run: readFileSync(evil(`agent-${hook}`), 'utf8') };
  }
  return files;
}

const CODE: Files = { 'a.txt': '1\n2\n3\n4\n5\n', 'sub/b.txt': 'b\n', 'gone.txt': 'g\n', 'nested/c.txt': 'c\n' };
const CHANGED: Files = { ...CODE, 'a.txt': '1\n2\n3\n4\nFIVE\n', 'sub/b.txt': 'B\n', 'new.txt': 'n\n' };

test('the programs do run where git is let loose: what is asserted below is not for want of them', () => {
  const root = repositoryWith(CODE);
  for (const [key, value] of config('caller')) gitIn(root, 'config', key, value);
  write(root, {
    '.gitattributes': '* filter=evil diff=evil\n',
    '.git/hooks/reference-transaction': { run: readFileSync(evil('caller-hook'), 'utf8') },
  });
  writeFileSync(join(root, 'a.txt'), 'changed\n');
  for (const args of [['status'], ['diff'], ['add', '-A'], ['update-ref', 'refs/heads/other', 'HEAD']]) {
    try {
      gitIn(root, ...args);
    } catch {
      // A program that does not speak the protocol of its place ends git.
    }
  }
  expect(whatRan()).toEqual(['caller-fsmonitor', 'caller-hook', 'caller-process']);
});

test('freezing a repository that would run everything runs nothing', async () => {
  const root = repositoryWith(CODE);
  for (const [key, value] of config('caller')) gitIn(root, 'config', key, value);
  for (const hook of HOOKS)
    write(root, { [`.git/hooks/${hook}`]: { run: readFileSync(evil(`caller-${hook}`), 'utf8') } });
  write(root, { '.gitattributes': '* filter=evil diff=evil merge=evil\n' });
  const blobs = newBlobs();
  await freeze(blobs, root);
  expect(await baseCommitOf(root, PATH)).toMatch(/^[0-9a-f]{40}$/);
  expect(whatRan()).toEqual([]);
});

test('taking, restoring and merging hostile files runs nothing', async () => {
  const blobs = newBlobs();
  const base = await snapshotOf(blobs, CODE);
  const folder = join(temporaryFolder(), 'w');
  await restore(blobs, await blobs.getJson(base, ManifestSchema), folder);
  const signal = new AbortController().signal;
  const taker = await SnapshotTaker.open(new FolderPod(folder), blobs, { ref: base, skip: [], signal });
  write(folder, { ...hostileFiles(), ...CHANGED });
  const { ref } = await taker.take(signal);
  const theirs = await snapshotOf(blobs, { ...CODE, ...hostileFiles(), 'a.txt': 'ONE\n2\n3\n4\n5\n' });
  const merge = await mergeSnapshots(blobs, { base, ours: ref, theirs, path: PATH });
  if (!('ref' in merge)) throw new Error(JSON.stringify(merge.conflicts));
  const manifest = await blobs.getJson(merge.ref, ManifestSchema);
  await restore(blobs, manifest, join(temporaryFolder(), 'w'));
  const text = manifest.files.find(({ path }) => path === 'a.txt');
  expect(await blobs.getText(text?.blob ?? '')).toBe('ONE\n2\n3\n4\nFIVE\n');
  expect(manifest.files.map(({ path }) => path)).toContain('.git/hooks/pre-commit');
  const clash = await snapshotOf(blobs, { ...CODE, ...hostileFiles(), 'a.txt': '1\n2\n3\n4\nfive\n' });
  expect(await mergeSnapshots(blobs, { base, ours: ref, theirs: clash, path: PATH })).toMatchObject({ total: 1 });
  expect(whatRan()).toEqual([]);
});

test('showing, patching, branching and applying hostile files runs nothing, though the caller’s repository knows the drivers', async () => {
  const root = repositoryWith(CODE);
  const { changes } = await accepted(root, [{ ...CODE, ...hostileFiles() }, { ...CHANGED, ...hostileFiles() }]);
  for (const [key, value] of config('caller')) gitIn(root, 'config', key, value);
  for (const hook of HOOKS) write(root, { [`.git/hooks/${hook}`]: { run: readFileSync(evil(`caller-${hook}`), 'utf8') } });
  mkdirSync(join(root, '.git/info'), { recursive: true });
  writeFileSync(join(root, '.git/info/attributes'), '* filter=evil diff=evil merge=evil\n');
  const repository = { config: readFileSync(join(root, '.git/config'), 'utf8'), hooks: readdirSync(join(root, '.git/hooks')) };

  expect(await changes.diff()).toContain('+FIVE');
  expect(await changes.diff('s2')).toContain('+FIVE');
  expect((await changes.stat()).map(({ path }) => path)).toContain('a.txt');
  expect((await changes.patch()).toString()).not.toMatch(/^\+\+\+ b\/(.*\/)?\.git\//im);
  const { commits } = await changes.applyToBranch('work');
  expect(commits).toHaveLength(2);
  await changes.applyToFiles();

  expect(whatRan()).toEqual([]);
  expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('1\n2\n3\n4\nFIVE\n');
  expect({ config: readFileSync(join(root, '.git/config'), 'utf8'), hooks: readdirSync(join(root, '.git/hooks')) }).toEqual(repository);
  expect(readdirSync(join(root, 'nested'))).toEqual(['c.txt']);
  const stdout = gitIn(root, '-c', 'core.fsmonitor=false', '-c', 'alias.rev-parse=', 'ls-tree', '-r', '--name-only', 'work');
  expect(stdout.split('\n').filter((path) => path.split('/').some((part) => part.toLowerCase() === '.git'))).toEqual([]);
}); // prettier-ignore
