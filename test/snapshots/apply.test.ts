/** Taking changes over: into the caller's files, all of them or none, and as a branch of his repository. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectiveChanges } from '../../src/client/changes.ts';
import { ChangesRefused } from '../../src/snapshots/refused.ts';
import { accepted, type Files, gitIn, repositoryWith, write } from '../support/accepted.ts';
import { entriesIn, temporaryFolder } from '../support/folders.ts';
import type { Content } from '../support/snapshots.ts';

/** Everything in a folder but `.git`, with modes and links. */
function seen(root: string): Files {
  const found: Files = {};
  for (const entry of entriesIn(root)) {
    const full = join(entry.parentPath, entry.name);
    const path = full.slice(root.length + 1);
    if (path === '.git' || path.startsWith('.git/')) continue;
    if (entry.isSymbolicLink()) found[path] = { link: readlinkSync(full) };
    else if (entry.isFile()) {
      const text = readFileSync(full, 'utf8');
      found[path] = lstatSync(full).mode & 0o100 ? { run: text } : text;
    } else if (readdirSync(full).length === 0) found[`${path}/`] = 'an empty folder';
  }
  return found;
}

const BEFORE: Files = { 'a.ts': 'a\n', 'b/c.ts': 'c\n', 'b/d.ts': 'd\n', 'e.sh': { run: 'e\n' }, l: { link: 'a.ts' } };
const AFTER: Files = { 'a.ts': 'A\n', 'e.sh': 'e\n', l: { link: 'e.sh' }, 'new/f.ts': 'f\n', b: 'a file now\n', m: { run: 'm\n' } }; // prettier-ignore

function relink(path: string): void {
  rmSync(path);
  symlinkSync('x', path);
}

describe('changes in the caller’s files', () => {
  test('are all there: files, folders that became files, modes, links; nothing else is touched', async () => {
    const root = write(temporaryFolder(), BEFORE);
    const { changes } = await accepted(root, [{ ...BEFORE, 'a.ts': 'half' }, AFTER]);
    writeFileSync(join(root, 'mine.txt'), 'written meanwhile');
    expect(await changes.applyToFiles()).toEqual({ added: 3, changed: 3, removed: 2, isUnneeded: false });
    expect(seen(root)).toEqual({ ...AFTER, 'mine.txt': 'written meanwhile' });
    // Once more is no mistake.
    expect(await changes.applyToFiles()).toMatchObject({ isUnneeded: true });
    expect(seen(root)).toEqual({ ...AFTER, 'mine.txt': 'written meanwhile' });
  });

  test('keep the bits that the caller gave his files', async () => {
    const root = write(temporaryFolder(), { secret: '1', 'run.sh': '1' });
    chmodSync(join(root, 'secret'), 0o600);
    chmodSync(join(root, 'run.sh'), 0o640);
    const { changes } = await accepted(root, [{ secret: '2', 'run.sh': { run: '1' } }]);
    await changes.applyToFiles();
    expect(['secret', 'run.sh'].map((path) => (lstatSync(join(root, path)).mode & 0o777).toString(8))).toEqual([
      '600',
      '750',
    ]);
  });

  test.each<[string, (root: string) => void, string, RegExp]>([
    ['has changed', (root) => writeFileSync(join(root, 'a.ts'), 'mine'), 'a.ts', /has changed since it was frozen/],
    ['is gone', (root) => rmSync(join(root, 'b/c.ts')), 'b/c.ts', /is gone/],
    ['has another mode', (root) => chmodSync(join(root, 'e.sh'), 0o644), 'e.sh', /mode has changed/],
    ['leads elsewhere', (root) => relink(join(root, 'l')), 'l', /leads elsewhere/],
    ['is a link now', (root) => relink(join(root, 'a.ts')), 'a.ts', /is a link now/],
    ['was added by the caller, too', (root) => writeFileSync(join(root, 'm'), 'mine'), 'm', /there already/],
    ['is below what is a file now', (root) => writeFileSync(join(root, 'new'), 'mine'), 'new/f.ts', /new is a file, not a folder/],
    ['is below a link', (root) => symlinkSync('/', join(root, 'new')), 'new/f.ts', /new is a link, not a folder/],
    ['takes a folder that holds something else', (root) => writeFileSync(join(root, 'b/mine'), 'x'), 'b', /other files are in this folder/],
  ])('are refused where one %s, and nothing is written', async (_, meddle, path, reason) => {
    const root = write(temporaryFolder(), BEFORE);
    const { changes } = await accepted(root, [AFTER]);
    meddle(root);
    const before = seen(root);
    const refusal = await changes.applyToFiles().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ChangesRefused);
    expect((refusal as ChangesRefused).paths).toEqual([{ path, reason: expect.stringMatching(reason) }]);
    expect(seen(root)).toEqual(before);
  }); // prettier-ignore

  test('are refused with every file that stands in the way', async () => {
    const root = write(temporaryFolder(), BEFORE);
    const { changes } = await accepted(root, [AFTER]);
    write(root, { 'a.ts': 'mine', 'b/d.ts': 'mine', m: 'mine' });
    const refusal = (await changes.applyToFiles().catch((error: unknown) => error)) as ChangesRefused;
    expect(refusal.paths.map(({ path }) => path)).toEqual(['a.ts', 'b/d.ts', 'm']);
    for (const path of ['a.ts', 'b/d.ts', 'm']) expect(refusal.message).toContain(`  ${path}: `);
  });

  test('of git directories and ignored files are left out', async () => {
    const root = repositoryWith({ '.gitignore': 'out/\n', 'a.ts': 'a' });
    const hooks = readdirSync(join(root, '.git/hooks'));
    const { changes } = await accepted(root, [
      { '.gitignore': 'out/\n', 'a.ts': 'b', 'out/x': 'x', '.git/hooks/post-checkout': { run: 'x' }, 'sub/.git/config': 'x' },
    ]);
    await changes.applyToFiles();
    expect(seen(root)).toEqual({ '.gitignore': 'out/\n', 'a.ts': 'b' });
    expect(readdirSync(join(root, '.git/hooks'))).toEqual(hooks);
    expect((await changes.changes()).hidden.map(({ path }) => path)).toEqual(['.git/hooks/post-checkout', 'out/x', 'sub/.git/config']);
  }); // prettier-ignore

  test('are all there or not at all, whatever the caller has done meanwhile', async () => {
    const path = fc.constantFrom('a', 'b', 'd/a', 'd/e/b', 'c');
    const content = fc.constantFrom<Content>('1', '2', { run: '1' }, { link: 'a' });
    const files = fc.dictionary(path, content);
    const meddling = fc.option(fc.tuple(fc.constantFrom('a', 'd/a', 'x', 'd/x', 'c/x'), fc.constantFrom('1', 'mine')));
    await fc.assert(
      fc.asyncProperty(files, files, meddling, async (before, after, meddled) => {
        const root = write(temporaryFolder(), before);
        const { changes } = await accepted(root, [after]);
        if (meddled) tryWriting(root, ...meddled);
        const was = seen(root);
        const outcome = await changes.applyToFiles().then(() => 'applied', (error: unknown) => error); // prettier-ignore
        const now = seen(root);
        if (outcome instanceof ChangesRefused) return void expect(now).toEqual(was);
        expect(outcome).toBe('applied');
        const mine = Object.entries(was).filter(([name]) => !(name in before) && !name.endsWith('/'));
        expect(now).toEqual({ ...after, ...Object.fromEntries(mine) });
      }),
      { numRuns: 150 },
    );
  });
});

