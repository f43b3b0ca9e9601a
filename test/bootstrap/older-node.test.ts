/** The bootstrap runs on the Node that the machine has, however it came to be that one. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isNewEnough } from '../../src/bootstrap/node.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'src', 'bootstrap');
const modules = readdirSync(FOLDER);

/** Those of the usual places that are too old to run the product. */
const older = ['/usr/bin/node', '/usr/local/bin/node', '/opt/homebrew/bin/node'].filter((path) => {
  try {
    return !isNewEnough(execFileSync(path, ['--version'], { encoding: 'utf8' }).slice(1));
  } catch {
    return false;
  }
});

describe('the bootstrap', () => {
  test.each(modules)('%s is plain JavaScript that needs nothing but Node', (name) => {
    expect(name).toMatch(/\.js$/);
    const imported = [...readFileSync(join(FOLDER, name), 'utf8').matchAll(/ from '([^']+)'/g)].map(
      ([, from = '']) => from,
    );
    expect(imported.filter((from) => !/^(node:|\.\/)/.test(from))).toEqual([]);
  });

  test('says which tasks there are, on every older Node of this machine and on this one', () => {
    for (const node of [...older, process.execPath]) {
      const script = `import(${JSON.stringify(join(FOLDER, 'main.js'))}).then(({ runTask }) => runTask('dance', []))`;
      let said = '';
      try {
        execFileSync(node, ['-e', script], { encoding: 'utf8', stdio: 'pipe' });
      } catch (error) {
        said = (error as { stderr: string }).stderr;
      }
      expect(said).toBe('There is no task "dance"; there are: cli, start, test, bench, build.\n');
    }
  });
});
