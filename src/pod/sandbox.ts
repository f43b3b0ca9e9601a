/**
 * What a worker's host can run commands in. Whether pods can be started is found out by trying; where they can't, nobody is given one. That an operator has
 * switched them off is said wherever results are shown.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type PodOptions, startPod } from './host.ts';
import type { SandboxMode } from './launch.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { Pod, PodSpec } from './pod.ts';
import { foldersOfAll, OwnFolder } from './own-folder.ts';
import { probe, type SandboxState } from './probe.ts';
import { removeFolder } from './remove-folder.ts';

export interface SandboxSettings {
  /** An operator's word alone: `none` runs commands as they are. */
  mode: SandboxMode;
  /** Where the folders of pods lie. */
  folder: string;
  /** Folders of toolchains that pods are shown. */
  paths?: string[];
}

/** How long what was found out is believed: a system's settings change. */
const BELIEVED_MS = 3_600_000;
/** What is missing may be installed meanwhile. */
const REFUSED_MS = 30_000;

type Purpose = 'checks' | 'setup';
type Wanted = Pick<PodSpec, 'workspace'> & Partial<Omit<PodSpec, 'limits'>>;

export class Sandbox {
  readonly folder: string;
  readonly paths: string[];
  readonly #mode: SandboxMode;
  readonly #pods = new Set<Pod>();
  #ownFolder: Promise<OwnFolder> | null = null;
  #found: { state: Promise<SandboxState>; untilMs: number } | null = null;

  constructor({ mode, folder, paths = [] }: SandboxSettings) {
    this.#mode = mode;
    this.folder = folder;
    this.paths = paths;
  }

  get #options(): PodOptions {
    return { podsFolder: this.folder, sandbox: this.#mode, paths: this.paths };
  }

  /** By an operator's word: known without trying. */
  get isSwitchedOff(): boolean {
    return this.#mode === 'none';
  }

  state(): Promise<SandboxState> {
    if (this.isSwitchedOff) return Promise.resolve({ kind: 'none' });
    const now = performance.now();
    if (!this.#found || now > this.#found.untilMs) {
      const found = { state: probe({ podsFolder: this.folder, paths: this.paths }), untilMs: now + BELIEVED_MS };
      void found.state.then(({ kind }) => kind === 'refused' && (found.untilMs = performance.now() + REFUSED_MS));
      this.#found = found;
    }
    return this.#found.state;
  }

  async start({ workspace, layers = [], allowHosts = [] }: Wanted): Promise<Pod> {
    const pod = await startPod({ workspace, layers, allowHosts, limits: DEFAULT_LIMITS }, this.#options);
    this.#pods.add(pod);
    void pod.ended.then(() => this.#pods.delete(pod));
    return pod;
  }

  /** What was installed with nothing between is shown in no pod: agents may have written to it. */
  get layersFolder(): string {
    return join(this.folder, this.isSwitchedOff ? 'layers-unsandboxed' : 'layers');
  }

  /** A folder for `use` alone, which a pod's user may pass through. Gone afterwards, and with this process. */
  async inFolder<T>(purpose: Purpose, use: (folder: string) => Promise<T>): Promise<T> {
    const folder = await (await this.#own()).make(join(purpose, randomUUID()));
    try {
      return await use(folder);
    } finally {
      await removeFolder(folder);
    }
  }

  /** The same name gives the same folder, which stays for as long as this process. */
  async keptFolder(name: string): Promise<string> {
    return (await this.#own()).make(join('work', name));
  }

  /** Those of `keptFolder` of this name, in this process and in others, dead ones too. */
  keptFolders(name: string): Promise<string[]> {
    return foldersOfAll(this.folder, join('work', name));
  }

  /** Ends its pods, and removes what is theirs. */
  async close(): Promise<void> {
    await Promise.all([...this.#pods].map((pod) => pod.close()));
    await (await this.#ownFolder)?.close();
  }

  #own(): Promise<OwnFolder> {
    this.#ownFolder ??= OwnFolder.open(this.folder).catch((error: unknown) => {
      this.#ownFolder = null;
      throw error;
    });
    return this.#ownFolder;
  }
}
