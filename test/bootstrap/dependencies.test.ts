/** The dependencies of the lockfile: installed when they are not, and quick when they are. */
import { existsSync, readFileSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ensureDependencies } from '../../src/bootstrap/dependencies.js';
import { BootstrapError } from '../../src/bootstrap/say.js';
import { contentsOf, folderWith, temporaryFolder } from '../support/folders.ts';

const before = process.env['npm_execpath'];
afterEach(() => {
  if (before === undefined) Reflect.deleteProperty(process.env, 'npm_execpath');
  else process.env['npm_execpath'] = before;
});

const packages = {
  '': { version: '0' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0' },
};

/** A project, and an npm that writes down what it is asked, or fails. */
function project(installed: object | null, wanted: object = packages, npmFails = false) {
  const root = folderWith({
    'package-lock.json': JSON.stringify({ packages: wanted }),
    'node_modules/.bin/x': '',
    ...(installed && { 'node_modules/.package-lock.json': JSON.stringify({ packages: installed }) }),
    'npm.js': npmFails
      ? "console.error('npm error network'); process.exit(1);"
      : `require('node:fs').appendFileSync('asked', process.argv.slice(2).join(' ') + '\\n');`,
  });
  process.env['npm_execpath'] = join(root, 'npm.js');
  const asked = (): string => (existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8') : '');
  return { root, ensure: () => ensureDependencies(process.execPath, root), asked };
}

describe('dependencies', () => {
  test('that are as the lockfile says are left alone', () => {
    const { ensure, asked } = project(packages);
    ensure();
    expect(asked()).toBe('');
  });

  test.each([
    ['were never installed', null],
    ['lack a package', { 'node_modules/a': { version: '1.0.0' } }],
    ['have another version', { ...packages, 'node_modules/b': { version: '2.0.1' } }],
  ])('that %s are installed by the lockfile', (_, installed) => {
    const { ensure, asked } = project(installed);
    ensure();
    expect(asked()).toMatch(/^ci( |$)/);
  });

  test('of other platforms need not be there', () => {
    const { ensure, asked } = project(packages, {
      ...packages,
      'node_modules/c-darwin': { version: '1.0.0', optional: true },
    });
    ensure();
    expect(asked()).toBe('');
  });

  test('that can’t be installed are an error that shows what npm said', () => {
    const { ensure } = project(null, packages, true);
    expect(ensure).toThrow(/^npm ci failed:\nnpm error network$/);
  });

  test.each([
    ['whole', packages],
    ['to be installed', null],
  ])(
    'that are a link to another folder are refused before npm runs, and nothing is written there: %s',
    (_, installed) => {
      const { root, ensure, asked } = project(installed);
      const theirs = join(temporaryFolder(), 'node_modules');
      renameSync(join(root, 'node_modules'), theirs);
      symlinkSync(theirs, join(root, 'node_modules'));
      const before = contentsOf(theirs);
      expect(ensure).toThrow(BootstrapError);
      expect(ensure).toThrow(/node_modules is a symbolic link\. .* \(rm .*node_modules\)/);
      expect([asked(), contentsOf(theirs)]).toEqual(['', before]);
    },
  );
});

test('the command is there for npx, also where its link pointed nowhere', () => {
  const { root, ensure } = project(packages);
  const link = join(root, 'node_modules', '.bin', 'flotilla');
  symlinkSync('nowhere', link);
  ensure();
  expect(readlinkSync(link)).toBe('../../src/bootstrap/flotilla.js');
});
