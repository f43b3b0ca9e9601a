/** A Node that is new enough: this one, or the pinned one, brought once and checked. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureNode, isNewEnough, PINNED } from '../../src/bootstrap/node.js';
import { folderWith, temporaryFolder } from '../support/folders.ts';

test.each([
  ['24.9.0', true],
  ['24.10.0', true],
  ['25.0.0', true],
  ['24.8.9', false],
  ['22.20.0', false],
  ['20.20.2', false],
])('Node %s is new enough: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test.each(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'] as const)(
  'there is a Node to bring for %s: new enough, with its whole hash',
  (platform) => {
    const { name, version, sha512 } = PINNED[platform];
    expect(name).toMatch(new RegExp(`^node-(bin-)?${platform}$`));
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(isNewEnough(version)).toBe(true);
    expect(Buffer.from(sha512, 'base64')).toHaveLength(64);
    expect(Buffer.from(sha512, 'base64').toString('base64')).toBe(sha512);
  },
);

describe('where the machine’s Node is too old', () => {
  const platform = `${process.platform}-${process.arch}`;
  const before = { ...process.env };
  let cache: string;
  let asked: () => string[][];
  let archive: string;

  beforeEach(() => {
    const folder = folderWith({ 'package/bin/node': '#!/bin/sh\necho v99.0.0\n', 'package/LICENSE': 'MIT' });
    chmodSync(join(folder, 'package', 'bin', 'node'), 0o755);
    archive = join(folder, 'node-fake-99.0.0.tgz');
    execFileSync('tar', ['-czf', archive, '-C', folder, 'package']);
    // Stands for npm: writes down what it is asked, and "packs" the archive.
    const log = join(folder, 'asked.jsonl');
    folderWith(
      {
        'npm.js': `const { appendFileSync, copyFileSync } = require('node:fs');
          const args = process.argv.slice(2);
          appendFileSync(${JSON.stringify(log)}, JSON.stringify(args) + '\\n');
          const folder = args[args.indexOf('--pack-destination') + 1];
          copyFileSync(${JSON.stringify(archive)}, folder + '/node-fake-99.0.0.tgz');`,
      },
      folder,
    );
    asked = () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as string[])
        : [];
    cache = temporaryFolder();
    process.env['XDG_CACHE_HOME'] = cache;
    process.env['npm_execpath'] = join(folder, 'npm.js');
  });
  afterEach(() => {
    for (const name of ['XDG_CACHE_HOME', 'npm_execpath']) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  });

  const pins = (sha512: string) => ({ [platform]: { name: 'node-fake', version: '99.0.0', sha512 } });
  const rightHash = (): string => createHash('sha512').update(readFileSync(archive)).digest('base64');

  test('a pinned one is brought from npm into the cache, once, and runs', () => {
    const binary = ensureNode('20.20.2', pins(rightHash()));
    expect(binary).toBe(join(cache, 'flotilla', 'node', '99.0.0', 'bin', 'node'));
    expect(execFileSync(binary, { encoding: 'utf8' })).toBe('v99.0.0\n');
    expect(ensureNode('20.20.2', pins(rightHash()))).toBe(binary);
    expect(asked().map((args) => args.slice(0, 2))).toEqual([['pack', 'node-fake@99.0.0']]);
  });

  test('one with another hash is refused, and nothing of it is kept', () => {
    expect(() => ensureNode('20.20.2', pins(PINNED['linux-x64'].sha512))).toThrow(
      'node-fake@99.0.0 does not match its pinned hash. Nothing of it was used.',
    );
    expect(readdirSync(join(cache, 'flotilla', 'node'))).toEqual([]);
  });

  test('and there is none to bring, the error says where to get one', () => {
    expect(() => ensureNode('20.20.2', {})).toThrow(/Node 20\.20\.2 is too old .*Install Node 24\.9 .*nodejs\.org/);
    expect(asked()).toEqual([]);
  });

  test('a new enough one is this one: npm is not asked', () => {
    expect(ensureNode('24.9.0', pins('no hash'))).toBe(process.execPath);
    expect(asked()).toEqual([]);
  });
});
