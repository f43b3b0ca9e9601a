import { symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sizesIn } from '../../src/workspace/sizes.ts';
import { folderWith } from '../support/folders.ts';
import { frozen } from '../support/workspace.ts';

test('the sizes of a directory are those of the files that freezing it takes', async () => {
  const root = folderWith({
    ...{ '.gitignore': '*.log\n', 'a.ts': 'abc', 'x.log': 'never', empty: '', 'large.bin': '' },
    ...{ 'sub/b.ts': 'ü', '.git/config': 'never' },
  });
  symlinkSync('a.ts', join(root, 'link'));
  truncateSync(join(root, 'large.bin'), 20_000_001);
  const { workspace } = await frozen(root);
  const taken = workspace.manifest.files.map(({ path, bytes }) => ({ path, bytes }));
  expect(await sizesIn(root)).toEqual(taken);
  expect(taken.map(({ path }) => path)).toEqual(['.gitignore', 'a.ts', 'empty', 'sub/b.ts']);
});
