/** What a setup installs from a real registry: once, for every subtask and every objective with the same dependency files. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { newId } from '../support/calls.ts';
import { codeRepository, patch } from '../support/code-repository.ts';
import { podsFolder } from '../support/folders.ts';
import { noPods } from '../support/no-pods.ts';
import { productForSuite } from '../support/suite.ts';

const said = (...args: string[]): string | null => {
  const { status, stdout } = spawnSync('npm', args, { encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? stdout.trim() : null;
};

const PACKAGE = 'ms@2.1.3';
const registry = said('config', 'get', 'registry');

/** Why nothing can be installed in a pod here; null where it can. */
const noInstalls = ((): string | null => {
  if (noPods !== null) return noPods;
  if (!existsSync('/usr/bin/npm') && !existsSync('/usr/local/bin/npm')) return 'pods are shown no npm';
  return registry !== null && said('view', PACKAGE, 'name') !== null ? null : `npm can't reach ${PACKAGE}`;
})();

if (noInstalls !== null) process.stderr.write(`Tests of a real npm install are skipped: ${noInstalls}\n`);

(noInstalls === null ? describe : describe.skip)('a setup with npm', () => {
  const pods = podsFolder();
  const product = productForSuite({ environment: { FLOTILLA_PODS: pods } });

  const layers = () =>
    readdirSync(join(pods, 'layers')).map((name) => [name, statSync(join(pods, 'layers', name)).ino]);

  test('installs once for two subtasks and the next objective, and not again where an agent changes package.json', async () => {
    const [name, version] = PACKAGE.split('@') as [string, string];
    const manifest = { name: 'numbers', version: '1.0.0', dependencies: { [name]: version } };
    const workspace = codeRepository({ 'package.json': JSON.stringify(manifest) });
    const touched = patch('-exports.add = (a, b) => a - b;', '+exports.add = (a, b) => a + b;').replace(
      '*** Begin Patch',
      `*** Begin Patch\n*** Update File: package.json\n-${JSON.stringify(manifest)}\n+${JSON.stringify({ ...manifest, dependencies: {} })}`,
    );
    const { host } = new URL(registry ?? '');
    const plan = {
      setup: { command: `npm install --no-audit --no-fund --registry=${registry}`, allowHosts: [`private:${host}`] },
      checks: { installed: { command: `node -e "if (require('${name}')('1s') !== 1000) process.exit(1)"` } },
      subtasks: [
        { id: 'add', kind: 'code', title: 'Mend the sum', instructions: touched },
        { id: 'look', kind: 'code', title: 'Use it', instructions: `$ node -p "require('${name}')('1m')"` },
      ],
    };
    const run = async () => {
      const handle = await product.flotilla.start({ id: newId('setup'), objective: 'Mend it.', workspace, plan });
      const result = await handle.result();
      expect({
        result,
        failures: (await handle.progress()).subtasks.map(({ failure }) => failure),
      }).toMatchObject({
        result: { status: 'completed', counts: { completed: 2 } },
      });
      return layers();
    };
    const made = await run();
    expect(made).toHaveLength(1);
    expect(await run()).toEqual(made);
  });
});
