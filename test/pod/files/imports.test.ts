/** A pod has Node and the product's own files, and nothing from node_modules. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ENTRY = fileURLToPath(new URL('../../../src/pod/inside/files/index.ts', import.meta.url));

/** What is imported at run time, of whatever is imported by path. */
function imported(file: string, seen = new Set<string>()): Set<string> {
  const source = readFileSync(file, 'utf8');
  for (const [, what = ''] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm)) {
    const target = what.startsWith('.') ? resolve(dirname(file), what) : what;
    if (seen.has(target)) continue;
    seen.add(target);
    if (what.startsWith('.')) imported(target, seen);
  }
  return seen;
}

test('file operations need nothing but Node', () => {
  const all = [...imported(ENTRY)];
  expect(all.filter((target) => !target.startsWith('/') && !target.startsWith('node:'))).toEqual([]);
  expect(all.some((target) => target.endsWith('/src/patch/parse.ts'))).toBe(true);
});
