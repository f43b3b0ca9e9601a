import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { prepareLayers, type PrepareLayers, SetupFailed } from '../../../src/pod/layers/prepare.ts';
import { removeUnused } from '../../../src/pod/layers/stored-layers.ts';
import { Sandbox } from '../../../src/pod/sandbox.ts';
import { folderWith } from '../../support/folders.ts';
import {
  describePods,
  notAborted,
  outputOf,
  podsFolder,
  podSpec,
  podWith,
  runIn,
  workspaceFolder,
} from '../../support/pods.ts';

const FILES = { 'package.json': '{}', 'packages/x/package.json': '{}', 'src/a.js': '1' };
const INSTALL = `set -e
  mkdir -p node_modules/a/lib packages/x/node_modules/b dist
  echo a > node_modules/a/lib/index.js; echo b > packages/x/node_modules/b/index.js
  ln -s ../packages/x node_modules/x; echo loose > loose.txt; echo new > src/new.js
  echo cached > "$npm_config_cache" 2>/dev/null || mkdir -p "$npm_config_cache"`;

const layersFolder = join(podsFolder, 'layers');
let restored: number;
let serial = 0;

beforeEach(() => {
  restored = 0;
});

const sandbox = new Sandbox({ mode: 'pod', folder: podsFolder });
const manifest = {
  files: Object.keys(FILES).map((path) => ({ path, blob: path, bytes: 1, isExecutable: false, isBinary: false })),
};

/** As for any workspace: a folder of its own, and nothing of it is left. */
const restoreTo: PrepareLayers['restoreTo'] = async (use) => {
  restored += 1;
  const folder = workspaceFolder();
  folderWith(FILES, folder);
  await use(folder);
  rmSync(folder, { recursive: true });
};

const prepare = (command: string | string[], change: Partial<PrepareLayers> = {}) =>
  prepareLayers({
    setup: { command, timeoutSeconds: 120, allowHosts: [] },
    ...{ sandbox, manifest, restoreTo, signal: notAborted },
    ...change,
  });

const onlyNow = (command: string): string => `${command}\n# ${(serial += 1)}`;
const halfMade = (): string[] => readdirSync(layersFolder).filter((name) => name.startsWith('.'));

describePods('a setup', () => {
  test('leaves the top-most folders that it made as layers, and runs once', async () => {
    const command = onlyNow(INSTALL);
    const layers = await prepare(command);
    expect(layers.map(({ path, scratch }) => ({ path, scratch }))).toEqual([
      { path: 'node_modules', scratch: ['.cache', '.vite', '.vite-temp', '.vitest'] },
      { path: 'packages/x/node_modules', scratch: ['.cache', '.vite', '.vite-temp', '.vitest'] },
    ]);
    expect(await prepare(command)).toEqual(layers);
    expect(restored).toBe(1);
    expect(halfMade()).toEqual([]);
  });

  test('is seen by other pods, read-only but for the places of tools', async () => {
    const layers = await prepare(onlyNow(INSTALL));
    const spec = podSpec({ layers });
    folderWith(FILES, spec.workspace);
    const pod = await podWith(spec);
    expect(await outputOf(pod, 'cat node_modules/a/lib/index.js packages/x/node_modules/b/index.js')).toBe('a\nb');
    expect(await outputOf(pod, 'cat node_modules/x/package.json; ls; ls src')).toBe(
      '{}node_modules\npackage.json\npackages\nsrc\na.js',
    );
    expect(await outputOf(pod, 'echo x > node_modules/.vite/x && cat node_modules/.vite/x')).toBe('x');
    const { exitCode, output } = await runIn(pod, 'echo evil > node_modules/a/lib/index.js');
    expect([exitCode === 0, output.text]).toEqual([false, expect.stringMatching(/Read-only file system/)]);
  });

  test('may be asked for by two at once, who run it once', async () => {
    const command = onlyNow(INSTALL);
    const [one, other] = await Promise.all([prepare(command), prepare(command)]);
    expect(one).toEqual(other);
    expect(restored).toBe(1);
  });

  test('that fails says so with what it wrote, leaves nothing, and is tried again', async () => {
    const command = onlyNow('mkdir node_modules; echo no such package; exit 3');
    await expect(prepare(command)).rejects.toThrow(SetupFailed);
    await expect(prepare(command)).rejects.toThrow(/exit code 3[^]*no such package/);
    expect(restored).toBe(2);
    expect(halfMade()).toEqual([]);
  });

  test('that does not end is ended and says so', async () => {
    const setup = { command: onlyNow('echo waiting; sleep 1000'), timeoutSeconds: 5, allowHosts: [] };
    await expect(prepare('', { setup })).rejects.toThrow(/not done after 5 seconds[^]*waiting/);
  });

  test('that is aborted leaves nothing', async () => {
    const abort = new AbortController();
    const aborted: PrepareLayers['restoreTo'] = async (use) => {
      abort.abort(new Error('no longer wanted'));
      await restoreTo(use);
    };
    await expect(prepare(onlyNow(INSTALL), { signal: abort.signal, restoreTo: aborted })).rejects.toThrow(
      'no longer wanted',
    );
    expect(halfMade()).toEqual([]);
  });

  test('keeps no bit that would let its files run as somebody else', async () => {
    const [layer] = await prepare(
      onlyNow('mkdir -p vendor/bin; cp /bin/true vendor/bin/x; chmod 4755 vendor/bin/x; chmod 0 vendor/bin'),
    );
    expect(statSync(join(layer?.folder ?? '', 'bin', 'x')).mode & 0o7777).toBe(0o755);
  });
});

test('layers that were not used for long go, but for the last twenty; so does what was left half made', async () => {
  const all = folderWith({});
  const days = (count: number): Date => new Date(Date.now() - count * 86_400_000);
  for (let index = 1; index <= 25; index += 1) {
    folderWith({ [`k${index}/layers.json`]: '[]' }, all);
    utimesSync(join(all, `k${index}`, 'layers.json'), days(index / 2), days(index / 2));
  }
  for (const [name, age] of [
    ['.making-old', 2],
    ['.making-new', 0],
  ] as const) {
    mkdirSync(join(all, name));
    utimesSync(join(all, name), days(age), days(age));
  }
  await removeUnused(all);
  const left = readdirSync(all);
  expect(left.filter((name) => name.startsWith('k'))).toHaveLength(20);
  expect(existsSync(join(all, 'k20'))).toBe(true);
  expect(left).toContain('.making-new');
  expect(left).not.toContain('.making-old');
});
