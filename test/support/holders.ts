/** Starts processes that hold pods: as the user of the tests, or as an ordinary one where the tests are root's. */
import type { Readable } from 'node:stream';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, openSync, closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Held, Holding } from './pod-holder.ts';
import { temporaryFolder } from './folders.ts';
import { ordinaryUser, POD_LIMITS } from './pods.ts';

export const USERS = ['the user of the tests', ...(ordinaryUser ? ['an ordinary user'] : [])];

export interface Holder {
  process: ChildProcess;
  podsFolder: string;
  lines: AsyncIterator<string>;
}

export function startHolder(user: string, change: Partial<Omit<Holding, 'podsFolder'>>): Holder {
  const podsFolder = temporaryFolder('flotilla-held', '/var/tmp');
  chmodSync(podsFolder, 0o711);
  const other = user === 'an ordinary user' ? ordinaryUser : null;
  if (other) chownSync(podsFolder, other.uid, other.gid);
  const holding: Holding = { podsFolder, sandbox: 'pod', limits: POD_LIMITS, commands: [], ...change };
  const module = fileURLToPath(new URL('./pod-holder.ts', import.meta.url));
  // Node closes for its children what it has inherited at the lowest numbers, and not this.
  const left = openSync(join(podsFolder, 'left-open'), 'w+');
  const child = spawn(process.execPath, [module, JSON.stringify(holding)], {
    cwd: '/',
    env: { PATH: process.env['PATH'], FLOTILLA_CANARY: 'secret-of-the-worker' },
    stdio: ['ignore', 'pipe', 'inherit', ...new Array<'ignore'>(37).fill('ignore'), left],
    ...other,
  });
  closeSync(left);
  return {
    process: child,
    podsFolder,
    lines: createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator](),
  };
}

/** How each command ended. */
export async function heldBy(user: string, change: Partial<Omit<Holding, 'podsFolder'>>): Promise<Held[]> {
  const { lines } = startHolder(user, change);
  const said: string[] = [];
  for await (const line of { [Symbol.asyncIterator]: () => lines }) said.push(line);
  if (said.length === 0) throw new Error('The holder of pods has said nothing; its reason is on stderr.');
  return said.slice(1).map((line) => JSON.parse(line) as Held);
}
