/** What `flotilla doctor` says of the sandbox. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sandboxFinding } from '../../src/cli/sandbox-finding.ts';
import { temporaryFolder } from '../support/folders.ts';
import { noPods } from '../support/no-pods.ts';

const home = temporaryFolder('flotilla-home');

test('pods are tried, and nothing is left of that', async () => {
  const podsFolder = join(home, 'pods');
  const { status, detail, help } = await sandboxFinding({ sandbox: 'pod', podsFolder, podPaths: [] });
  if (noPods === null) expect({ status, help }).toEqual({ status: 'ok', help: '' });
  else
    expect({ status, detail, help }).toMatchObject({ status: 'warning', help: expect.stringMatching(/./) as unknown });
  expect(existsSync(podsFolder)).toBe(false);
});

test('that there is no sandbox is said as a danger, and as no failure', async () => {
  const finding = await sandboxFinding({ sandbox: 'none', podsFolder: join(home, 'pods'), podPaths: [] });
  expect(finding).toMatchObject({
    name: 'sandbox',
    status: 'warning',
    detail: expect.stringContaining('with nothing between') as unknown,
    isDangerous: true,
  });
});
