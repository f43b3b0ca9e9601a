/** What Workflows load at run time: nothing that could differ from one moment or host to the next. */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const bundle = readFileSync(fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)), 'utf8');

/** The modules of the bundle as their headings name them, left out ones and external ones as well. */
const modules = [...bundle.matchAll(/^ {2}!\*\*\* (?:external )?"?(.+?)"?(?: \(ignored\))? \*\*\*!$/gm)].map(
  ([, name = '']) => name.replace(/^node:/, ''),
);
const own = modules.filter((name) => name.startsWith('./') && !name.startsWith('./node_modules/'));

test('the bundle holds our Workflows', () => {
  expect(own.filter((name) => /\/workflows\/(objective|subagent)\.js$/.test(name))).toHaveLength(2);
});

test('of ours, Workflows load contracts alone', () => {
  expect(own.filter((name) => !/^\.\/dist[^/]*\/(workflows|src\/contracts)\/[a-z-]+\.c?js$/.test(name))).toEqual([]);
});

test('of others, Workflows load the SDK alone: no zod, no client of a provider', () => {
  const packages = modules.flatMap(
    (name) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(name)?.[1] ?? [],
  );
  expect([...new Set(packages)].toSorted()).toEqual([
    ...['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc'],
  ]);
});

test('of Node, Workflows load nothing', () => {
  expect(modules.filter((name) => builtinModules.includes(name))).toEqual([]);
  expect(bundle).not.toMatch(/["']node:[a-z_/]+["']/);
});
