/**
 * The stack of a home: Temporal dev server, workers, stand-in; one supervisor over them. Start and stop go in order: the server before its
 * workers, the workers before the server.
 */
import { storeFolder } from '../config.ts';
import type { Tier } from '../contracts/addresses.ts';
import { openStore } from '../store/store.ts';
import type { ProcessLock } from '../store/process-lock.ts';
import { type Endpoint, lockHome, portsNamedIn, readEndpoint, removeEndpoint, writeEndpoint } from './endpoint.ts';
import { ManagedProcess, NotReady, type ProcessEvent, type ProcessSpec } from './managed-process.ts';
import { claimHealthPorts, claimPort } from './ports.ts';
import { type ProcessSettings, serverSpec, standInSpec, workerSpec } from './processes.ts';

export interface StackOptions extends ProcessSettings {
  /** Path of the `temporal` binary; null to use a server that runs elsewhere. */
  temporalBinary: string | null;
  /** Of that server. */
  namespace: string;
  /** 0 is any that is free. */
  ports: { grpc: number; ui: number; standIn: number };
  workers: Tier[];
  /** Of the first worker; the others have those after it. */
  healthPort: number | undefined;
  /** Latency of each answer in milliseconds; null for no stand-in. */
  standInLatencyMs: number | null;
  onEvent: (event: ProcessEvent) => void;
}

const MOST_SERVER_STARTS = 3;

/** Another stack holds the home. */
export class StackRuns extends Error {
  override readonly name = 'StackRuns';
}

/** Rejects with `StackRuns` or `PortTaken` before anything is started; what fails later leaves nothing behind. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const leaving = portsNamedIn(options.home);
  const lock = lockHome(options.home);
  if (!lock) throw new StackRuns(alreadyRuns(options.home));
  const stack = new Stack(options, lock, leaving);
  try {
    await stack.start();
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

export class Stack {
  readonly #options: StackOptions;
  readonly #lock: ProcessLock;
  /** Ports that the last stack of the home, where it was killed, may still be letting go of. */
  readonly #leaving: number[];
  readonly #servers: ManagedProcess[] = [];
  readonly #workers: ManagedProcess[] = [];
  #places: Omit<Endpoint, 'processes'> | null = null;
  #isUp = false;

  constructor(options: StackOptions, lock: ProcessLock, leaving: number[]) {
    this.#options = options;
    this.#lock = lock;
    this.#leaving = leaving;
  }

  /** As it is now: processes change when they are restarted. */
  get endpoint(): Endpoint {
    if (!this.#places) throw new Error('The stack has not been started.');
    const all = [...this.#servers, ...this.#workers];
    const processes = Object.fromEntries(all.flatMap(({ spec, pid }) => (pid === null ? [] : [[spec.name, pid]])));
    return { ...this.#places, processes };
  }

  async start(): Promise<void> {
    const { home, workers, healthPort } = this.#options;
    // Migrates the store once, before several workers open it.
    await openStore(storeFolder(home)).close();
    const health = await claimHealthPorts(healthPort, workers, this.#leaving);
    const places = await this.#startServers();
    this.#places = {
      ...places,
      health: Object.fromEntries([...health].map(([tier, port]) => [tier, `http://127.0.0.1:${port}`])),
    };
    const { endpoint } = this;
    await this.#startAll(
      this.#workers,
      workers.map((tier) => workerSpec(this.#options, tier, endpoint, health.get(tier))),
    );
    this.#isUp = true;
    writeEndpoint(home, this.endpoint);
  }

  /** A port that was free a moment ago may be taken by the time that a server wants it: then others are chosen. */
  async #startServers(): Promise<Omit<Endpoint, 'processes' | 'health'>> {
    for (let tries = 1; ; tries += 1) {
      const { places, specs } = await this.#claimServers();
      try {
        await this.#startAll(this.#servers, specs);
        return places;
      } catch (error) {
        if (!(error instanceof NotReady) || tries === MOST_SERVER_STARTS) throw error;
        await Promise.all(this.#servers.splice(0).map((server) => server.stop()));
      }
    }
  }

  async #claimServers() {
    const { temporalBinary, namespace, ports, standInLatencyMs } = this.#options;
    const claim = (port: number, what: string, option: string): Promise<number> =>
      claimPort(port, what, option, this.#leaving);
    const grpc = temporalBinary === null ? null : await claim(ports.grpc, 'Temporal server', '--port');
    const ui = temporalBinary === null ? null : await claim(ports.ui, 'Temporal Web UI', '--ui-port');
    const standIn = standInLatencyMs === null ? null : await claim(ports.standIn, 'stand-in', '--stand-in-port');
    const places = {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      temporalAddress: grpc === null ? null : `127.0.0.1:${grpc}`,
      namespace,
      webUi: ui === null ? null : `http://127.0.0.1:${ui}`,
      standIn: standIn === null ? null : `http://127.0.0.1:${standIn}/v1`,
    };
    const specs: ProcessSpec[] = [];
    if (standIn !== null) specs.push(standInSpec(this.#options, standIn, standInLatencyMs ?? 0));
    if (temporalBinary !== null)
      specs.push(serverSpec(this.#options, temporalBinary, { grpc: grpc ?? 0, ui: ui ?? 0 }));
    return { places, specs };
  }

  async stop(): Promise<void> {
    this.#isUp = false;
    removeEndpoint(this.#options.home);
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await Promise.all(this.#servers.map((server) => server.stop()));
    this.#lock.release();
  }

  async #startAll(into: ManagedProcess[], specs: ProcessSpec[]): Promise<void> {
    const processes = specs.map((spec) => new ManagedProcess(spec, (event) => this.#on(event)));
    into.push(...processes);
    await Promise.all(processes.map((each) => each.start()));
  }

  #on(event: ProcessEvent): void {
    if (this.#isUp && event.kind === 'ready') writeEndpoint(this.#options.home, this.endpoint);
    this.#options.onEvent(event);
  }
}

function alreadyRuns(home: string): string {
  const endpoint = readEndpoint(home);
  if (!endpoint) return `Another \`flotilla up\` is starting or stopping on ${home}.`;
  return (
    `A stack already runs on ${home} (process ${endpoint.pid}, since ${endpoint.startedAt}). ` +
    `Use it, or stop it with Ctrl-C in its terminal, or choose another FLOTILLA_HOME.`
  );
}
