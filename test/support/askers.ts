/** Starts `asker.ts` or `batcher.ts` as a process; none is left when the suite ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import { memoryFolder } from './folders.ts';

const ASKER = fileURLToPath(new URL('asker.ts', import.meta.url));
const BATCHER = fileURLToPath(new URL('batcher.ts', import.meta.url));

/** They are many, and all run the same code. */
let compiled: string | null = null;
const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

export const startAsker = (
  folder: string,
  baseUrl: string,
  isBackground: boolean,
  crashesAt = '',
  isSingle = false,
): ChildProcess => start(ASKER, [folder, baseUrl, String(isBackground), crashesAt, String(isSingle)], crashesAt);

/** The same with a batch of calls. */
export const startBatcher = (folder: string, baseUrl: string, crashesAt: string): ChildProcess =>
  start(BATCHER, [folder, baseUrl, crashesAt], crashesAt);

function start(script: string, args: string[], crashesAt: string): ChildProcess {
  compiled ??= memoryFolder('flotilla-compiled');
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    stdio: ['ignore', 'inherit', crashesAt === '' ? 'inherit' : 'ignore'],
  });
  children.push(child);
  return child;
}

/** Resolves to the signal that ended it, if one did. */
export const gone = (child: ChildProcess): Promise<string | null> =>
  new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));

/** Asks, and dies on its way; without an answer it ends by the failure. */
export const endOfAsker = (...asked: Parameters<typeof startAsker>): Promise<string | null> =>
  gone(startAsker(...asked));
