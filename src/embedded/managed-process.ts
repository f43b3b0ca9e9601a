/**
 * One child of the supervisor: in a process group of its own, restarted with a back-off when it ends unasked, drained on request, its output
 * in a file. Invariant (I7): once `stop` has resolved, nothing of its group is left.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendSignal } from '../send-signal.ts';

export interface ProcessSpec {
  name: string;
  /** A module of ours, run by this Node. */
  module: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** How long it may drain before it is forced. */
  graceMs: number;
  /** Resolves when it can be used; asked again after each restart. Default: the child says `ready`. */
  whenReady?: (signal: AbortSignal) => Promise<void>;
}

export type ProcessEvent =
  | { kind: 'ready'; name: string; pid: number }
  | { kind: 'ended'; name: string; how: string; restartsInMs: number }
  | { kind: 'stopped'; name: string };

/** It ended, or did not answer, while it was waited for. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;
/** One that lasted this long starts again at the first back-off. */
const STABLE_MS = 30_000;
const MOST_LOG_BYTES = 20_000_000;
const LOOK_EVERY_MS = 5;
const GONE_WITHIN_MS = 5000;

export class ManagedProcess {
  readonly spec: ProcessSpec;
  readonly #tell: (event: ProcessEvent) => void;
  #child: ChildProcess | null = null;
  #isStopping = false;
  #backOffMs = FIRST_BACK_OFF_MS;
  #restart: NodeJS.Timeout | null = null;

  constructor(spec: ProcessSpec, tell: (event: ProcessEvent) => void) {
    this.spec = spec;
    this.#tell = tell;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Resolves when it is ready for the first time; rejects if it ends before that. */
  start(): Promise<void> {
    return this.#launch();
  }

  /** Asks the group to end, waits for the grace, then forces it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    const child = this.#child;
    if (!child?.pid) return;
    const ended = new Promise<void>((resolve) =>
      child.exitCode !== null || child.signalCode !== null ? resolve() : void child.once('exit', () => resolve()),
    );
    sendSignal(-child.pid, 'SIGTERM');
    const isForced = await Promise.race([ended.then(() => false), sleep(this.spec.graceMs, true, { ref: false })]);
    sendSignal(-child.pid, 'SIGKILL');
    if (isForced) await ended;
    await untilGone(child.pid);
    this.#tell({ kind: 'stopped', name: this.spec.name });
  }

  async #launch(): Promise<void> {
    const { name, module, args, env, logFile, whenReady } = this.spec;
    const log = openLog(logFile);
    const child = spawn(process.execPath, [module, ...args], {
      env,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#child = child;
    const startedAt = performance.now();
    const gone = new AbortController();
    const saidReady = new Promise<void>((resolve) =>
      child.on('message', (message) => message === 'ready' && resolve()),
    );
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    void ended.then((how) => {
      gone.abort();
      if (child.pid) sendSignal(-child.pid, 'SIGKILL');
      this.#onEnd(how, performance.now() - startedAt);
    });
    await Promise.race([
      whenReady ? whenReady(gone.signal) : saidReady,
      ended.then((how) =>
        Promise.reject(new NotReady(`${name} ended before it was ready (${how}). Its log: ${logFile}`)),
      ),
    ]);
    this.#tell({ kind: 'ready', name, pid: child.pid ?? 0 });
  }

  #onEnd(how: string, livedMs: number): void {
    if (this.#isStopping) return;
    if (livedMs > STABLE_MS) this.#backOffMs = FIRST_BACK_OFF_MS;
    const restartsInMs = this.#backOffMs;
    this.#backOffMs = Math.min(this.#backOffMs * 2, LONGEST_BACK_OFF_MS);
    this.#tell({ kind: 'ended', name: this.spec.name, how, restartsInMs });
    // One that fails to come up again ends, and is tried again from there.
    this.#restart = setTimeout(() => void this.#launch().catch(() => undefined), restartsInMs);
  }
}

/** What is killed still has its ports and files for a moment. One that nobody collects stays in its group: it is not waited for without end. */
async function untilGone(group: number): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (isThere(group) && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
}

function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** Appends; a log that has grown large is put aside first. */
function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MOST_LOG_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
}
