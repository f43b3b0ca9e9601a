/**
 * A pod as the worker holds it. What it promises:
 * 1. When `ended` has resolved, none of its processes is left.
 * 2. It ends with the worker, however that ends: bwrap dies with its parent, the supervisor with its stdin.
 * 3. What comes out of it is bounded, and taken for nothing more than what the protocol says.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { HeadAndTail } from '../captured-output.ts';
import { sendSignal } from '../send-signal.ts';
import { PodLost } from './errors.ts';
import { openEgress } from './egress/of-pod.ts';
import type { Passage } from './egress/proxy.ts';
import { makePodsFolder, podUser } from './identity.ts';
import { killMarked } from './inside/leftovers.ts';
import { INFO_FD, type Launch, type LaunchOptions, launchOf, SECCOMP_FD } from './launch.ts';
import { LineReader } from './line-reader.ts';
import type { Pod, PodEnd, PodSpec } from './pod.ts';
import { isGone } from './process-table.ts';
import type { OperationName, Operations, RunArgs } from './protocol.ts';
import { Requests } from './requests.ts';
import { watch } from './watchdogs.ts';

export type PodOptions = Pick<LaunchOptions, 'podsFolder'> &
  Partial<LaunchOptions> & {
    /** Told of each connection that the pod made or was refused. */
    onPassage?: (passage: Passage) => void;
  };

const LONGEST_LINE_BYTES = 64 * 1024 * 1024;
/** Of what bwrap and the supervisor write to stderr: the reason when a pod can't start. */
const KEPT_BYTES = 8192;
/** For every operation but commands, which say how long they may take, and for the end of a command in time. */
const ANSWER_MS = 600_000;
const LATE_MS = 30_000;
const GONE_LOOK_MS = 5;

/**
 * Starts a pod, its supervisor ready. Rejects with an `Error` that holds what bwrap said when there can't be one. Called from the main
 * thread: what a thread has started dies with the thread.
 */
export async function startPod(spec: PodSpec, options: PodOptions): Promise<Pod> {
  const { onPassage, ...launching } = {
    sandbox: 'pod',
    bwrap: 'bwrap',
    env: {},
    binds: [],
    paths: [],
    ...options,
  } as const;
  const name = randomUUID();
  await makePodsFolder(launching.podsFolder);
  // Without a sandbox there is no network but the host's.
  const allowHosts = launching.sandbox === 'none' ? [] : spec.allowHosts;
  const egress = await openEgress({ pod: name, podsFolder: launching.podsFolder, allowHosts, onPassage });
  try {
    const env = { ...egress.env, ...launching.env };
    const launch = await launchOf(name, spec, {
      ...launching,
      env,
      binds: [...launching.binds, ...egress.binds],
      paths: [...launching.paths],
    });
    const pod = new RunningPod(name, spec, launch, egress.close);
    await pod.ready;
    return pod;
  } catch (error) {
    await egress.close();
    throw error;
  }
}

class RunningPod implements Pod {
  readonly ended: Promise<PodEnd>;
  readonly ready: Promise<void>;
  readonly #name: string;
  readonly #launch: Launch;
  /** Ends what belongs to the pod outside of it. */
  readonly #release: () => Promise<void>;
  readonly #child: ChildProcess;
  readonly #requests: Requests;
  readonly #errors = new HeadAndTail(KEPT_BYTES);
  readonly #stopWatching: () => void;
  /** The first process of the pod's PID namespace: when it dies, the kernel ends all others before it is gone. */
  #init: number | null = null;
  #end: PodEnd | null = null;

