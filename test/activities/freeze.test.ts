import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { freeze } from '../../activities/workspace/freeze.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { baseCommitOf } from '../../src/workspace/base-commit.ts';
import { Included, includeProblem } from '../../src/workspace/included.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { frozen } from '../support/workspace.ts';

const pathsOf = ({ workspace }: Awaited<ReturnType<typeof frozen>>) => workspace.manifest.files.map(({ path }) => path);
const reasonsOf = ({ workspace }: Awaited<ReturnType<typeof frozen>>) =>
  Object.fromEntries(workspace.manifest.leftOut.map(({ path, reason }) => [path, reason]));

describe('a frozen workspace', () => {
  test('holds what git would track, and nothing that is ignored, at any depth', async () => {
    const files = {
      '.gitignore': '*.log\nbuild/\n!keep.log\n',
      'a.ts': 'a',
      'x.log': '',
      'keep.log': '',
      'build/out.js': '',
      'sub/.gitignore': 'local.txt\n!*.log\n/rooted\n',
      'sub/local.txt': '',
      'sub/y.log': '',
      'sub/rooted': '',
      'sub/deep/rooted': '',
      'sub/deep/local.txt': '',
      '.git/config': 'never',
      '.github/ci.yml': 'hidden files count',
    };
    const root = folderWith(files);
    rmSync(join(root, '.git'), { recursive: true });
    execFileSync('git', ['init', '-q', root]);
    const tracked = execFileSync('git', ['-C', root, 'ls-files', '--others', '--exclude-standard'], {
      encoding: 'utf8',
    });
    const frozenPaths = pathsOf(await frozen(root));
    expect(frozenPaths).toEqual(tracked.trim().split('\n').toSorted());
    expect(frozenPaths).toEqual([
      '.github/ci.yml',
      '.gitignore',
      'a.ts',
      'keep.log',
      'sub/.gitignore',
      'sub/deep/rooted',
      'sub/y.log',
    ]);
  });

  test('is the same reference for the same files, and another for any change', async () => {
    const same = [await frozen({ 'a.ts': '1', 'b/c.ts': '2' }), await frozen({ 'b/c.ts': '2', 'a.ts': '1' })];
    expect(same[0]?.summary.workspaceRef).toBe(same[1]?.summary.workspaceRef);
    expect((await frozen({ 'a.ts': '1', 'b/c.ts': '3' })).summary.workspaceRef).not.toBe(same[0]?.summary.workspaceRef);
  });

  test('does not change with the directory it came from', async () => {
    const { root, workspace } = await frozen({ 'a.ts': 'before' });
    writeFileSync(join(root, 'a.ts'), 'after');
    expect((await workspace.text(workspace.file('a.ts'))).text).toBe('before');
  });

  test('takes links as links, leaves out pipes and sockets by name, and follows none', async () => {
    const root = folderWith({ 'real.ts': 'x', 'outside-target/secret': 's' });
    symlinkSync('/etc/passwd', join(root, 'passwd'));
    symlinkSync('/etc', join(root, 'etc'));
    symlinkSync('real.ts', join(root, 'alias.ts'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const socket = createServer().listen(join(root, 'sock'));
    await new Promise((resolve) => socket.once('listening', resolve));
    const result = await frozen(root);
    socket.close();
    expect(pathsOf(result)).toEqual(['outside-target/secret', 'real.ts']);
    expect(result.workspace.manifest.links).toEqual([
      { path: 'alias.ts', target: 'real.ts' },
      { path: 'etc', target: '/etc' },
      { path: 'passwd', target: '/etc/passwd' },
    ]);
    expect(reasonsOf(result)).toEqual({
      'alias.ts': 'it is a symbolic link, and links are not followed',
      etc: 'it is a symbolic link, and links are not followed',
      passwd: 'it is a symbolic link, and links are not followed',
      pipe: 'it is a named pipe',
      sock: 'it is a socket',
    });
  });

  test('names files and folders that can’t be read, and takes the rest', () => {
    const root = folderWith({ 'open.ts': 'x', 'closed.ts': 'x', 'shut/inside.ts': 'x' });
    const script = `
      import { freeze } from '${join(import.meta.dirname, '../../activities/workspace/freeze.ts')}';
      import { FrozenWorkspace } from '${join(import.meta.dirname, '../../activities/workspace/frozen.ts')}';
      import { Blobs } from '${join(import.meta.dirname, '../../src/store/blobs.ts')}';
      import { chmodSync } from 'node:fs';
      const [root, store] = process.argv.slice(1);
      chmodSync(root + '/closed.ts', 0); chmodSync(root + '/shut', 0); chmodSync(root, 0o755); chmodSync(store, 0o777);
      // Root reads everything: whoever runs this, it runs as nobody.
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
      const blobs = new Blobs(store + '/blobs');
      const { manifest } = await FrozenWorkspace.load(blobs, (await freeze(blobs, root)).workspaceRef);
      console.log(JSON.stringify([manifest.files.map((f) => f.path), manifest.leftOut]));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, root, temporaryFolder()],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr.replace(/.*ExperimentalWarning.*\n.*\n/, '')).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      ['open.ts'],
      [
        { path: 'closed.ts', reason: "it can't be read (EACCES)" },
        { path: 'shut', reason: "the folder can't be read (EACCES)" },
      ],
    ]);
  });

  test('keeps bytes as they are: binary, not UTF-8, empty, executable, odd names', async () => {
    const bytes = Buffer.from([0, 1, 2, 255, 254]);
    const root = folderWith({
      'a.bin': bytes,
      'latin.txt': Buffer.from([0xe9, 0x0a]),
      empty: '',
      'with "quotes"\n and lines.ts': 'x',
    });
    execFileSync('chmod', ['+x', join(root, 'empty')]);
    const { workspace, blobs } = await frozen(root);
    expect(await blobs.get(workspace.file('a.bin').blob)).toEqual(bytes);
    expect(workspace.file('a.bin').isBinary).toBe(true);
    expect(await workspace.text(workspace.file('latin.txt'))).toEqual({ text: '\uFFFD\n', isLossy: true });
    expect(workspace.file('empty')).toMatchObject({ bytes: 0, isExecutable: true });
    expect(workspace.file('with "quotes"\n and lines.ts').bytes).toBe(1);
  });

  test.each([
    ['more files', { maxFiles: 2, maxFileBytes: 100, maxTotalBytes: 100 }, /more than 2 files/],
    ['more bytes', { maxFiles: 10, maxFileBytes: 100, maxTotalBytes: 2 }, /more than 2 bytes/],
  ])('with %s than allowed is a failure that says so', async (_, bounds, message) => {
    const root = folderWith({ a: '1', b: '2', c: '3' });
    await expect(freeze(new Blobs(temporaryFolder()), root, { bounds })).rejects.toMatchObject({
      type: 'WorkspaceTooLarge',
      message: expect.stringMatching(message),
    });
  });

  test('leaves out one file that is too large, by name', async () => {
    const root = folderWith({ big: 'x'.repeat(101), small: 'x' });
    const blobs = new Blobs(temporaryFolder());
    const { files, leftOut } = await freeze(blobs, root, {
      bounds: { maxFiles: 10, maxFileBytes: 100, maxTotalBytes: 1000 },
    });
    expect([files, leftOut]).toEqual([1, 1]);
  });

  test.each([
    ['is not there', '/nowhere/at/all'],
    ['is a file', '/etc/hostname'],
  ])('that %s is a failure with its path', async (_, path) => {
    await expect(freeze(new Blobs(temporaryFolder()), path)).rejects.toMatchObject({
      type: 'WorkspaceUnavailable',
      message: expect.stringContaining(path),
    });
  });

  test('of ten thousand files is whole', async () => {
    const root = temporaryFolder();
    for (let folder = 0; folder < 100; folder += 1) {
      mkdirSync(join(root, `d${folder}`));
      for (let file = 0; file < 100; file += 1)
        writeFileSync(join(root, `d${folder}`, `f${file}`), `${folder}/${file}`);
    }
    const { summary, workspace } = await frozen(root);
    expect(summary.files).toBe(10_000);
    expect((await workspace.text(workspace.file('d42/f7'))).text).toBe('42/7');
  });
});

describe('what is included in a frozen workspace', () => {
  const FILES = {
    '.gitignore': '.env*\n/dist/\nnode_modules/\n',
    'a.ts': 'a',
    '.env': 'A=1',
    '.env.local': 'B=1',
    'sub/.env': 'C=1',
    'dist/deep/er/main.js': 'm',
    'dist/deep/other.txt': 'o',
    'dist/.git/config': 'never',
    'node_modules/x/index.js': 'x',
    'node_modules/x/y/.env': 'D=1',
  };
  const NOT_IGNORED = ['.gitignore', 'a.ts'];

  test.each<[string[], string[]]>([
    [[], []],
    [['.env'], ['.env']],
    [['.env*'], ['.env', '.env.local']],
    [['**/.env'], ['.env', 'node_modules/x/y/.env', 'sub/.env']],
    [['dist'], ['dist/deep/er/main.js', 'dist/deep/other.txt']],
    [['dist/'], ['dist/deep/er/main.js', 'dist/deep/other.txt']],
    [['dist/**/*.js'], ['dist/deep/er/main.js']],
    [
      ['dist/deep/*.txt', 'node_modules/*/index.js'],
      ['dist/deep/other.txt', 'node_modules/x/index.js'],
    ],
    [['a.ts', 'nothing/here'], []],
  ])('%j', async (include, more) => {
    const blobs = new Blobs(temporaryFolder());
    const { workspaceRef } = await freeze(blobs, folderWith(FILES), { include });
    const { files } = await blobs.getJson(workspaceRef, ManifestSchema);
    expect(files.map(({ path }) => path)).toEqual([...NOT_IGNORED, ...more].toSorted());
  });

  test.each([['../x'], ['/etc/passwd'], ['!a'], [''], ['a\0'], ['a/../../b'], ['a//b']])(
    '%j is refused, with what would do',
    (glob) => expect(includeProblem([glob])).toEqual(expect.stringContaining(JSON.stringify(glob))),
  );

  test('enters no ignored folder for a name that can’t be there', () => {
    const included = new Included(['dist/deep/*.js', '.env']);
    const entered = ['dist', 'dist/deep', 'dist/other', 'dist/deep/er', 'node_modules', 'x/dist'];
    expect(entered.filter((folder) => included.mayHold(folder))).toEqual(['dist', 'dist/deep']);
  });
});

describe('a workspace that can’t be taken', () => {
  test('of too many bytes is refused before anything is copied, and its largest folders are named', async () => {
    const root = folderWith({ 'media/film': '', 'other/film': '', small: 'x' });
    truncateSync(join(root, 'media/film'), 19_000_000);
    truncateSync(join(root, 'other/film'), 2_000_000);
    const store = temporaryFolder();
    const bounds = { maxFiles: 10, maxFileBytes: 20_000_000, maxTotalBytes: 20_000_000 };
    await expect(freeze(new Blobs(store), root, { bounds })).rejects.toMatchObject({
      type: 'WorkspaceTooLarge',
      message: expect.stringMatching(/more than 20,000,000 bytes.*media\/ 19,000,000, other\/ 2,000,000, small 1/),
    });
    expect(readdirSync(store)).toEqual([]);
  });

  test('never waits for what lies in the place of an ignore file, and follows no link there', async () => {
    const root = folderWith({ 'a.ts': 'a', 'sub/b.ts': 'b', '.git/info/x': '' });
    execFileSync('mkfifo', [join(root, '.gitignore'), join(root, '.git/info/exclude')]);
    writeFileSync(join(root, 'rules'), '*.ts\n');
    symlinkSync('../rules', join(root, 'sub/.gitignore'));
    expect(pathsOf(await frozen(root))).toEqual(['a.ts', 'rules', 'sub/b.ts']);
  });

  test('a folder that can’t be read as a whole is unavailable', () => {
    const root = folderWith({ 'a.ts': 'x' });
    const script = `
      import { freeze } from '${join(import.meta.dirname, '../../activities/workspace/freeze.ts')}';
      import { Blobs } from '${join(import.meta.dirname, '../../src/store/blobs.ts')}';
      import { chmodSync } from 'node:fs';
      const root = process.argv[1];
      chmodSync(root, 0o100);
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
      await freeze(new Blobs(root), root).catch((error) => console.log(error.type, error.message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, root], { encoding: 'utf8' });
    expect(stdout).toBe(`WorkspaceUnavailable The workspace ${root} can't be opened (EACCES).\n`);
  });
});

describe('the commit that a workspace stands on', () => {
  const PATH = process.env['PATH'] ?? '';
  const git = (root: string, ...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
      encoding: 'utf8',
    }).trim();

  test('is told where there is one, from a folder of the repository, too; submodules are names', async () => {
    const root = folderWith({
      'a.ts': 'a',
      'sub/b.ts': 'b',
      'module/.git': 'gitdir: ../.git/modules/m',
      'module/c': '',
    });
    expect(await baseCommitOf(root, PATH)).toBeUndefined();
    git(root, 'init', '-q');
    expect(await baseCommitOf(root, PATH)).toBeUndefined();
    git(root, 'add', 'a.ts', 'sub');
    git(root, 'commit', '-qm', 'first');
    const head = git(root, 'rev-parse', 'HEAD');
    writeFileSync(join(root, 'a.ts'), 'dirty');
    expect(await baseCommitOf(root, PATH)).toBe(head);
    expect(await baseCommitOf(join(root, 'sub'), PATH)).toBe(head);
    const { workspace } = await frozen(root);
    expect((await workspace.text(workspace.file('a.ts'))).text).toBe('dirty');
    expect(workspace.manifest.files.map(({ path }) => path)).toEqual(['a.ts', 'module/c', 'sub/b.ts']);
  });

  test('is not told where there is no git', async () => {
    expect(await baseCommitOf(folderWith({}), '/nonexistent')).toBeUndefined();
  });
});
