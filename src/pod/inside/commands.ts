/** `run`: one command in the workspace, within the bounds of the pod. */
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { argvOf, runCommand } from '../../run-command.ts';
import type { PodLimits } from '../pod.ts';
import type { PodCommandEnd, RunArgs } from '../protocol.ts';
import { Refusal } from './refusal.ts';
import { POD_VARIABLE, type SupervisorSetup } from './setup.ts';

/** More than this of output ends a command: nobody reads it, and every byte passes through the supervisor. */
const FLOOD_BYTES = 64 * 1024 * 1024;
/** When the host runs out of memory, commands go first, long before supervisor and worker. */
const BEHIND_LIMITS = '{ echo 500 >/proc/self/oom_score_adj; } 2>/dev/null; exec prlimit "$@"';

export function runOperation(setup: SupervisorSetup, onExit: () => void) {
  const bounds = limitArguments(setup);
  return async ({ command, folder, timeoutMs, keepBytes, env = {} }: RunArgs, signal: AbortSignal) => {
    const end: PodCommandEnd = await runCommand({
      argv: ['/bin/sh', '-c', BEHIND_LIMITS, 'sh', ...bounds, '--', ...argvOf(command)],
      folder: folderBelow(setup.root, folder),
      env: { ...setup.env, ...env, [POD_VARIABLE]: setup.pod },
      timeoutMs,
      keepBytes,
      floodBytes: FLOOD_BYTES,
      signal,
      onExit,
    });
    return end;
  };
}

/** Of `prlimit`. Without a namespace of its own a user's processes are counted with all others of this user, so there is no bound on them. */
function limitArguments({ limits, isIsolated }: { limits: PodLimits; isIsolated: boolean }): string[] {
  return [
    ...(isIsolated ? [`--nproc=${limits.processes}`] : []),
    `--data=${limits.dataBytes}`,
    `--fsize=${limits.fileBytes}`,
    `--nofile=${limits.openFiles}`,
    `--cpu=${limits.cpuSeconds}`,
    '--core=0',
  ];
}

function folderBelow(root: string, folder: string): string {
  const path = resolve(root, folder);
  if (relative(root, path).startsWith('..')) throw new Refusal(`"${folder}" leads out of the workspace.`);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal(`"${folder}" is not a folder of the workspace.`);
  return path;
}
