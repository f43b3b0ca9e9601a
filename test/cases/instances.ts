/**
 * Public repositories as instances: `node test/cases/instances.ts OWNER/NAME=PATH …`, each PATH a clone, bare or not. Of each known change the tests
 * that it mends are named by running them before and after; then the instance must be valid: not solved without a change, solved by the
 * change without its tests. Then an agent is asked, by the product as it was built last (`npm run build`): the stand-in as an oracle, which emits the
 * change through the real tools, has to solve it, and as one that does nothing has not to. What is not named is told and left out.
 *
 * minimistjs/minimist, expressjs/express, micromatch/braces, unjs/ufo: all MIT. The packages that their tests need are installed on the
 * host, without running anything of them, and shown to the pods; the registry has to be reachable.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Bench, evaluate } from '../../src/instances/evaluate.ts';
import { openInstance, patched } from '../../src/instances/run.ts';
import type { Instance } from '../../src/instances/schema.ts';
import { withFiles } from '../../src/instances/checkout.ts';
import type { NamedTest } from '../../src/instances/parsers/parsed.ts';
import { validate } from '../../src/instances/validate.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { Product } from '../support/product.ts';
import { callsTool } from '../support/says.ts';
import { v4aOf } from '../support/v4a.ts';

interface Case {
  name: string;
  repository: string;
  base: string;
  fix: string;
  /** Folders and files of the tests, taken from the fix. */
  tests: string[];
  test: string;
  parser: Instance['parser'];
  /** What the tests need beside the repository's own dependencies. */
  packages: string[];
  /** Failing before, passing after; of assertions, where the runner names those. */
  expected: [failing: number, passing: number];
}

const minimist = (name: string, base: string, fix: string, expected: Case['expected']): Case => ({
  ...{ name, repository: 'minimistjs/minimist', base, fix, expected },
  ...{ tests: ['test'], test: "npx tape 'test/**/*.js'", parser: 'tap', packages: ['tape@5.6.3'] },
});

const CASES: Case[] = [
  minimist('minimist 1', '2758c33aba8a', 'de53490d7b38', [1, 155]),
  minimist('minimist 2', '3124ed3e4630', '9c7dc85ab9e8', [2, 150]),
  minimist('minimist 3', '72239e6f0ea7', '63b8fee87b8e', [2, 129]),
  {
    ...{ name: 'express', repository: 'expressjs/express', base: 'a1fa90fcea7d', fix: 'a003cfab034f' },
    tests: ['test/res.location.js'],
    test: 'npx mocha --require test/support/env --check-leaks test/res.location.js',
    parser: 'mocha',
    packages: ['mocha@10.2.0', 'supertest@6.3.0', 'after@0.8.2'],
    expected: [1, 10],
  },
  {
    ...{ name: 'braces', repository: 'micromatch/braces', base: '977c75a38a10', fix: 'ac60bdb94870' },
    tests: ['test/bash-spec.js'],
    test: 'npx mocha -r ./test/mocha-initialization.js',
    parser: 'mocha',
    packages: ['mocha@6.1.1', 'bash-path@2.0.1', 'ansi-colors@3.2.4'],
    expected: [19, 815],
  },
  {
    ...{ name: 'ufo', repository: 'unjs/ufo', base: '5fb179d51384', fix: 'eb29945470c8' },
    tests: ['test'],
    test: 'npx vitest run --reporter=verbose test',
    parser: 'vitest',
    packages: ['vitest@4.0.16'],
    expected: [4, 485],
  },
];

const paths = new Map(process.argv.slice(2).map((pair) => pair.split('=', 2) as [string, string]));
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-instances-'));
const podsFolder = mkdtempSync('/var/tmp/flotilla-instances-');
const modulesRoot = mkdtempSync('/var/tmp/flotilla-modules-');
chmodSync(podsFolder, 0o711);
chmodSync(modulesRoot, 0o755);
let [tried, wrong] = [0, 0];
try {
  for (const one of CASES) {
    const path = paths.get(one.repository);
    if (path === undefined) {
      console.log(`${one.name}: not tried, ${one.repository} is not named`);
      continue;
    }
    tried += 1;
    if (!(await isRight(one, resolve(path)))) wrong += 1;
  }
} finally {
  for (const folder of [scratch, podsFolder, modulesRoot]) rmSync(folder, { recursive: true, force: true });
}
console.log(`${tried - wrong} of ${tried} are valid instances`);
process.exitCode = wrong > 0 || tried === 0 ? 1 : 0;