function tryWriting(root: string, path: string, text: string): void {
  const parent = join(root, path, '..');
  if (lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() ?? true) {
    mkdirSync(parent, { recursive: true });
    if (!lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(join(root, path)))
      writeFileSync(join(root, path), text);
  }
}

describe('changes as a branch', () => {
  const FIRST: Files = { ...BEFORE, 'a.ts': 'half\n' };

  test('are a commit for each subtask on the commit that was frozen; files, index and branches stay', async () => {
    const root = repositoryWith(BEFORE);
    const { changes, set } = await accepted(root, [FIRST, FIRST, AFTER]);
    write(root, { 'later.ts': 'x' });
    gitIn(root, 'add', 'later.ts');
    gitIn(root, 'commit', '-qm', 'second');
    writeFileSync(join(root, 'staged.ts'), 'x');
    gitIn(root, 'add', 'staged.ts');
    const before = {
      files: seen(root),
      status: gitIn(root, 'status', '--porcelain'),
      head: gitIn(root, 'rev-parse', 'HEAD'),
    };
    const made = await changes.applyToBranch('agents/work');
    expect(made).toMatchObject({ branch: 'agents/work', parent: set.baseCommit });
    expect(gitIn(root, 'log', '--format=%s|%b|%an', 'agents/work')).toBe(
      'Step 3|Subtask: s3\n|Flotilla\nStep 1|Subtask: s1\n|Flotilla\nfirst||A Caller\n',
    );
    expect({
      files: seen(root),
      status: gitIn(root, 'status', '--porcelain'),
      head: gitIn(root, 'rev-parse', 'HEAD'),
    }).toEqual(before);
    expect(gitIn(root, 'branch', '--format=%(refname:short)')).toBe('agents/work\nmain\n');
    const copy = join(temporaryFolder(), 'copy');
    gitIn(root, 'worktree', 'add', '-q', copy, 'agents/work');
    rmSync(join(copy, '.git'));
    expect(seen(copy)).toEqual(AFTER);
  });

  test('of a folder below the top of a repository are in that folder', async () => {
    const root = repositoryWith({ 'top.ts': 't', 'packages/x/a.ts': 'a' });
    const { changes } = await accepted(join(root, 'packages/x'), [{ 'a.ts': 'b', 'c/d.ts': 'd' }]);
    await changes.applyToBranch('work');
    expect(gitIn(root, 'diff', '--name-status', 'main', 'work')).toBe('M\tpackages/x/a.ts\nA\tpackages/x/c/d.ts\n');
  });

  test('stand on HEAD where no commit was recorded', async () => {
    const root = repositoryWith({ 'a.ts': 'a' });
    const { set, blobs } = await accepted(root, [{ 'a.ts': 'b' }]);
    const { baseCommit: _, ...unrecorded } = set;
    await new ObjectiveChanges(unrecorded, blobs, process.env['PATH'] ?? '').applyToBranch('work');
    expect(gitIn(root, 'rev-parse', 'work^')).toBe(gitIn(root, 'rev-parse', 'main'));
  });

  test('are refused where what was frozen is not what is in the commit: names of all, no branch, no objects', async () => {
    const root = repositoryWith({ 'a.ts': 'a', 'b.ts': 'b', 'clean.ts': 'c', 'gone.ts': 'g', 'untouched.ts': 'u' });
    write(root, { 'a.ts': 'dirty', 'untouched.ts': 'dirty', 'untracked.ts': 'x' });
    chmodSync(join(root, 'b.ts'), 0o755);
    rmSync(join(root, 'gone.ts'));
    const objects = gitIn(root, 'count-objects');
    const { changes } = await accepted(root, [
      { 'a.ts': 'A', 'b.ts': { run: 'B' }, 'clean.ts': 'C', 'gone.ts': 'back', 'untouched.ts': 'dirty', 'untracked.ts': 'y' },
    ]);
    const refusal = (await changes.applyToBranch('work').catch((error: unknown) => error)) as ChangesRefused;
    expect(refusal).toBeInstanceOf(ChangesRefused);
    expect(refusal.paths.map(({ path }) => path)).toEqual(['a.ts', 'b.ts', 'gone.ts', 'untracked.ts']);
    expect(gitIn(root, 'branch', '--format=%(refname:short)')).toBe('main\n');
    expect(gitIn(root, 'count-objects')).toBe(objects);
  }); // prettier-ignore

  test('are refused below a submodule', async () => {
    const inner = repositoryWith({ 'x.ts': 'x' });
    const root = repositoryWith({ 'a.ts': 'a' });
    gitIn(root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner, 'module');
    gitIn(root, 'commit', '-qm', 'with a submodule');
    const gitmodules = readFileSync(join(root, '.gitmodules'), 'utf8');
    const { changes } = await accepted(root, [
      { 'a.ts': 'a', '.gitmodules': gitmodules, 'module/x.ts': 'y', 'module/new.ts': 'n' },
    ]);
    await expect(changes.applyToBranch('work')).rejects.toMatchObject({
      paths: ['module/new.ts', 'module/x.ts'].map((path) => ({
        path,
        reason: 'module is a file or a submodule there',
      })),
    });
  });

  test.each([
    ['main', /There is a branch main already/],
    ['a..b', /can't be the name of a branch/],
    ['-f', /can't be the name of a branch/],
    ['@{-1}', /can't be the name of a branch/],
    ['main/below', /main/],
  ])('are refused with the name %s', async (name, message) => {
    const root = repositoryWith({ 'a.ts': 'a' });
    const head = gitIn(root, 'rev-parse', 'main');
    const { changes } = await accepted(root, [{ 'a.ts': 'b' }]);
    await expect(changes.applyToBranch(name)).rejects.toThrow(message);
    expect(gitIn(root, 'for-each-ref', '--format=%(refname) %(objectname)')).toBe(`refs/heads/main ${head}`);
  });

  test('are refused where there is no repository, and where nothing was committed', async () => {
    const [none, empty] = [write(temporaryFolder(), { a: 'x' }), write(temporaryFolder(), { a: 'x' })];
    gitIn(empty, 'init', '-q');
    const branchOf = async (root: string) => (await accepted(root, [{ a: 'y' }])).changes.applyToBranch('work');
    await expect(branchOf(none)).rejects.toThrow(/is not in a git repository/);
    await expect(branchOf(empty)).rejects.toThrow(/has no commit yet/);
  });
});
