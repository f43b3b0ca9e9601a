/** Folders that turn into links while they are used: nothing is read or written where they lead. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { fileOperations } from '../../../src/pod/inside/files/index.ts';
import { Refusal } from '../../../src/pod/inside/refusal.ts';
import { contentsOf, folderWith } from '../../support/folders.ts';

const SWAPS = 20_000;

/**
 * Swaps `folder` for a link to `outside` and back, and counts up as it goes. Whoever writes may make the folder anew while
 * there is none of that name; such a one is removed.
 */
const RACER = `
  const { renameSync, rmSync, symlinkSync } = require('node:fs');
  const { folder, outside, swaps, done } = require('node:worker_threads').workerData;
  const until = (attempt) => {
    for (;;) {
      try {
        return attempt();
      } catch {}
      try {
        rmSync(folder, { recursive: true, force: true });
      } catch {}
    }
  };
  try {
    for (let swap = 0; swap < swaps; swap += 1) {
      renameSync(folder, folder + '.real');
      until(() => symlinkSync(outside, folder));
      rmSync(folder, { force: true });
      until(() => renameSync(folder + '.real', folder));
      Atomics.add(done, 0, 1);
    }
  } finally {
    Atomics.store(done, 0, swaps + 1);
  }
`;

test(`${SWAPS} swaps of a folder for a link let nothing out and nothing in`, async () => {
  const outside = folderWith({ 'file.txt': 'SECRET\n', 'below/file.txt': 'SECRET\n' });
  const root = folderWith({ 'top/a/file.txt': 'inside\n', 'top/a/below/file.txt': 'inside\n' });
  const before = contentsOf(outside);
  const pod = fileOperations(root);
  const done = new Int32Array(new SharedArrayBuffer(4));
  const racer = new Worker(RACER, {
    eval: true,
    workerData: { folder: join(root, 'top/a'), outside, swaps: SWAPS, done },
  });
  const ended = new Promise<number>((resolve, reject) => racer.once('error', reject).once('exit', resolve));
  ended.catch(() => undefined);

  const lines = { startLine: 1, endLine: 9, maxBytes: 1000 };
  const attempts: (() => Promise<unknown>)[] = [
    () => pod.readLines({ ...lines, path: 'top/a/file.txt' }),
    () => pod.readLines({ ...lines, path: 'top/a/below/file.txt' }),
    () => pod.read({ path: 'top/a/file.txt', offset: 0, length: 100 }),
    () => pod.list({ path: 'top/a' }),
    () => pod.writeFile({ path: 'top/a/new.txt', content: 'written' }),
    () => pod.writeFile({ path: 'top/a/file.txt', content: 'inside\n' }),
    () => pod.applyPatch({ patch: patchOf('top/a/file.txt', '-inside', '+inside', '+more') }),
    () => pod.applyPatch({ patch: patchOf('top/a/file.txt', '-more') }),
    () => pod.writeFile({ path: 'top/a/made/new.txt', content: 'written' }),
  ];
  const answers = new Set<string>();
  while (Atomics.load(done, 0) <= SWAPS) {
    for (const attempt of attempts) answers.add(JSON.stringify(await attempt().catch(orRefused)));
  }
  expect(await ended).toBe(0);

  expect([...answers].filter((answer) => answer.includes('SECRET') || answer.includes(SECRET_BASE64))).toEqual([]);
  expect(contentsOf(outside)).toEqual(before);
  expect(readdirSync(outside).sort()).toEqual(['below', 'file.txt']);
  expect(readFileSync(join(root, 'top/a/file.txt'), 'utf8')).toMatch(/^inside\n(more\n)*$/);
  expect(readdirSync(join(root, 'top/a')).filter((name) => name.startsWith('.flotilla'))).toEqual([]);
});

const SECRET_BASE64 = Buffer.from('SECRET\n').toString('base64');

const patchOf = (path: string, ...lines: string[]): string =>
  ['*** Begin Patch', `*** Update File: ${path}`, '@@', ...lines, '*** End Patch'].join('\n');

const orRefused = (error: unknown): string => {
  if (error instanceof Refusal) return 'refused';
  throw error;
};