async function isRight(one: Case, repo: string): Promise<boolean> {
  const folder = join(scratch, one.name.replace(' ', '-'));
  mkdirSync(folder);
  const modules = modulesOf(one, repo);
  const bench: Bench = {
    blobs: new Blobs(join(folder, 'blobs')),
    pods: { podsFolder, binds: [{ source: modules, target: modules }] },
    signal: new AbortController().signal,
  };
  const patch = join(folder, 'oracle.patch');
  const excluded = one.tests.map((path) => `:!${path}`);
  writeFileSync(patch, git(repo, 'diff', '--binary', one.base, one.fix, '--', '.', ...excluded));
  const lists = await listsOf(one, repo, bench, patch, folder);
  const [failing, passing] = [lists.failToPass.length, lists.failToPass.length + lists.passToPass.length];
  const opened = await open(one, repo, bench, folder, lists);
  const { problems, unchanged, oracle } = await validate(bench, opened, await patched(opened, patch, bench.blobs));
  const agents = await askAgents(opened.file, git(repo, 'diff', one.base, one.fix, '--', '.', ...excluded));
  const isSolved = agents.oracle === 'resolved' && agents.idle === 'not-resolved';
  const isRight = isSolved && problems.length === 0 && failing === one.expected[0] && passing === one.expected[1];
  const times = `${(oracle.evaluation.testMs / 1000).toFixed(1)} s`;
  console.log(
    `${isRight ? 'right' : 'WRONG'} ${one.name}: ${failing} fail → ${passing} pass (expected ${one.expected.join(' → ')}), without a change ${unchanged.verdict.outcome}, with the oracle ${oracle.verdict.outcome}, by an agent that emits it ${agents.oracle}, by one that does nothing ${agents.idle}, ${times} ${problems.join(' ')}`,
  );
  return isRight;
}

type Lists = Pick<Instance, 'failToPass' | 'passToPass'>;

/** By running the tests of the fix before and after. */
async function listsOf(one: Case, repo: string, bench: Bench, patch: string, folder: string): Promise<Lists> {
  const opened = await open(one, repo, bench, folder, { failToPass: ['not known yet'], passToPass: [] });
  const passedIn = async (manifest: typeof opened.base): Promise<string[]> => {
    const { test } = await evaluate(bench, opened.instance, withFiles(manifest, opened.testFiles));
    return (test?.tests ?? []).filter(({ status }: NamedTest) => status === 'passed').map(({ name }) => name);
  };
  const before = new Set(await passedIn(opened.base));
  const after = await passedIn(await patched(opened, patch, bench.blobs));
  return {
    failToPass: after.filter((name) => !before.has(name)),
    passToPass: after.filter((name) => before.has(name)),
  };
}

async function open(one: Case, repo: string, bench: Bench, folder: string, lists: Lists) {
  const { base, fix, tests, test, parser } = one;
  const file = join(folder, 'instance.json');
  const setup = `ln -s ${modulesFolder(one)}/node_modules node_modules`;
  const testFiles = { commit: fix, paths: tests };
  writeFileSync(file, JSON.stringify({ repo, base, problem: one.name, setup, test, parser, testFiles, ...lists }));
  const inside = mkdtempSync(join(folder, 'open-'));
  return openInstance(file, { blobs: bench.blobs, scratch: inside, path: process.env['PATH'] ?? '' });
}

/** The packages of the case and the dependencies that its repository names, in a folder that pods may see. */
function modulesOf(one: Case, repo: string): string {
  const { base, packages } = one;
  const folder = modulesFolder(one);
  mkdirSync(folder);
  const { dependencies = {} } = JSON.parse(git(repo, 'show', `${base}:package.json`)) as {
    dependencies?: Record<string, string>;
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...flags, ...packages], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}

/** One after the other on a stack of its own. */
async function askAgents(file: string, diff: string): Promise<{ oracle: string; idle: string }> {
  const product = new Product(mkdtempSync(join(scratch, 'home-')), {
    ...{ FLOTILLA_PODS: podsFolder, FLOTILLA_POD_PATHS: modulesRoot },
  });
  await product.start();
  try {
    const ask = async (): Promise<string> => {
      const { stdout, stderr } = await product.cli('instance', 'run', file, '--json');
      return stdout === '' ? stderr : (JSON.parse(stdout) as { verdict: string }).verdict;
    };
    product.script = ({ callKey }) =>
      callKey.endsWith('/fix/1/1/turn') ? callsTool('apply_patch', { patch: v4aOf(diff) }) : null;
    const oracle = await ask();
    product.script = () => null;
    return { oracle, idle: await ask() };
  } finally {
    await product.stop();
  }
}

function modulesFolder({ name }: Case): string {
  return join(modulesRoot, name.replace(' ', '-'));
}

function git(repo: string, ...args: string[]): string {
  return execFileSync('git', ['-C', repo, ...args], { maxBuffer: 1e9, encoding: 'utf8' });
}
