/** Snapshots of a pod: what is there, brought in by hash, whatever is said of it. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import type { ScanResult } from '../../src/pod/protocol.ts';
import { restore } from '../../src/snapshots/restore.ts';
import { SnapshotTaker } from '../../src/snapshots/take.ts';
import { FolderPod } from '../support/folder-pod.ts';
import { entriesIn, temporaryFolder } from '../support/folders.ts';
import { type Content, contentOf, newBlobs, snapshotOf } from '../support/snapshots.ts';

const signal = new AbortController().signal;
const BIG = Buffer.alloc(2_500_000, 'abcdefg');

async function opened(files: Record<string, Content>) {
  const blobs = newBlobs();
  const ref = await snapshotOf(blobs, files);
  const folder = join(temporaryFolder(), 'w');
  await restore(blobs, await blobs.getJson(ref, ManifestSchema), folder);
  const pod = new FolderPod(folder);
  const taker = await SnapshotTaker.open(pod, blobs, { ref, skip: [], signal });
  const contents = async () => contentOf(blobs, (await taker.take(signal)).ref);
  const at = (path: string) => join(folder, path);
  return { blobs, ref, folder, pod, taker, contents, at };
}

const readsOf = (pod: FolderPod) => pod.asked.filter(({ name }) => name === 'read').length;

describe('a snapshot', () => {
  test('of a workspace that nothing changed is the one before, and reads nothing', async () => {
    const { ref, pod, taker } = await opened({ 'a.ts': 'a', l: { link: 'a.ts' }, 'b/c.sh': { run: 'x' } });
    expect((await taker.take(signal)).ref).toBe(ref);
    expect(readsOf(pod)).toBe(0);
  });

  test('holds what was added, changed, removed, made runnable and linked, turn after turn', async () => {
    const { contents, pod, at } = await opened({ 'a.ts': 'a', 'b/c.ts': 'c', 'd.ts': 'd', 'e.sh': 'e' });
    writeFileSync(at('a.ts'), 'A');
    writeFileSync(at('big.bin'), BIG);
    writeFileSync(at('empty'), '');
    rmSync(at('b'), { recursive: true });
    writeFileSync(at('b'), 'a file now');
    chmodSync(at('e.sh'), 0o755);
    symlinkSync('/etc/passwd', at('l'));
    const first = { 'a.ts': 'A', 'd.ts': 'd', 'e.sh': { run: 'e' }, 'big.bin': BIG.toString(), empty: '', b: 'a file now', 'l': { link: '/etc/passwd' } }; // prettier-ignore
    expect(await contents()).toEqual(first);
    rmSync(at('l'));
    rmSync(at('d.ts'));
    symlinkSync('a.ts', at('d.ts'));
    mkdirSync(at('l'));
    writeFileSync(at('l/inside'), 'x');
    const { l: _, ...rest } = first;
    expect(await contents()).toEqual({ ...rest, 'd.ts': { link: 'a.ts' }, 'l/inside': 'x' });
    expect(pod.asked.filter(({ name }) => name === 'scan').map(({ args }) => args)).toEqual([
      { seen: null },
      { seen: 1 },
    ]);
  });

  test('names links as left out, so that readers can say why they see none', async () => {
    const { taker, at } = await opened({ 'a.ts': 'a' });
    symlinkSync('a.ts', at('l'));
    expect((await taker.take(signal)).manifest.leftOut).toEqual([
      { path: 'l', reason: 'it is a symbolic link, and links are not followed' },
    ]);
  });

  test('is scanned again where a file is written while it is read, and is then of one moment', async () => {
    const { contents, pod, at } = await opened({ 'a.ts': 'a' });
    writeFileSync(at('a.ts'), 'second');
    pod.before = (name) => {
      if (name === 'read') writeFileSync(at('a.ts'), 'while it was read');
    };
    expect(await contents()).toEqual({ 'a.ts': 'while it was read' });
    expect(pod.asked.filter(({ name }) => name === 'scan').map(({ args }) => args)).toEqual([
      { seen: null },
      { seen: null },
    ]);
  });

  test('of files that never stand still is refused after three scans; the one before stays the last', async () => {
    const { ref, taker, pod, at } = await opened({ 'a.ts': 'a' });
    writeFileSync(at('a.ts'), 'b');
    let writes = 0;
    pod.before = (name) => {
      if (name !== 'remember') writeFileSync(at('a.ts'), `${(writes += 1)}`);
    };
    await expect(taker.take(signal)).rejects.toMatchObject({
      type: 'SnapshotInvalid',
      message: expect.stringContaining('"a.ts"'),
    });
    expect(pod.asked.filter(({ name }) => name === 'scan')).toHaveLength(3);
    expect(taker.last.ref).toBe(ref);
  });

  test('is scanned again where a file is gone when it is read', async () => {
    const { contents, pod, at } = await opened({ 'a.ts': 'a' });
    writeFileSync(at('gone.ts'), 'x');
    pod.before = (name) => {
      if (name === 'read') rmSync(at('gone.ts'), { force: true });
    };
    expect(await contents()).toEqual({ 'a.ts': 'a' });
  });

  test('after one that failed holds what both have changed', async () => {
    const { contents, taker, pod, at } = await opened({ 'a.ts': 'a' });
    writeFileSync(at('b.ts'), 'b');
    pod.before = (name) => {
      if (name === 'read') throw new Error('the pod is gone');
    };
    await expect(taker.take(signal)).rejects.toThrow('the pod is gone');
    pod.before = () => undefined;
    writeFileSync(at('c.ts'), 'c');
    expect(await contents()).toEqual({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' });
  });

  test('that is aborted says so, and not that the store failed', async () => {
    const { taker, pod, at } = await opened({});
    writeFileSync(at('b.ts'), 'b');
    const controller = new AbortController();
    pod.before = (name) => {
      if (name === 'read') controller.abort();
      controller.signal.throwIfAborted();
    };
    await expect(taker.take(controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('of what a pod says', () => {
  const scanned = (change: Partial<ScanResult>): ScanResult => ({ scan: 1, isWhole: false, files: [], links: [], removed: [], leftOut: [], ...change }); // prettier-ignore
  const file = (change: object) => ({ path: 'x', bytes: 1, sha256: 'a'.repeat(64), isExecutable: false, isBinary: false, ...change }); // prettier-ignore

  test.each<[string, unknown]>([
    ['nothing', null],
    ['another form', { files: 'all' }],
    ['a path that leads out', scanned({ links: [{ path: '../x', target: 'y' }] })],
    ['an absolute path', scanned({ links: [{ path: '/x', target: 'y' }] })],
    ['a file below a link', scanned({ links: [{ path: 'a', target: '/' }, { path: 'a/b', target: 'y' }] })], // prettier-ignore
    ['a path twice', scanned({ links: [{ path: 'a', target: 'x' }, { path: 'a', target: 'y' }] })], // prettier-ignore
    ['a hash that is none', scanned({ files: [file({ sha256: '../../../etc/passwd' })] })],
    ['a size below nothing', scanned({ files: [file({ bytes: -1 })] })],
    ['a size beyond the bound', scanned({ files: [file({ bytes: 21_000_000 })] })],
    ['more bytes than are taken', scanned({ files: Array.from({ length: 101 }, (_, i) => file({ path: `f${i}`, bytes: 20_000_000 })) })], // prettier-ignore
    ['more links than are taken', scanned({ links: Array.from({ length: 50_001 }, (_, i) => ({ path: `l${i}`, target: 'x' })) })], // prettier-ignore
  ])('%s is refused', async (_, said) => {
    const { taker, pod, ref } = await opened({ 'a.ts': 'a' });
    pod.lie = (name, value) => (name === 'scan' ? said : value);
    await expect(taker.take(signal)).rejects.toMatchObject({ type: 'SnapshotInvalid' });
    expect(taker.last.ref).toBe(ref);
  });

  test.each<[string, (chunk: { base64: string; isEnd: boolean }) => unknown]>([
    ['other bytes than it listed', (chunk) => ({ ...chunk, base64: Buffer.from('other').toString('base64') })],
    ['no end', (chunk) => ({ ...chunk, isEnd: false })],
    ['fewer bytes', () => ({ base64: '', isEnd: true })],
    ['no form', () => 'bytes'],
    ['more than was asked for', (chunk) => ({ ...chunk, base64: 'A'.repeat(3_000_000) })],
  ])('a file with %s is never under the hash that was claimed', async (_, lie) => {
    const { taker, pod, at, blobs } = await opened({});
    writeFileSync(at('a.ts'), 'honest');
    pod.lie = (name, value) => (name === 'read' ? lie(value as { base64: string; isEnd: boolean }) : value);
    await taker.take(signal).then(
      async ({ ref }) => expect(await contentOf(blobs, ref)).toEqual({ 'a.ts': 'honest' }),
      (error: unknown) => expect(error).toMatchObject({ type: 'SnapshotInvalid' }),
    );
  });

  test('a hash that the store knows with another size brings in nothing', async () => {
    const { taker, pod, at, blobs } = await opened({});
    await blobs.put('a secret of somebody else');
    writeFileSync(at('a.ts'), 'a secret of somebody else');
    pod.lie = (name, value) => {
      const { files, ...rest } = value as ScanResult;
      return name === 'scan' ? { ...rest, files: files.map((one) => ({ ...one, bytes: 3 })) } : value;
    };
    await expect(taker.take(signal)).rejects.toMatchObject({ type: 'SnapshotInvalid' });
  });
});

/** What lies in a folder, read without a pod. */
function contentOfFolder(folder: string): Record<string, Content> {
  const found: Record<string, Content> = {};
  for (const entry of entriesIn(folder)) {
    const full = join(entry.parentPath, entry.name);
    const path = relative(folder, full);
    if (entry.isSymbolicLink()) found[path] = { link: readlinkSync(full) };
    if (!entry.isFile()) continue;
    const text = readFileSync(full, 'utf8');
    found[path] = lstatSync(full).mode & 0o100 ? { run: text } : text;
  }
  return found;
}

test('a snapshot is what is there, after any changes', async () => {
  const path = fc.constantFrom('a', 'b', 'd/a', 'd/e/b', 'a/x');
  const step = fc.record({ path, action: fc.constantFrom('write', 'remove', 'run', 'link'), text: fc.string() });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 5 }), { maxLength: 4 }), async (turns) => {
      const { contents, folder } = await opened({ a: 'first', 'd/a': 'second' });
      for (const steps of turns) {
        for (const one of steps) change(join(folder, one.path), one);
        expect(await contents()).toEqual(contentOfFolder(folder));
      }
    }),
    { numRuns: 60 },
  );
});

const isBlocked = (path: string): boolean =>
  [dirname(path), dirname(dirname(path))].some(
    (parent) => !(lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() ?? true),
  );

function change(path: string, { action, text }: { action: string; text: string }): void {
  if (isBlocked(path)) return;
  const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile();
  if (action === 'run') return isFile ? chmodSync(path, 0o755) : undefined;
  rmSync(path, { recursive: true, force: true });
  if (action === 'remove') return;
  mkdirSync(dirname(path), { recursive: true });
  if (action === 'write') writeFileSync(path, text);
  else symlinkSync(text.replaceAll('\0', '') || 'x', path);
}
