/** The sandbox of agents' commands is installed where that is ours to do, once, and never in the way of a set-up. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ensureBubblewrap } from '../../src/bootstrap/bubblewrap.js';
import { folderWith, temporaryFolder } from '../support/folders.ts';

const before = process.env['XDG_CACHE_HOME'];
beforeEach(() => {
  process.env['XDG_CACHE_HOME'] = temporaryFolder('flotilla-cache');
});
afterEach(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
});

/** A machine whose PATH has these programs alone; each writes down what it is asked. */
function machine(programs: Record<string, string>) {
  const folder = folderWith(programs);
  for (const name of Object.keys(programs)) chmodSync(join(folder, name), 0o755);
  const log = join(folder, 'asked');
  return {
    asked: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    machine: { platform: 'linux' as NodeJS.Platform, isRoot: true, environment: { PATH: folder, LOG: log } },
  };
}

const APT = '#!/bin/sh\necho "$*" >> "$LOG"\n';

test('root on a machine with apt-get has it installed, and only then', () => {
  const { machine: debian, asked } = machine({ 'apt-get': APT });
  ensureBubblewrap(debian);
  expect(asked()).toEqual([
    expect.stringMatching(/^install --download-only .*bubblewrap$/),
    expect.stringMatching(/^install --no-download .*bubblewrap$/),
  ]);
});

test('lists are brought where there are none', () => {
  const needsLists = '[ "$1" = update ] && : > "$LOG.lists"\n[ -e "$LOG.lists" ]\n';
  const { machine: fresh, asked } = machine({ 'apt-get': APT + needsLists });
  ensureBubblewrap(fresh);
  expect(asked().map((line) => line.split(' ')[0])).toEqual(['install', 'update', 'install', 'install']);
});

test('a failure is no failure of the set-up, and is not tried again', () => {
  const { machine: offline, asked } = machine({ 'apt-get': `${APT}echo no network >&2\nexit 100\n` });
  ensureBubblewrap(offline);
  const tried = asked();
  expect(tried.map((line) => line.split(' ')[0])).toEqual(['install', 'update']);
  ensureBubblewrap(offline);
  expect(asked()).toEqual(tried);
});

test.each([
  ['it is there', { bwrap: '#!/bin/sh\n' }, {}],
  ['the user is not root', {}, { isRoot: false }],
  ['the system is another', {}, { platform: 'darwin' as NodeJS.Platform }],
])('nothing is installed where %s', (_, programs, difference) => {
  const { machine: some, asked } = machine({ 'apt-get': APT, ...programs });
  ensureBubblewrap({ ...some, ...difference });
  expect(asked()).toEqual([]);
});

test.each(['FLOTILLA_SKIP_BUBBLEWRAP=1', 'FLOTILLA_SANDBOX=none'])('nothing is installed where %s', (setting) => {
  const { machine: some, asked } = machine({ 'apt-get': APT });
  const [name = '', value] = setting.split('=');
  ensureBubblewrap({ ...some, environment: { ...some.environment, [name]: value } });
  expect(asked()).toEqual([]);
});
