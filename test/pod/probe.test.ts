import { chmodSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { probe } from '../../src/pod/probe.ts';
import { explainRefusal, type HostFacts } from '../../src/pod/refusal-help.ts';
import { folderWith } from '../support/folders.ts';
import { describePods, podsFolder } from '../support/pods.ts';

/** In place of bwrap: a script, with what it is started with in `$@`. */
function altered(script: string): string {
  const folder = folderWith({ bwrap: `#!/bin/bash\n${script}\n` });
  const path = join(folder, 'bwrap');
  chmodSync(folder, 0o755);
  chmodSync(path, 0o755);
  return path;
}

/** bwrap without these words in a row, wherever they stand. */
const without = (...words: string[][]): string =>
  altered(`args=("$@")
${words.map((row) => cut(row)).join('\n')}
exec bwrap "\${args[@]}"`);

const cut = (row: string[]): string =>
  `kept=(); i=0; while [ $i -lt \${#args[@]} ]; do if [ "\${args[*]:$i:${row.length}}" = "${row.join(' ')}" ]; then i=$((i + ${row.length})); else kept+=("\${args[$i]}"); i=$((i + 1)); fi; done; args=("\${kept[@]}")`;

/** bwrap with more, where the workspace is mounted. */
const withMore = (...more: string[]): string =>
  altered(
    `args=(); for arg; do args+=("$arg"); [ "$arg" = /workspace ] && args+=(${more.join(' ')}); done; exec bwrap "\${args[@]}"`,
  );

describePods('the probe', () => {
  test('finds that pods hold here, and leaves nothing but their tools', async () => {
    expect(await probe({ podsFolder })).toEqual({ kind: 'pod' });
    expect(readdirSync(podsFolder).filter((name) => name.startsWith('probe-'))).toEqual([]);
  });

  test.each<[string, () => string, RegExp]>([
    ['with the network of the host', () => altered('exec bwrap "$1" --share-net "${@:2}"'), /reach a server/],
    [
      'with a folder of the host',
      () => withMore('--bind', podsFolder, podsFolder),
      /read a file .*, write to the host/,
    ],
    ['with the sockets of the host', () => withMore('--bind', tmpdir(), tmpdir()), /reach a socket of the host/],
    ['with namespaces', () => without(['--disable-userns'], ['--seccomp', '3']), /make namespaces/],
    ['with a root that can be written', () => without(['--remount-ro', '/']), /write to the system/],
  ])('refuses pods %s', async (_, bwrap, reason) => {
    expect(await probe({ podsFolder, bwrap: bwrap() })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  test('says what to install where bubblewrap is missing', async () => {
    expect(await probe({ podsFolder, bwrap: '/nowhere/bwrap' })).toEqual({
      kind: 'refused',
      reason: 'bubblewrap is not installed.',
      fix: expect.stringContaining('apt-get install bubblewrap') as unknown,
    });
  });

  test('says what bubblewrap said where it can do nothing', async () => {
    const bwrap = altered('echo "bwrap: Creating new namespace failed: Operation not permitted" >&2; exit 1');
    expect(await probe({ podsFolder, bwrap })).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('Creating new namespace failed') as unknown,
    });
  });
});

const FACTS: HostFacts = {
  platform: 'linux',
  isContainer: false,
  isRestrictedByAppArmor: false,
  isSwitchedOff: false,
  mostNamespaces: 1000,
};
const DENIED = 'bwrap: setting up uid map: Permission denied';

test.each<[string, string, Partial<HostFacts>, RegExp]>([
  ['another system', DENIED, { platform: 'darwin' }, /WSL 2/],
  ['a missing package', 'spawn bwrap ENOENT', {}, /apt-get install bubblewrap/],
  ['an old package', 'bwrap: Unknown option --disable-userns', {}, /0\.8 or newer/],
  ['Debian’s switch', DENIED, { isSwitchedOff: true }, /unprivileged_userns_clone=1/],
  [
    'no namespaces',
    'bwrap: Creating new namespace failed: No space left on device',
    { mostNamespaces: 0 },
    /max_user_namespaces/,
  ],
  ['a container', DENIED, { isContainer: true }, /seccomp=unconfined.*--sandbox none/],
  ['AppArmor', DENIED, { isRestrictedByAppArmor: true }, /AppArmor profile/],
  ['anything else that denies it', DENIED, {}, /ask whoever runs this machine/],
])('the help for %s names what mends it', (_, problem, facts, fix) => {
  expect(explainRefusal(problem, { ...FACTS, ...facts }).fix).toMatch(fix);
});
