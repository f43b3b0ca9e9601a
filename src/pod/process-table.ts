/** The host's processes as /proc shows them. Read at most every so often, for all pods together. */
import { readdirSync, readFileSync } from 'node:fs';

interface ListedProcess {
  pid: number;
  parent: number;
}

const FRESH_MS = 200;
let table: { readAt: number; children: Map<number, number[]> } | null = null;

/** `root` and everything below it. */
export function processTree(root: number): number[] {
  const children = childrenByParent();
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Memory that is in RAM for these processes: their own pages, and what they share as memory and not as files. */
export const residentBytes = (pids: number[]): number => pids.reduce((sum, pid) => sum + residentOf(pid), 0);

function residentOf(pid: number): number {
  const status = contents(`/proc/${pid}/status`);
  return [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].reduce((sum, [, kB]) => sum + Number(kB) * 1024, 0);
}

/** Whether the process with this id is gone, and everything in a PID namespace that it was the first of. */
export const isGone = (pid: number): boolean => !/^State:\s+[^ZX]/m.test(contents(`/proc/${pid}/status`));

function childrenByParent(): Map<number, number[]> {
  if (table && performance.now() - table.readAt < FRESH_MS) return table.children;
  const children = Map.groupBy(listedProcesses(), ({ parent }) => parent);
  table = {
    readAt: performance.now(),
    children: new Map([...children].map(([parent, listed]) => [parent, listed.map(({ pid }) => pid)])),
  };
  return table.children;
}

function listedProcesses(): ListedProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(contents(`/proc/${name}/stat`)) }));
}

/** `pid (name) state ppid …`; a name may hold anything, brackets too. */
const parentOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);

/** Empty for a process that is gone. */
function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
