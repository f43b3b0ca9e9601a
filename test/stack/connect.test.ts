/** Which server a command speaks to, and what it says where there is none. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { Product } from '../support/product.ts';
import { productForSuite } from '../support/suite.ts';

const STALE_ADDRESS = '127.0.0.1:1';

/** What `doctor` says of the server, in the environment of a user of this home. */
async function serverOf(home: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await new Product(home, environment).cli('doctor', '--json');
  const findings = JSON.parse(stdout) as { name: string; detail: string }[];
  return findings.find(({ name }) => name === 'Temporal server')?.detail ?? '';
}

const profile = (name: string, address: string): string =>
  join(folderWith({ 'temporal.toml': `[profile.${name}]\naddress = "${address}"\n` }), 'temporal.toml');

describe('where a stack runs on the home', () => {
  const product = productForSuite();

  test('a command finds its server by the endpoint file', async () => {
    expect(await serverOf(product.home)).toBe(product.endpoint.temporalAddress);
  });

  test.each<[string, () => NodeJS.ProcessEnv]>([
    ['TEMPORAL_ADDRESS', () => ({ TEMPORAL_ADDRESS: STALE_ADDRESS })],
    ['the default profile', () => ({ TEMPORAL_CONFIG_FILE: profile('default', STALE_ADDRESS) })],
    ['a named profile', () => ({ TEMPORAL_CONFIG_FILE: profile('team', STALE_ADDRESS), TEMPORAL_PROFILE: 'team' })],
  ])('%s of Temporal’s own configuration wins over it', async (_, environment) => {
    expect(await serverOf(product.home, environment())).toBe(`${STALE_ADDRESS} does not answer`);
  });

  test('its workers speak to its server, whatever the shell says of Temporal', async () => {
    const other = new Product(temporaryFolder('flotilla-home'), { TEMPORAL_ADDRESS: STALE_ADDRESS });
    await other.up();
    expect(Object.keys(other.endpoint.processes).toSorted()).toEqual(['manager', 'mini', 'nano', 'temporal']);
    await other.stop();
  });
});

describe('where nothing runs', () => {
  test('a command says so, and how to start it', async () => {
    const product = new Product(temporaryFolder('flotilla-home'));
    const { exitCode, stderr } = await product.cli('list');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(`Nothing runs on ${product.home}. Start it with \`flotilla up\``);
    expect(stderr).toMatch(/--stand-in.*TEMPORAL_ADDRESS/);
  });

  test('workers alone are refused: there is no server to use', async () => {
    const { exitCode, stderr } = await new Product(temporaryFolder('flotilla-home')).cli('up', '--server', 'none');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('set TEMPORAL_ADDRESS to a server of yours');
  });

  test('a server that does not answer is told from a defect', async () => {
    const product = new Product(temporaryFolder('flotilla-home'), { TEMPORAL_ADDRESS: STALE_ADDRESS });
    for (const command of [['list'], ['up', '--server', 'none']]) {
      const { exitCode, stderr } = await product.cli(...command);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining('The Temporal server does not answer.') as unknown,
      });
    }
  });
});

describe('the endpoint file of a stack that was killed', () => {
  const product = new Product(temporaryFolder('flotilla-home'));
  beforeAll(async () => {
    await product.start();
    await product.end('SIGKILL');
  });
  afterAll(() => product.stop());

  test('is not believed', async () => {
    expect(existsSync(join(product.home, 'endpoint.json'))).toBe(true);
    const { exitCode, stderr } = await product.cli('list');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Nothing runs') as unknown,
    });
  });
});
