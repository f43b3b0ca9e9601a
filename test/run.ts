/**
 * `npm test`: format, lint, types, dead code, tests; every step runs, whatever the one before it found. The last line is
 * `N passed, N failed`: each check counts as one, and each test.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noPods } from './support/no-pods.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-npm-test-'));
const results = join(scratch, 'jest.json');

interface Check {
  name: string;
  module: string;
  args: string[];
}

const CHECKS: Check[] = [
  { name: 'format', module: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lint', module: 'eslint/bin/eslint.js', args: ['--config', '.config/eslint.config.js', '.'] },
  { name: 'types', module: 'typescript/bin/tsc', args: ['--project', 'test'] },
  { name: 'dead code', module: 'knip/bin/knip.js', args: [] },
  { name: 'dead code without tests', module: 'knip/bin/knip.js', args: ['--production'] },
];

/** Resolves to the exit code; what it prints goes to the terminal. */
function run(module: string, args: string[], options: string[] = []): Promise<number> {
  const child = spawn(process.execPath, [...options, join(root, 'node_modules', module), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

let [passed, failed] = [0, 0];
const only = process.argv.slice(2);

if (only.length === 0) {
  for (const { name, module, args } of CHECKS) {
    const startedAt = performance.now();
    const isGood = (await run(module, args)) === 0;
    if (isGood) passed += 1;
    else failed += 1;
    console.log(`${isGood ? 'passed' : 'FAILED'}: ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  }
}

const exitCode = await run(
  'jest/bin/jest.js',
  ['--json', `--outputFile=${results}`, ...only],
  ['--experimental-vm-modules'],
);
try {
  const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests, testResults } = JSON.parse(
    readFileSync(results, 'utf8'),
  ) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
    numPendingTests: number;
    testResults: { assertionResults: unknown[] }[];
  };
  passed += numPassedTests;
  // A suite that could not even be loaded has no tests that failed.
  failed += numFailedTests + testResults.filter(({ assertionResults }) => assertionResults.length === 0).length;
  if (numPendingTests > 0) console.log(`${numPendingTests} not run: ${noPods ?? 'see above'}`);
  if (exitCode !== 0 && numFailedTests + numFailedTestSuites === 0) failed += 1;
} catch (error) {
  console.error(`The tests left no result: ${String(error)}`);
  failed += 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
