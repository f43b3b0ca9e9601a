/**
 * The product as users run it: `flotilla up` as a process on a home of its own, any free ports, and a stand-in in the test's process, so that
 * a test can script it and read its log.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connect, type Flotilla } from '../../src/client/connect.ts';
import { type Endpoint, readEndpoint } from '../../src/embedded/endpoint.ts';
import type { Script } from '../../src/standin/reaction.ts';
import { type StandIn, type StandInOptions, startStandIn } from '../../src/standin/server.ts';
import { until } from './until.ts';

export const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Nobody answers there: no test speaks to a provider. */
const NOBODY = 'http://127.0.0.1:1/v1';

export interface Cli {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export class Product {
  readonly home: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #standInOptions: StandInOptions;
  /** Decides what the stand-in does; a test sets it. */
  script: Script = () => null;
  #standIn: StandIn | null = null;
  #supervisor: ChildProcess | null = null;
  #flotilla: Flotilla | null = null;
  #output = '';
  /** Null where the home will do. */
  #podsFolder: string | null = null;

  constructor(home: string, environment: NodeJS.ProcessEnv = {}, standIn: StandInOptions = {}) {
    this.home = home;
    this.#environment = environment;
    this.#standInOptions = standIn;
  }

  get standIn(): StandIn {
    if (!this.#standIn) throw new Error('The product is not up.');
    return this.#standIn;
  }

  get flotilla(): Flotilla {
    if (!this.#flotilla) throw new Error('The product is not up.');
    return this.#flotilla;
  }

  get endpoint(): Endpoint {
    const endpoint = readEndpoint(this.home);
    if (!endpoint) throw new Error(`The stack is gone. It said:\n${this.#output}`);
    return endpoint;
  }

  /** What `flotilla up` printed. */
  get output(): string {
    return this.#output;
  }

  async start(flags: string[] = []): Promise<void> {
    this.#standIn = await startStandIn({ ...this.#standInOptions, script: (incoming) => this.script(incoming) });
    await this.up(flags);
    this.#flotilla = await connect({ home: this.home });
  }

  /** `flotilla up`, until it says how it is ended. Resolves to the first endpoint that was believed meanwhile. */
  async up(flags: string[] = []): Promise<Endpoint | null> {
    this.#podsFolder ??= podsFolderOfRoot();
    const supervisor = this.spawn(['up', '--port', '0', '--ui-port', '0', '--drain', '2', ...flags]);
    this.#supervisor = supervisor;
    let said = '';
    for (const stream of [supervisor.stdout, supervisor.stderr])
      stream?.on('data', (text: Buffer) => {
        said += text.toString();
        this.#output += text.toString();
      });
    let first: Endpoint | null = null;
    await until(() => {
      if (supervisor.exitCode !== null) throw new Error(`flotilla up ended with ${supervisor.exitCode}:\n${said}`);
      first ??= readEndpoint(this.home);
      return said.includes('Ctrl-C ends it');
    });
    return first;
  }

  spawn(args: string[]): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], { env: this.environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** A command to its end. */
  async cli(...args: string[]): Promise<Cli> {
    const child = this.spawn(args);
    const said = { stdout: '', stderr: '' };
    child.stdout?.on('data', (text: Buffer) => (said.stdout += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (said.stderr += text.toString()));
    const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
    return { exitCode, ...said };
  }

  environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      FLOTILLA_HOME: this.home,
      OPENAI_API_KEY: 'test',
      OPENAI_BASE_URL: this.#standIn?.baseUrl ?? NOBODY,
      ...(this.#podsFolder !== null && { FLOTILLA_PODS: this.#podsFolder }),
      NO_COLOR: '1',
      NODE_OPTIONS: '',
      ...this.#environment,
    };
  }

  /** SIGKILL, to the process itself; the supervisor notices by itself. */
  kill(name: 'manager' | 'mini' | 'nano' | 'temporal'): void {
    const pid = this.endpoint.processes[name];
    if (pid === undefined) throw new Error(`There is no process ${name}.`);
    // The server is the child of its keeper, in the keeper's group.
    process.kill(name === 'temporal' ? -pid : pid, 'SIGKILL');
  }

  get supervisorPid(): number {
    return this.#supervisor?.pid ?? 0;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#flotilla?.close();
    this.#flotilla = null;
    await this.end(signal);
    await this.#standIn?.close();
    if (this.#podsFolder !== null) rmSync(this.#podsFolder, { recursive: true, force: true, maxRetries: 5 });
    this.#podsFolder = null;
  }

  /** Ends `flotilla up` alone, as Ctrl-C does; the stand-in stays. Resolves to its exit code, -1 where a signal ended it. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number> {
    const supervisor = this.#supervisor;
    if (supervisor && supervisor.exitCode === null && supervisor.signalCode === null) {
      // Everything that it said has come by then.
      const ended = new Promise((resolve) => supervisor.once('close', resolve));
      supervisor.kill(signal);
      await ended;
    }
    return supervisor?.exitCode ?? -1;
  }
}

/** Root's pods need a folder that others may pass through: one of its own for each stack, gone with it. */
function podsFolderOfRoot(): string | null {
  if (process.getuid?.() !== 0) return null;
  const folder = mkdtempSync('/var/tmp/flotilla-pods-');
  chmodSync(folder, 0o711);
  return folder;
}
