/** Ends pods by where they work: whoever started one may be dead, or hang. */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { sendSignal } from '../send-signal.ts';
import { isGone } from './process-table.ts';
import { NODE_PATH } from './tools.ts';

const GONE_LOOK_MS = 5;
/** What the outermost process of a pod runs: whoever else names the folder only looks at it. */
const PROGRAMS = new Set(['bwrap', basename(NODE_PATH)]);

/** Ends pods over `folder` and folders below it, whoever started them. Resolves once they are gone. */
export async function endIn(folder: string): Promise<void> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (PROGRAMS.has(basename(program)) && args.some((arg) => arg === folder || arg.includes(`${folder}/`)))
      found.push(Number(pid));
  }
  for (const pid of found) sendSignal(pid, 'SIGKILL');
  while (!found.every(isGone)) await new Promise((resolve) => setTimeout(resolve, GONE_LOOK_MS));
}
