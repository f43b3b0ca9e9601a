/** A tiny library in a git repository, with the commit that mends it, and files of instances of it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, temporaryFolder } from './folders.ts';

const TESTS = [
  "import assert from 'node:assert/strict';",
  "import { test } from 'node:test';",
  "import { total } from '../cart.js';",
  "test('nothing is free', () => assert.equal(total([]), 0));",
];
const ADDS = "test('adds', () => assert.equal(total([1, 2]), 3));";
/** It shows itself only after the fix. */
export const SECRET = 'a later commit';

const fileOf = (lines: string[]): string => lines.map((line) => `${line}\n`).join('');
const cart = (sign: string): string =>
  `export const total = (prices) => prices.reduce((sum, price) => sum ${sign} price, 0);\n`;

export interface FixtureInstances {
  /** With a work tree. */
  repository: string;
  /** The same, bare. */
  mirror: string;
  base: string;
  fix: string;
  /** Writes an instance file beside the repository. */
  instance: (change?: object) => string;
  /** Writes a patch of `cart.js`, by default the one that mends it. */
  patch: (content?: string) => string;
}

export function gitIn(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Fixture', '-c', 'user.email=fixture@example.com', '-c', 'core.safecrlf=false'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8', env }).trim();
}

export function fixtureInstances(): FixtureInstances {
  const root = temporaryFolder('flotilla-instances');
  const repository = join(root, 'cart');
  mkdirSync(repository);
  gitIn(repository, 'init', '-q', '-b', 'main');
  const commit = (files: Record<string, string>, message: string): string => {
    folderWith(files, repository);
    gitIn(repository, 'add', '-A');
    gitIn(repository, 'commit', '-q', '--no-verify', '-m', message);
    return gitIn(repository, 'rev-parse', 'HEAD');
  };
  symlinkSync('cart.js', join(repository, 'latest.js'));
  commit(
    {
      ...{ 'package.json': '{ "type": "module" }\n', 'cart.js': cart('-'), 'bin/run.sh': '#!/bin/sh\n' },
      ...{ 'test/cart.test.js': fileOf(TESTS), '.gitattributes': '*.txt text eol=crlf filter=upper\n' },
      'notes.txt': 'one\ntwo\n',
    },
    'a library',
  );
  chmodSync(join(repository, 'bin/run.sh'), 0o755);
  const runnable = commit({}, 'a script');
  const fix = commit(
    { 'cart.js': cart('+'), 'test/cart.test.js': fileOf([...TESTS, ADDS]), 'later.txt': SECRET },
    SECRET,
  );
  const mirror = join(root, 'cart.git');
  execFileSync('git', ['clone', '-q', '--bare', repository, mirror]);
  let written = 0;
  const write = (name: string, text: string): string => {
    const path = join(root, `${(written += 1)}-${name}`);
    writeFileSync(path, text);
    return path;
  };
  return {
    ...{ repository, mirror, base: runnable, fix },
    instance: (change = {}) =>
      write(
        'instance.json',
        JSON.stringify({
          ...{ repo: 'cart', base: runnable, problem: 'total() gives negative sums.' },
          ...{ test: 'node --test --test-reporter=spec', parser: 'node' },
          ...{ failToPass: ['adds'], passToPass: ['nothing is free'] },
          ...{ testFiles: { commit: fix, paths: ['test'] } },
          ...change,
        }),
      ),
    patch: (content) => {
      if (content === undefined)
        return write('gold.patch', `${gitIn(repository, 'diff', runnable, fix, '--', 'cart.js')}\n`);
      folderWith({ 'cart.js': content }, repository);
      const text = gitIn(repository, 'diff', runnable, '--', 'cart.js');
      gitIn(repository, 'checkout', '-q', 'HEAD', '--', 'cart.js');
      return write('other.patch', `${text}\n`);
    },
  };
}
