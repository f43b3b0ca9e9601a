/** Kills what commands have left running. A pod's PID namespace makes that one call; without one, processes are known by their environment. */
import { readdirSync, readFileSync } from 'node:fs';
import { sendSignal } from '../../send-signal.ts';
import { POD_VARIABLE } from './setup.ts';

/** Everything in this PID namespace but its init and the caller itself; the kernel leaves nobody time to fork on. */
export function killAllOthers(): void {
  sendSignal(-1, 'SIGKILL');
}

/** Every process that carries the pod's mark, but for `spare`, until there is none. Returns whether there were any. */
export function killMarked(pod: string, spare: number): boolean {
  const mark = `${POD_VARIABLE}=${pod}`;
  let hasFound = false;
  for (let round = 0; round < 100; round += 1) {
    const marked = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== spare && environmentOf(name).includes(mark))
      .filter((name) => !/^State:\s+[ZX]/m.test(contents(`/proc/${name}/status`)));
    if (marked.length === 0) return hasFound;
    hasFound = true;
    for (const pid of marked) sendSignal(Number(pid), 'SIGKILL');
  }
  return hasFound;
}

const environmentOf = (pid: string): string[] => contents(`/proc/${pid}/environ`).split('\0');

/** Empty for a process that is gone, or somebody else's. */
function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
