/** What stops `flotilla up` before anything is started, and says what to do. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readEndpoint } from '../../src/embedded/endpoint.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { livingProcesses } from '../support/processes.ts';
import { Product } from '../support/product.ts';

/** A port that somebody else has for as long as `work` lasts. */
async function withTakenPort<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return work((server.address() as AddressInfo).port).finally(() => server.close());
}

const homeless = (environment: NodeJS.ProcessEnv = {}): Product =>
  new Product(temporaryFolder('flotilla-home'), environment);

async function leftOf({ home }: Product) {
  const processes = (await livingProcesses()).filter(({ command }) => command.includes(home));
  return { processes, endpoint: readEndpoint(home) };
}

const tiersFile = (tiers: object): string => join(folderWith({ 'tiers.json': JSON.stringify(tiers) }), 'tiers.json');

/** Temporal's CLI, whose server ends at once so many times, as it does where somebody took its port. Resolves to how often it was started. */
function failingServer(times: number) {
  const folder = folderWith({ starts: '' });
  const script = `#!/bin/sh
if [ "$1" = server ]; then
  echo start >> '${folder}/starts'
  [ "$(wc -l < '${folder}/starts')" -gt ${times} ] || exit 1
fi
exec '${process.env['FLOTILLA_TEMPORAL_CLI']}' "$@"
`;
  writeFileSync(join(folder, 'temporal'), script, { mode: 0o755 });
  const starts = (): number => readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').length;
  return { environment: { FLOTILLA_TEMPORAL_CLI: join(folder, 'temporal') }, starts };
}

const NOTHING = { processes: [], endpoint: null };

describe('flotilla up', () => {
  test.each([
    ['--port', 'Temporal server'],
    ['--ui-port', 'Temporal Web UI'],
    ['--stand-in-port', 'stand-in'],
  ])('names a taken port and its option %s, and starts nothing', (option, what) =>
    withTakenPort(async (port) => {
      const product = homeless();
      const flags = { '--port': '0', '--ui-port': '0', '--stand-in-port': '0', [option]: String(port) };
      const { exitCode, stderr } = await product.cli('up', '--stand-in', ...Object.entries(flags).flat());
      expect(exitCode).toBe(1);
      expect(stderr.trim()).toBe(
        `Port ${port} (${what}) is taken on this machine. Choose another with ${option}, or 0 for any that is free.`,
      );
      expect(await leftOf(product)).toEqual(NOTHING);
    }),
  );

  test('without a key and without the stand-in says what to set', async () => {
    const product = homeless({ OPENAI_API_KEY: undefined });
    const { exitCode, stderr } = await product.cli('up', '--port', '0', '--ui-port', '0');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /OPENAI_API_KEY is not set: the provider "openai" of the tiers manager, mini, nano .*OPENAI_BASE_URL.*--stand-in/,
    );
    expect(await leftOf(product)).toEqual(NOTHING);
  });

  test('names the key, provider and tier of another provider, with the stand-in or without', async () => {
    const product = homeless({
      FLOTILLA_TIERS: tiersFile({ mini: { model: 'claude-opus-5-5' } }),
      ANTHROPIC_API_KEY: ' ',
    });
    for (const flags of [[], ['--stand-in']]) {
      const { exitCode, stderr } = await product.cli('up', '--port', '0', '--ui-port', '0', ...flags);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^ANTHROPIC_API_KEY is not set: the provider "anthropic" of the tier mini asks for it\./);
      expect(stderr.includes('The stand-in plays "openai" alone.')).toBe(flags.length > 0);
    }
    expect(await leftOf(product)).toEqual(NOTHING);
  });

  test.each([
    [['--server', 'mine'], /--server is "embedded".*or "none".*not "mine"/],
    [['--workers', 'mini,huge'], /no worker "huge"; there are: manager, mini, nano/],
  ])('%j is a wrong word, and the right ones are listed', async (flags, expected) => {
    const { exitCode, stderr } = await homeless().cli('up', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(expected);
  });

  test('names the worker whose health port is taken, and starts nothing', () =>
    withTakenPort(async (port) => {
      const product = homeless({ FLOTILLA_HEALTH_PORT: String(port - 1) });
      const { exitCode, stderr } = await product.cli('up', '--port', '0', '--ui-port', '0');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        new RegExp(
          `^Port (${port - 1}|${port}) \\(health of the worker (manager|mini)\\) is taken .*FLOTILLA_HEALTH_PORT, or 0`,
        ),
      );
      expect(await leftOf(product)).toEqual(NOTHING);
    }));

  test('refuses a health port that has no room after it for every worker', async () => {
    const product = homeless({ FLOTILLA_HEALTH_PORT: '65534' });
    const { exitCode, stderr } = await product.cli('up', '--port', '0', '--ui-port', '0');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/FLOTILLA_HEALTH_PORT is 65534: the workers manager, mini, nano have a port each/);
    expect(await leftOf(product)).toEqual(NOTHING);
  });

  test('tries its servers again, a few times: a port may be taken between its choice and its use', async () => {
    const { environment, starts } = failingServer(2);
    const product = homeless(environment);
    await product.up(['--stand-in', '--workers', 'nano']);
    try {
      expect(starts()).toBe(3);
      expect(Object.keys(product.endpoint.processes).toSorted()).toEqual(['nano', 'stand-in', 'temporal']);
      expect(await product.cli('list')).toMatchObject({ exitCode: 0 });
    } finally {
      await product.stop();
    }
    expect(await leftOf(product)).toEqual(NOTHING);
  });

  test('gives up a server that does not come up, tells of its log, and leaves nothing behind', async () => {
    const { environment, starts } = failingServer(1000);
    const product = homeless(environment);
    const { exitCode, stderr } = await product.cli('up', '--port', '0', '--ui-port', '0');
    expect([exitCode, starts()]).toEqual([1, 3]);
    expect(stderr).toMatch(/^temporal ended before it was ready \(exit code 1\)\. Its log: .*temporal\.log$/m);
    expect(await leftOf(product)).toEqual(NOTHING);
  });

  test('tells of a process that does not come up by its name and its log, and leaves nothing behind', async () => {
    const folder = folderWith({ 'ends.cjs': "if (process.argv[1].endsWith('mini.js')) process.exit(7);" });
    const product = homeless({ NODE_OPTIONS: `--require ${folder}/ends.cjs` });
    const { exitCode, stderr } = await product.cli('up', '--port', '0', '--ui-port', '0', '--workers', 'mini');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^mini ended before it was ready \(exit code 7\)\. Its log: .*mini\.log\n$/);
    expect(await leftOf(product)).toEqual(NOTHING);
  });
});
