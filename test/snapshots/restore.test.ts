/** Writing a snapshot out: what it holds and nothing else, in a new folder and nowhere else. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Manifest, ManifestSchema } from '../../src/contracts/workspace.ts';
import { restore } from '../../src/snapshots/restore.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { contentsOf, temporaryFolder } from '../support/folders.ts';
import { newBlobs, snapshotOf } from '../support/snapshots.ts';

const MISSING = `sha256:${'0'.repeat(64)}`;

const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);

async function hostile(blobs: Blobs, files: string[], links: [string, string][] = []): Promise<Manifest> {
  const blob = await blobs.put('written');
  return {
    version: 1,
    files: files.map((path) => ({ path, bytes: 7, blob, isExecutable: false, isBinary: false })),
    links: links.map(([path, target]) => ({ path, target })),
    leftOut: [],
  };
}

describe('a restored snapshot', () => {
  test('has the files, modes and links of the manifest; `.git` is a name like any other', async () => {
    const blobs = newBlobs();
    const files = {
      'a.txt': 'a',
      'deep/er/b.sh': { run: '#!/bin/sh\n' },
      'deep/link': { link: '/etc/passwd' },
      '.git/hooks/pre-commit': { run: 'exit 1' },
      'sub/.git': 'gitdir: ../elsewhere',
    };
    const manifest = await blobs.getJson(await snapshotOf(blobs, files), ManifestSchema);
    const folder = join(temporaryFolder(), 'new', 'workspace');
    await restore(blobs, manifest, folder);
    expect(contentsOf(folder)).toEqual({
      'a.txt': 'a',
      'deep/er/b.sh': '#!/bin/sh\n',
      '.git/hooks/pre-commit': 'exit 1',
      'sub/.git': 'gitdir: ../elsewhere',
    });
    expect(readlinkSync(join(folder, 'deep/link'))).toBe('/etc/passwd');
    expect(modeOf(join(folder, 'a.txt'))).toBe('644');
    expect(modeOf(join(folder, 'deep/er/b.sh'))).toBe('755');
  });

  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('belongs to the owner that is asked for: folders, files and links, not what they lead to', async () => {
    const blobs = newBlobs();
    const manifest = await blobs.getJson(
      await snapshotOf(blobs, { 'd/f': 'x', 'd/l': { link: '/etc/hostname' } }),
      ManifestSchema,
    );
    const folder = join(temporaryFolder(), 'w');
    const before = lstatSync('/etc/hostname').uid;
    await restore(blobs, manifest, folder, { owner: { uid: 4321, gid: 1234 } });
    for (const path of ['', 'd', 'd/f', 'd/l'])
      expect(lstatSync(join(folder, path))).toMatchObject({ uid: 4321, gid: 1234 });
    expect(lstatSync('/etc/hostname').uid).toBe(before);
  });

  test('is made anew: a folder or a link that is there is refused, and stays as it is', async () => {
    const blobs = newBlobs();
    const manifest = await hostile(blobs, ['a']);
    const root = temporaryFolder();
    mkdirSync(join(root, 'folder'));
    mkdirSync(join(root, 'target'));
    symlinkSync('target', join(root, 'link'));
    for (const name of ['folder', 'link']) {
      await expect(restore(blobs, manifest, join(root, name))).rejects.toThrow('EEXIST');
      expect(readdirSync(join(root, 'target'))).toEqual([]);
      expect(readdirSync(join(root, 'folder'))).toEqual([]);
    }
  });

  test.each<[string, string[], [string, string][], RegExp]>([
    ['is absolute', ['/etc/x'], [], /"\/etc\/x": it is absolute/],
    ['leads out', ['a/../../x'], [], /"a\/..\/..\/x": it leads out/],
    ['holds a NUL', ['a\0b'], [], /NUL/],
    ['is empty', [''], [], /it is empty/],
    ['has empty parts', ['a//b'], [], /empty part/],
    ['has dots for parts', ['./a'], [], /empty part/],
    ['is there twice', ['a', 'a'], [], /"a": it is there twice/],
    ['is a file and a link', ['a'], [['a', 'b']], /"a": it is there twice/],
    ['is a file and a folder', ['a', 'a/b'], [], /"a\/b": it is below "a", which is a file/],
    ['is below a link', ['a/b'], [['a', '/tmp']], /"a\/b": it is below "a", which is a link/],
    ['is far below a link', ['a/b/c/d'], [['a/b', '/tmp']], /which is a link/],
    ['is a link below a link', [], [['a', '.'], ['a/b', '/tmp']], /"a\/b": it is below "a", which is a link/], // prettier-ignore
    ['is not Unicode', ['a\ud800'], [], /not Unicode/],
    ['has a name that is too long', ['x'.repeat(256)], [], /too long/],
    ['is a link to nothing', [], [['a', '']], /target is empty/],
    ['is a link with a NUL', [], [['a', 'x\0']], /NUL/],
  ])('with a path that %s is refused by name, and nothing is written', async (_, files, links, message) => {
    const blobs = newBlobs();
    const folder = join(temporaryFolder(), 'w');
    await expect(restore(blobs, await hostile(blobs, files, links), folder)).rejects.toMatchObject({
      type: 'SnapshotInvalid',
      message: expect.stringMatching(message),
    });
    expect(existsSync(folder)).toBe(false);
  });

  test('whose object is missing is a failure of the store, and leaves nothing behind', async () => {
    const blobs = newBlobs();
    const manifest = await hostile(blobs, ['a', 'b']);
    const lacking = manifest.files.map((file) => ({ ...file, blob: MISSING }));
    const folder = join(temporaryFolder(), 'w');
    await expect(restore(blobs, { ...manifest, files: lacking }, folder)).rejects.toMatchObject({
      type: 'StoreCorrupt',
    });
    expect(existsSync(folder)).toBe(false);
  });

  test('that breaks while files are being written leaves nothing behind either', async () => {
    const blobs = newBlobs();
    const names = Array.from({ length: 200 }, (_, index) => `d${index % 20}/f${index}`);
    const manifest = await hostile(blobs, names);
    const files = manifest.files.map((file, index) => (index === 0 ? { ...file, blob: MISSING } : file));
    const folder = join(temporaryFolder(), 'w');
    await expect(restore(blobs, { ...manifest, files }, folder)).rejects.toMatchObject({ type: 'StoreCorrupt' });
    expect(existsSync(folder)).toBe(false);
  });

  test('never writes outside of its folder, whatever its manifest says', async () => {
    const blobs = newBlobs();
    const part = fc.constantFrom('a', 'b', '..', '.', '', 'c\0', '/', 'a/b', '.git', '../..');
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const target = fc.constantFrom('.', '..', '/', '../..', 'a', 'b/..');
    const links = fc.array(fc.tuple(path, target), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(path, { maxLength: 5 }), links, async (files, linked) => {
        const root = temporaryFolder();
        const folder = join(root, 'x', 'y', 'w');
        await restore(blobs, await hostile(blobs, files, linked), folder).catch(() => undefined);
        const outside = Object.keys(contentsOf(root)).filter((found) => !found.startsWith('x/y/w/'));
        expect(outside).toEqual([]);
        expect(existsSync(join(dirname(root), 'a'))).toBe(false);
      }),
      {
        numRuns: 150,
        examples: [
          [[], [['a', '/']]],
          [['b/a'], [['a', '../..']]],
        ],
      },
    );
  });
});
