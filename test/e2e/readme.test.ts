/** What the README tells people to type is typed here. Left out: compose, `npm test` itself, and `up`, which the suite has done. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { readPolicyFile } from '../../src/client/plan-file.ts';
import { loadConfig } from '../../src/config.ts';
import { DEFAULT_LADDERS } from '../../src/contracts/kinds.ts';
import { CLI } from '../support/product.ts';
import { folderWith, temporaryFolder } from '../support/folders.ts';
import { FIXTURE_FILES } from '../support/repository.ts';
import { noPods } from '../support/no-pods.ts';
import { productForSuite } from '../support/suite.ts';

const readme = readFileSync('README.md', 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

const home = temporaryFolder('flotilla-user');
const product = productForSuite({ environment: { HOME: home }, home: join(home, '.flotilla') });
const [pipeline = '', , mend = ''] = blocks('yaml');
const workspace = folderWith({ ...FIXTURE_FILES, 'pipeline.yaml': pipeline, 'mend.yaml': mend });

const run = promisify(execFile);
const inShell = (script: string, environment: NodeJS.ProcessEnv = {}) =>
  run('bash', ['-euc', `npx() { shift; node '${CLI}' "$@"; }\n${script}`], {
    cwd: workspace,
    env: { ...product.environment(), PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, ...environment },
    maxBuffer: 64_000_000,
  });

const typed = blocks('sh').map((block) => block.replace(/^npx flotilla up .*\n/gm, ''));
const withFlotilla = typed.filter((block) => block.includes('npx flotilla'));

describe('the README', () => {
  test('has its commands where this test looks for them', () => {
    expect(withFlotilla).toHaveLength(6);
    expect(typed.filter((block) => !block.includes('npx flotilla'))).toEqual(['npm start\n', 'npm test\n']);
  });

  const isPossible = (script: string): boolean => noPods === null || !script.includes('mend.yaml');

  test.each(withFlotilla.filter(isPossible))('is right about\n%s', async (script) => {
    const { stdout } = await inShell(script);
    expect(stdout).toMatch(/completed|"\$schema"/);
  });

  test('is right about `npm start -- --once`', async () => {
    const { stdout } = await run('npm', ['start', '--', '--once', '--port', '0', '--ui-port', '0', '--stand-in'], {
      env: { ...product.environment(), OPENAI_BASE_URL: '', FLOTILLA_HOME: temporaryFolder('flotilla-home') },
    });
    expect(stdout).toMatch(/completed: 5 of 5 subtasks completed/);
    expect(stdout).toMatch(/Report: .*report\.html/);
  });

  test('shows a program that works', async () => {
    // Inside the package, so that it finds the package by its name.
    const file = join('dist', 'readme-client.mjs');
    writeFileSync(file, blocks('js')[0] ?? '');
    const { stdout } = await inShell(`node '${join(process.cwd(), file)}'`).finally(() => rmSync(file));
    expect(stdout).toMatch(/^completed ended$/m);
    expect(stdout).toContain('lib/old.js:3');
  });

  test('shows the ladders that are in force where nobody says otherwise', () => {
    const [, ladders = ''] = blocks('yaml');
    const { value } = readPolicyFile(join(folderWith({ 'policy.yaml': ladders }), 'policy.yaml'));
    expect({ check: [], ...value.ladders }).toEqual(DEFAULT_LADDERS);
  });

  test('shows a tiers file and a models file that work together', async () => {
    const [tiers = '', models = ''] = blocks('yaml').slice(3);
    const files = folderWith({ 'tiers.yaml': tiers, 'models.yaml': models });
    const environment = { FLOTILLA_TIERS: `${files}/tiers.yaml`, FLOTILLA_MODELS: `${files}/models.yaml` };
    const { stdout } = await inShell('npx flotilla models', environment);
    expect(stdout).toMatch(/^● claude-opus-5-5 [^]*used by manager;/m);
    expect(stdout).toMatch(/^● Qwen\/Qwen3-8B +gateway +0 +0 +0 [^]*used by nano; tools, strictSchema/m);
  });

  test('lists every setting of ours, and the key of every provider', () => {
    for (const { keyVariable } of loadCatalogue().providers) expect(readme).toContain(keyVariable ?? '');

    const settings = [...readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
    expect(settings).toContain('FLOTILLA_HOME');
    for (const name of settings.filter((each) => each !== 'PATH')) expect(readme).toContain(`\`${name}\``);
    expect(() => loadConfig({})).not.toThrow();
  });
});
