/**
 * Runs one command: an environment made from nothing, a process group of its own that is killed whole at its end, output kept by
 * head and tail. Contract: rejects only when the command can't be started, or was aborted.
 */
import { spawn } from 'node:child_process';
import { HeadAndTail } from './captured-output.ts';
import type { CapturedOutput } from './contracts/results.ts';
import { sendSignal } from './send-signal.ts';

export interface CommandRun {
  /** The program and its arguments; no shell in between. */
  argv: string[];
  folder: string;
  /** All of the environment. */
  env: Record<string, string>;
  timeoutMs: number;
  keepBytes: number;
  /** Whoever writes more is ended. */
  floodBytes?: number;
  signal: AbortSignal;
  /** Called when the command has ended and its group is killed, before the rest of its output is waited for. */
  onExit?: () => void;
}

export interface CommandEnd {
  exitCode: number | null;
  signal: string | null;
  isTimedOut: boolean;
  /** It wrote more than `floodBytes`, and was ended for it. */
  isFlooding: boolean;
  durationMs: number;
  output: CapturedOutput;
}

/** How long output is waited for after the command has ended: something that left its group may hold the pipe open. What a pipe holds is read first. */
const LINGER_MS = 2000;

/** What runs a command of the caller's: a string goes to the shell. */
export const argvOf = (command: string | string[]): string[] =>
  typeof command === 'string' ? ['/bin/sh', '-c', command] : command;

/** As it is shown, and searched for names. */
export const commandText = (command: string | string[]): string =>
  typeof command === 'string' ? command : command.join(' ');

export async function runCommand(run: CommandRun): Promise<CommandEnd> {
  const { folder, env, timeoutMs, keepBytes, floodBytes = Infinity, signal } = run;
  signal.throwIfAborted();
  const [program = '', ...args] = run.argv;
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const captured = new HeadAndTail(keepBytes);
  /** Also what the command left running in its group. */
  const killGroup = (): void => {
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
  };
  const streams = [child.stdout, child.stderr];
  const hangUp = (): void => streams.forEach((stream) => stream.destroy());
  let isFlooding = false;
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      captured.add(chunk);
      if (captured.bytes <= floodBytes || isFlooding) return;
      isFlooding = true;
      killGroup();
    });
  }

  let isTimedOut = false;
  let lingering: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    isTimedOut = true;
    killGroup();
  }, timeoutMs);
  signal.addEventListener('abort', killGroup, { once: true });
  try {
    const end = await new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        clearTimeout(timer);
        killGroup();
        run.onExit?.();
        lingering = setTimeout(() => setImmediate(hangUp), LINGER_MS);
      });
      child.once('close', (exitCode, killedBy) => resolve({ exitCode, signal: killedBy }));
    });
    signal.throwIfAborted();
    const durationMs = Math.round(performance.now() - startedAt);
    return { ...end, isTimedOut, isFlooding, durationMs, output: captured.text() };
  } finally {
    clearTimeout(timer);
    clearTimeout(lingering);
    signal.removeEventListener('abort', killGroup);
  }
}
