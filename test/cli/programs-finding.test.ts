/** What `flotilla doctor` says of programs that pods are not shown. */
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { programsFinding } from '../../src/cli/programs-finding.ts';
import { folderWith } from '../support/folders.ts';

function toolchain(): string {
  const folder = folderWith({ 'bin/node': '', 'lib/npm-cli.js': '' });
  for (const file of ['bin/node', 'lib/npm-cli.js']) chmodSync(join(folder, file), 0o755);
  symlinkSync('../lib/npm-cli.js', join(folder, 'bin/npm'));
  return folder;
}

test('programs of the user outside of the system are named, with the setting that shows them', async () => {
  const folder = toolchain();
  const asked = { sandbox: 'pod', path: `${folder}/bin:/usr/bin:/bin`, podPaths: ['/opt/go'] } as const;
  const [finding] = await programsFinding({ ...asked, podPaths: [...asked.podPaths] });
  expect(finding).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining(`npm (${folder}/bin/npm)`) as unknown,
  });
  expect(finding?.help).toMatch(new RegExp(`FLOTILLA_POD_PATHS=/opt/go:${folder}$`));
  expect(await programsFinding({ ...asked, podPaths: [folder] })).toEqual([]);
  expect(await programsFinding({ ...asked, podPaths: [], sandbox: 'none' })).toEqual([]);
  expect(await programsFinding({ ...asked, podPaths: [], path: '/no/such' })).toEqual([]);
});
