/** What a setup made is found without going through a link: on the host, a workspace's links lead anywhere. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { foldersOf, newFolders } from '../../../src/pod/layers/new-folders.ts';
import { folderWith } from '../../support/folders.ts';

test('folders are those of the workspace alone, whatever its links lead to', async () => {
  const outside = folderWith({ 'secret/file': 'x' });
  const root = folderWith({ 'a/b/file': 'x', 'c/file': 'x' });
  for (const [path, target] of Object.entries({
    host: outside,
    root: '/',
    'a/loop': '../..',
    'a/b/sibling': '../../c',
  }))
    symlinkSync(target, join(root, path));
  const before = await foldersOf(root);
  expect([...before].toSorted()).toEqual(['a', 'a/b', 'c']);
  mkdirSync(join(root, 'a/new/deep'), { recursive: true });
  mkdirSync(join(root, 'node_modules'));
  mkdirSync(join(root, 'c/dist'));
  symlinkSync('/', join(root, 'a/new/root'));
  expect(await newFolders(root, before)).toEqual(['a/new', 'node_modules']);
});
