/** The processes of this machine as `ps` lists them. One that has ended and only waits to be collected is not alive. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Listed {
  pid: number;
  group: number;
  command: string;
}

export async function livingProcesses(): Promise<Listed[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,pgid=,stat=,args='], {
    maxBuffer: 32_000_000,
  });
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +(\S+) +(.*)$/gm)]
    .filter(([, , , state = '']) => !state.startsWith('Z'))
    .map(([, pid, group, , command = '']) => ({ pid: Number(pid), group: Number(group), command }));
}

/** Who lives in one of these process groups. */
export const livingIn = async (groups: number[]): Promise<Listed[]> =>
  (await livingProcesses()).filter(({ group }) => groups.includes(group));
