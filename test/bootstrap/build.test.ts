/** The build: made when a source has changed, not otherwise; whole or not at all. */
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ensureBuild } from '../../src/bootstrap/build.js';
import { folderWith } from '../support/folders.ts';

/** A project whose compiler counts its runs, and fails where a source says so. */
function project() {
  const root = folderWith({
    'package.json': '{}',
    'package-lock.json': '{}',
    'tsconfig.json': '{}',
    'src/main.ts': 'one',
    'workflows/index.ts': '',
    'activities/index.ts': '',
    'workers/bundle.ts': '',
    'node_modules/typescript/bin/tsc': `const { appendFileSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
      const [, root, , out] = process.argv.slice(2);
      appendFileSync(root + '/runs', 'x');
      const source = readFileSync(root + '/src/main.ts', 'utf8');
      mkdirSync(out + '/workers', { recursive: true });
      writeFileSync(out + '/main.js', source);
      writeFileSync(out + '/workers/bundle.js', "require('node:fs').writeFileSync(__dirname + '/../bundled', '')");
      if (source === 'broken') { console.log('main.ts(1,1): it is broken'); process.exit(2); }`,
  });
  return {
    root,
    build: () => ensureBuild(process.execPath, root),
    builds: () => readFileSync(join(root, 'runs'), 'utf8').length,
    built: () => readFileSync(join(root, 'dist', 'main.js'), 'utf8'),
    write: (path: string, text: string) => writeFileSync(join(root, path), text),
  };
}

test('a project is built once, with its bundle, and then left alone', () => {
  const { root, build, builds, built } = project();
  build();
  expect(built()).toBe('one');
  expect(existsSync(join(root, 'dist', 'bundled'))).toBe(true);
  build();
  expect(builds()).toBe(1);
});

test('times alone are no change', () => {
  const { root, build, builds } = project();
  build();
  utimesSync(join(root, 'src', 'main.ts'), new Date(), new Date());
  build();
  expect(builds()).toBe(1);
});

test.each(['src/main.ts', 'workflows/index.ts', 'src/new.ts', 'package.json', 'package-lock.json', 'tsconfig.json'])(
  'a change of %s is built',
  (path) => {
    const { build, builds, write } = project();
    build();
    write(path, '{ "private": true }');
    build();
    expect(builds()).toBe(2);
  },
);

test('what moves from one file to another is a change', () => {
  const { build, builds, write } = project();
  write('src/a.ts', 'text');
  write('src/b.ts', '');
  build();
  write('src/a.ts', '');
  write('src/b.ts', 'text');
  build();
  expect(builds()).toBe(2);
});

test('a build that fails shows what the compiler said, and leaves the one before it as it was', () => {
  const { root, build, built, write } = project();
  build();
  write('src/main.ts', 'broken');
  expect(build).toThrow('The build failed:\nmain.ts(1,1): it is broken');
  expect(built()).toBe('one');
  expect(readdirSync(root).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  expect(build).toThrow('it is broken');
  write('src/main.ts', 'mended');
  build();
  expect(built()).toBe('mended');
});
