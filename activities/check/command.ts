/** Runs one command of the caller's on the host, with a home of its own. Contract: rejects only when it can't be started. */
import { argvOf, type CommandEnd, runCommand as run } from '../../src/run-command.ts';

export type { CommandEnd } from '../../src/run-command.ts';

export interface CommandRun {
  command: string | string[];
  folder: string;
  /** A home of its own, so that the command finds no settings and leaves none. */
  home: string;
  /** Where programs are looked for. */
  path: string;
  timeoutMs: number;
  signal: AbortSignal;
}

const KEPT_BYTES = 32_768;

export const runCommand = ({ command, home, path, ...rest }: CommandRun): Promise<CommandEnd> =>
  run({
    ...rest,
    argv: argvOf(command),
    env: { PATH: path, HOME: home, TMPDIR: home, LANG: 'C.UTF-8', CI: 'true' },
    keepBytes: KEPT_BYTES,
  });
