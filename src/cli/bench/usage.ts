/** What the workers have taken of the machine, which is what other engines count. Linux alone knows. */
import { existsSync, readFileSync } from 'node:fs';
import type { Stack } from '../../embedded/stack.ts';

const TICK_MS = 10;

/** A worker that was started again counts from its start. */
export function usageOf({ endpoint: { processes } }: Stack): { cpuMs: number; rssMb: number; writtenKb: number } {
  const usage = { cpuMs: 0, rssMb: 0, writtenKb: 0 };
  for (const name of ['manager', 'mini', 'nano']) {
    const read = (file: string): string => {
      const path = `/proc/${processes[name]}/${file}`;
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    const [user = 0, system = 0] = (read('stat').split(') ')[1] ?? '').split(' ').slice(11, 13).map(Number);
    usage.cpuMs += (user + system) * TICK_MS;
    usage.rssMb = Math.max(usage.rssMb, Math.round(Number(/VmHWM:\s+(\d+)/.exec(read('status'))?.[1] ?? 0) / 1024));
    usage.writtenKb += Math.round(Number(/^write_bytes: (\d+)/m.exec(read('io'))?.[1] ?? 0) / 1024);
  }
  return usage;
}
