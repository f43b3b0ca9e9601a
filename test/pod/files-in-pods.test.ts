import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PodRefusal } from '../../src/pod/errors.ts';
import { describePods, notAborted, outputOf, podWith, SANDBOXES, workspaceFolder } from '../support/pods.ts';

describePods('files of a workspace', () => {
  test.each(SANDBOXES)('are listed, read, searched and written with sandbox %s', async (sandbox) => {
    const workspace = workspaceFolder();
    mkdirSync(join(workspace, 'src'));
    writeFileSync(join(workspace, 'src/one.txt'), 'first\nneedle\n');
    const pod = await podWith({ workspace }, { sandbox });

    await pod.request('writeFile', { path: 'src/two.txt', content: 'a needle, too\n' }, notAborted);
    const listed = await pod.request('list', { path: 'src' }, notAborted);
    expect(listed.entries.map(({ name }) => name)).toEqual(['one.txt', 'two.txt']);
    const read = await pod.request(
      'readLines',
      { path: 'src/one.txt', startLine: 2, endLine: 9, maxBytes: 99 },
      notAborted,
    );
    expect(read.lines).toEqual(['needle']);
    const asked = { pattern: 'needle', path: '.', glob: null, maxMatches: 9, maxBytes: 999 };
    const found = await pod.request('search', asked, notAborted);
    expect(found.matches.map(({ path, line }) => [path, line])).toEqual([
      ['src/one.txt', 2],
      ['src/two.txt', 1],
    ]);
    expect(await outputOf(pod, 'cat src/two.txt')).toBe('a needle, too');
  });

  test('are refused in words for the model', async () => {
    const pod = await podWith();
    const missing = pod.request('readLines', { path: 'no.txt', startLine: 1, endLine: 2, maxBytes: 9 }, notAborted);
    await expect(missing).rejects.toThrow(PodRefusal);
    await expect(missing).rejects.toThrow('no.txt');
  });
});
