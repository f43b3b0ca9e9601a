/**
 * Runs one command of the caller's: an environment made from nothing, a process group of its own that is killed whole, output
 * kept by head and tail. Contract: rejects only when the command can't be started.
 */
import { spawn } from 'node:child_process';
import type { CapturedOutput } from '../../src/contracts/results.ts';

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

export interface CommandEnd {
  exitCode: number | null;
  signal: string | null;
  isTimedOut: boolean;
  durationMs: number;
  output: CapturedOutput;
}

const KEPT_BYTES = 32_768;
/** How long output is waited for after the command has ended: something that left its group may hold the pipe open. */
const LINGER_MS = 2000;

export async function runCommand({ command, folder, home, path, timeoutMs, signal }: CommandRun): Promise<CommandEnd> {
  signal.throwIfAborted();
  const [program = '', ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: path, HOME: home, TMPDIR: home, LANG: 'C.UTF-8', CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const captured = new HeadAndTail(KEPT_BYTES);
  child.stdout.on('data', (chunk: Buffer) => captured.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => captured.add(chunk));

  let isTimedOut = false;
  let lingering: NodeJS.Timeout | undefined;
  const killGroup = (): void => killProcessGroup(child.pid);
  const timer = setTimeout(() => {
    isTimedOut = true;
    killGroup();
  }, timeoutMs);
  signal.addEventListener('abort', killGroup, { once: true });
  try {
    const end = await new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        killGroup();
        lingering = setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), LINGER_MS);
      });
      child.once('close', (exitCode, killedBy) => resolve({ exitCode, signal: killedBy }));
    });
    signal.throwIfAborted();
    return { ...end, isTimedOut, durationMs: Math.round(performance.now() - startedAt), output: captured.text() };
  } finally {
    clearTimeout(timer);
    clearTimeout(lingering);
    signal.removeEventListener('abort', killGroup);
  }
}

/** Also what the command left running in its group: nothing outlives a check. */
function killProcessGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

/** The first and the last half of what was written, in bounded memory. */
class HeadAndTail {
  readonly #half: number;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #bytes = 0;

  constructor(keep: number) {
    this.#half = keep / 2;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const room = this.#half - this.#head.length;
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const rest = chunk.subarray(room);
    if (rest.length > 0) this.#tail = Buffer.concat([this.#tail, rest]).subarray(-this.#half);
  }

  text(): CapturedOutput {
    const left = this.#bytes - this.#head.length - this.#tail.length;
    const cut = left > 0 ? `\n… ${left} bytes left out …\n` : '';
    return {
      text: `${this.#head.toString('utf8')}${cut}${this.#tail.toString('utf8')}`,
      bytes: this.#bytes,
      isCut: left > 0,
    };
  }
}
