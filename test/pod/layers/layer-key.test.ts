import { describe, expect, test } from '@jest/globals';
import type { Manifest } from '../../../src/contracts/workspace.ts';
import { isDependencyFile } from '../../../src/pod/layers/dependency-files.ts';
import { layerKey } from '../../../src/pod/layers/layer-key.ts';

test.each([
  ['package.json', true],
  ['packages/a/package.json', true],
  ['requirements-dev.txt', true],
  ['requirements/base.txt', true],
  ['api/go.sum', true],
  ['Cargo.lock', true],
  ['foo.gemspec', true],
  ['node_modules/a/package.json', false],
  ['src/package.json.ts', false],
  ['README.md', false],
  ['docs/requirements.md', false],
])('%s says what is depended on: %s', (path, expected) => {
  expect(isDependencyFile(path)).toBe(expected);
});

const frozen = (files: { path: string; blob: string }[]): Pick<Manifest, 'files'> => ({
  files: files.map((file) => ({ ...file, bytes: 1, isExecutable: false, isBinary: false })),
});

describe('the key of a setup', () => {
  const setup = { command: 'npm ci', timeoutSeconds: 900, allowHosts: ['a.test', 'b.test'] };
  const files = [
    { path: 'package.json', blob: '1' },
    { path: 'src/a.js', blob: '2' },
  ];
  const key = layerKey(setup, frozen(files));

  test('is the same for the same dependencies, whatever else changes', () => {
    const others = [{ path: 'src/b.js', blob: '3' }, files[0] ?? { path: '', blob: '' }];
    expect(layerKey({ ...setup, timeoutSeconds: 1, allowHosts: ['b.test', 'a.test'] }, frozen(others))).toBe(key);
  });

  test.each([
    ['the command', layerKey({ ...setup, command: 'npm install' }, frozen(files))],
    ['the hosts', layerKey({ ...setup, allowHosts: ['a.test'] }, frozen(files))],
    ['a dependency file', layerKey(setup, frozen([{ path: 'package.json', blob: '9' }]))],
    ['a new dependency file', layerKey(setup, frozen([...files, { path: 'b/package.json', blob: '1' }]))],
  ])('is another one with %s', (_, other) => {
    expect(other).not.toBe(key);
  });

  test('is another one when a file that the command names changes', () => {
    const scripted = { ...setup, command: 'sh tools/setup.sh' };
    const keys = ['1', '2'].map((blob) => layerKey(scripted, frozen([{ path: 'tools/setup.sh', blob }])));
    expect(keys[0]).not.toBe(keys[1]);
  });
});
