/** What pods are shown of the product, by version. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { NODE_PATH, toolsFolder } from '../../src/pod/tools.ts';
import { temporaryFolder } from '../support/folders.ts';

const DAY_S = 24 * 3600;
const now = Date.now() / 1000;

function versionUsed(daysAgo: number, all: string, name: string): string {
  const folder = join(all, name);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  utimesSync(folder, now - daysAgo * DAY_S, now - daysAgo * DAY_S);
  return folder;
}

test('versions that nobody has used for a week go when one is made; using one keeps it, and it is made again where it is gone', async () => {
  const pods = temporaryFolder('flotilla-pods', '/var/tmp');
  const all = join(pods, 'tools');
  const [old, recent] = [versionUsed(8, all, 'old'), versionUsed(6, all, 'recent')];
  const folder = await toolsFolder(pods);
  expect([dirname(folder), existsSync(join(folder, NODE_PATH)), existsSync(old), existsSync(recent)]).toEqual([
    ...[all, true, false, true],
  ]);

  utimesSync(folder, now - 8 * DAY_S, now - 8 * DAY_S);
  expect(await toolsFolder(pods)).toBe(folder);
  expect(statSync(folder).mtimeMs / 1000).toBeGreaterThan(now - DAY_S);

  rmSync(folder, { recursive: true });
  expect(await toolsFolder(pods)).toBe(folder);
  expect(existsSync(join(folder, NODE_PATH))).toBe(true);
  expect(readdirSync(all).toSorted()).toEqual([folder.slice(all.length + 1), 'recent'].toSorted());
});
