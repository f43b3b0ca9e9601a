/** What counts as it was when the engine judges: scripts of a package, and what a command is written in. */
import { describe, expect, test } from '@jest/globals';
import { withScriptsFrom } from '../../activities/code/package-scripts.ts';
import { protectsOf } from '../../activities/code/protects.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { freeze } from '../../activities/workspace/freeze.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';

const blobs = new Blobs(temporaryFolder('flotilla-blobs'));
const manifestOf = async (files: Record<string, string>) =>
  blobs.getJson((await freeze(blobs, folderWith(files))).workspaceRef, ManifestSchema);

describe('a package.json that was changed', () => {
  const judged = async (before: unknown, after: string) => {
    const [origin, now] = [{ 'package.json': JSON.stringify(before) }, { 'package.json': after }];
    const { files } = await withScriptsFrom(blobs, await manifestOf(origin), await manifestOf(now));
    return blobs.getText(files[0]?.blob ?? '');
  };

  test('has its scripts and settings of test runners as they were, and the rest as it is', async () => {
    const before = { name: 'a', version: '1.0.0', scripts: { test: 'node --test' } };
    const after = { name: 'a', version: '2.0.0', scripts: { test: 'exit 0' }, jest: { testMatch: [] }, type: 'module' };
    expect(JSON.parse(await judged(before, JSON.stringify(after)))).toEqual({
      ...{ name: 'a', version: '2.0.0', type: 'module' },
      scripts: { test: 'node --test' },
    });
  });

  test('and can’t be read is left alone', async () => {
    expect(await judged({ scripts: { test: 'node --test' } }, '{ broken')).toBe('{ broken');
  });
});

test('a file that was not there, or was not changed, is left alone', async () => {
  const files = { 'package.json': '{"scripts":{"test":"true"}}', 'sub/package.json': '{"scripts":{}}' };
  const origin = await manifestOf({ 'package.json': files['package.json'] });
  const now = await manifestOf(files);
  expect(await withScriptsFrom(blobs, origin, now)).toEqual(now);
});

describe('what a command is written in', () => {
  const checksRef = blobs.putJson({});
  const protects = async (command: string) => {
    const check = { command, timeoutSeconds: 1 };
    const work = { checksRef: await checksRef, originRef: '' };
    const none = await protectsOf(blobs, work, [], []);
    return (await protectsOf(blobs, work, [], [{ name: 'a', check }])).filter((glob) => !none.includes(glob));
  };

  test.each([
    ['sh ./ci/run.sh && bash tools/x.bash', ['/ci/run.sh', '/tools/x.bash']],
    ['make check', ['Makefile', 'makefile', 'GNUmakefile']],
    ['node src/main.js > out.txt', []],
    ['/usr/local/bin/run.sh ../other.sh', []],
  ])('%j protects %j', async (command, expected) => {
    expect(await protects(command)).toEqual(expected);
  });
});
