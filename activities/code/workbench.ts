/**
 * One leased workspace at work: a pod over its folder, started when something is asked of it, and the snapshots that are taken of it. A pod that is lost
 * is told to the model, and the next request starts another one over the folder as it was left.
 */
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { PodLost, PodRefusal } from '../../src/pod/errors.ts';
import type { Layer, Pod } from '../../src/pod/pod.ts';
import type { OperationName, Operations } from '../../src/pod/protocol.ts';
import type { Sandbox } from '../../src/pod/sandbox.ts';
import { SnapshotTaker } from '../../src/snapshots/take.ts';
import { ToolRefusal } from '../workspace/paths.ts';

interface Parts {
  blobs: Blobs;
  sandbox: Sandbox;
  folder: string;
  layers: Layer[];
  /** What its commands may reach. */
  allowHosts: string[];
  /** What the folder holds. */
  snapshotRef: string;
  token: number;
  /** Whether the token is still the newest. */
  isHeld: () => Promise<boolean>;
}

interface Running {
  pod: Pod;
  taker: SnapshotTaker;
}

export class Workbench {
  readonly #parts: Parts;
  #ref: string;
  #running: Promise<Running> | null = null;
  /** Something may have been written since the last snapshot. */
  #isDirty = false;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#ref = parts.snapshotRef;
  }

  get token(): number {
    return this.#parts.token;
  }

  get folder(): string {
    return this.#parts.folder;
  }

  async request<Name extends OperationName>(
    name: Name,
    args: Operations[Name]['args'],
    signal: AbortSignal,
  ): Promise<Operations[Name]['value']> {
    const { pod } = await this.#start(signal);
    if (CHANGING.has(name)) this.#isDirty = true;
    try {
      return await pod.request(name, args, signal);
    } catch (error) {
      if (error instanceof PodRefusal) throw new ToolRefusal(error.message);
      if (!(error instanceof PodLost)) throw error;
      this.#running = null;
      await this.#assertHeld();
      throw new ToolRefusal(
        `The sandbox was ended (${error.end.reason}: ${error.end.detail}), and with it whatever ran in it. Files are as they were left; the next call starts a new one.`,
      );
    }
  }

  /** The files as they are now; the same as before where nothing can have changed them. Resolves to a manifest's reference. */
  async snapshot(signal: AbortSignal): Promise<string> {
    if (!this.#isDirty) return this.#ref;
    const { taker } = await this.#start(signal);
    this.#ref = (await taker.take(signal)).ref;
    this.#isDirty = false;
    return this.#ref;
  }

  /** For good: whoever is still at it gets no other pod. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.rest();
  }

  /** No pod while nobody asks for anything. */
  async rest(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    const started = await running?.catch(() => null);
    await started?.pod.close();
  }

  async #assertHeld(): Promise<void> {
    if (!this.#isClosed && (await this.#parts.isHeld())) return;
    throw new TypedFailure('WorkspaceLeaseLost', `The workspace in ${this.#parts.folder} was given to somebody else.`);
  }

  #start(signal: AbortSignal): Promise<Running> {
    this.#running ??= this.#begin(signal).catch((error: unknown) => {
      this.#running = null;
      throw error;
    });
    return this.#running;
  }

  async #begin(signal: AbortSignal): Promise<Running> {
    const { sandbox, folder, layers, allowHosts, blobs } = this.#parts;
    await this.#assertHeld();
    const pod = await sandbox.start({ workspace: folder, layers, allowHosts });
    const skip = layers.map(({ path }) => path);
    const taker = await SnapshotTaker.open(pod, blobs, { ref: this.#ref, skip, isDirty: this.#isDirty, signal });
    return { pod, taker };
  }
}

const CHANGING = new Set<OperationName>(['applyPatch', 'writeFile', 'run']);