  constructor(name: string, spec: PodSpec, launch: Launch, release: () => Promise<void>) {
    this.#name = name;
    this.#launch = launch;
    this.#release = release;
    this.#child = spawnLaunch(launch);
    this.#requests = new Requests(
      (message) => void this.#stdin.write(`${JSON.stringify(message)}\n`),
      (detail) => this.#kill({ reason: 'died', detail }),
    );
    this.ended = this.#untilGone();
    this.ready = this.#untilReady();
    this.ready.catch(() => undefined);
    this.#listen();
    this.#stopWatching = watch(
      spec,
      this.#child.pid ?? 0,
      () => this.#requests.areUnderWay,
      (end) => this.#kill(end),
    );
  }

  async request<Name extends OperationName>(
    name: Name,
    args: Operations[Name]['args'],
    signal: AbortSignal,
  ): Promise<Operations[Name]['value']> {
    if (this.#end) throw new PodLost(await this.ended);
    const withinMs = name === 'run' ? (args as RunArgs).timeoutMs + LATE_MS : ANSWER_MS;
    return (await this.#requests.ask(name, args, signal, withinMs)) as Operations[Name]['value'];
  }

  async close(): Promise<void> {
    this.#kill({ reason: 'closed', detail: 'asked to' });
    await this.ended;
  }

  get #stdin(): Writable {
    return this.#child.stdin as Writable;
  }

  #listen(): void {
    const lines = new LineReader(
      LONGEST_LINE_BYTES,
      (line) => this.#hear(line),
      () => this.#kill({ reason: 'died', detail: `it answered with a line of more than ${LONGEST_LINE_BYTES} bytes` }),
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => lines.add(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#errors.add(chunk));
    // A pod that is gone can't be written to; its end is told otherwise.
    this.#stdin.on('error', () => undefined);
    if (!this.#launch.filter) return;
    const filter = this.#child.stdio[SECCOMP_FD] as Writable;
    filter.on('error', () => undefined);
    filter.end(this.#launch.filter);
    let info = '';
    (this.#child.stdio[INFO_FD] as Readable).on('data', (chunk: Buffer) => {
      info += chunk.toString();
      this.#init ??= Number(/"child-pid": (\d+)/.exec(info)?.[1] ?? 0) || null;
    });
  }

  #hear(line: string): void {
    if (this.#end) return;
    try {
      this.#requests.hear(line);
    } catch (error) {
      this.#kill({ reason: 'died', detail: `it answered what it was not asked: ${(error as Error).message}` });
    }
  }

  /** The first reason counts. */
  #kill(end: PodEnd): void {
    this.#end ??= end;
    if (this.#init !== null && !isGone(this.#init)) sendSignal(this.#init, 'SIGKILL');
    this.#child.kill('SIGKILL');
  }

  async #untilReady(): Promise<void> {
    const isReady = new Promise<true>((resolve) => (this.#requests.onReady = () => resolve(true)));
    const outcome = await Promise.race([isReady, this.ended]);
    if (outcome !== true) throw new Error(`The pod could not be started: ${outcome.detail}`);
  }

  async #untilGone(): Promise<PodEnd> {
    const how = await new Promise<string>((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) =>
        resolve(
          signal === null
            ? `its first process ended with exit code ${code}`
            : `its first process was ended by ${signal}`,
        ),
      );
    });
    this.#stopWatching();
    while (this.#init !== null && !isGone(this.#init))
      await new Promise((resolve) => setTimeout(resolve, GONE_LOOK_MS));
    if (!this.#launch.filter) killMarked(this.#name, process.pid);
    await this.#release();
    await Promise.all(this.#launch.scratch.map((folder) => rm(folder, { recursive: true, force: true })));
    this.#end ??= { reason: 'died', detail: [how, this.#errors.text().text.trim()].filter(Boolean).join(': ') };
    this.#requests.rejectAll(new PodLost(this.#end));
    return this.#end;
  }
}

/** Straight from argv, no shell: a shell in between would be the parent that bwrap dies with. */
function spawnLaunch({ program, args, env, filter }: Launch): ChildProcess {
  return spawn(program, args, {
    env,
    cwd: '/',
    ...podUser(),
    stdio: ['pipe', 'pipe', 'pipe', ...(filter ? (['pipe', 'pipe'] as const) : [])],
  });
}
