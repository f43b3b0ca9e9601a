/**
 * The workspaces that this worker has open: for each a lease, a folder that belongs to its token alone, and a pod while it is used. Contract of `use`: the
 * folder is what the last kept snapshot says when `work` begins; whoever had the workspace before, here or elsewhere, keeps nothing any more. Where `work`
 * fails, its pod and folder are given up: they hold half of it.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceSite } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { endIn } from '../../src/pod/end-in.ts';
import { removeFolder } from '../../src/pod/remove-folder.ts';
import type { Sandbox } from '../../src/pod/sandbox.ts';
import { restore } from '../../src/snapshots/restore.ts';
import type { Store } from '../../src/store/store.ts';
import { workRulesOf } from './checks.ts';
import { layersOf } from './layers.ts';
import { Workbench } from './workbench.ts';

/** A pod takes a tenth of a second to start: none waits longer for a model's answer, or for an objective that nobody ended. */
const IDLE_MS = 8000;
/** A folder can be made again from the last snapshot; that of an objective that was terminated is asked for by nobody. */
const FORGOTTEN_MS = 3_600_000;

interface Held {
  bench: Workbench;
  isBusy: boolean;
  idle: NodeJS.Timeout | undefined;
}

export class Workshop {
  readonly #store: Store;
  readonly #sandbox: Sandbox;
  readonly #hostId: string;
  readonly #held = new Map<string, Held>();

  constructor(store: Store, sandbox: Sandbox, hostId: string) {
    this.#store = store;
    this.#sandbox = sandbox;
    this.#hostId = hostId;
  }

  async use<T>(site: WorkspaceSite, signal: AbortSignal, work: (bench: Workbench) => Promise<T>): Promise<T> {
    const held = (await this.#usable(site.workspaceId)) ?? (await this.#take(site, signal));
    try {
      const value = await work(held.bench);
      held.isBusy = false;
      held.idle = setTimeout(() => unwatched(this.#rest(site.workspaceId, held)), IDLE_MS).unref();
      return value;
    } catch (error) {
      // Why the work failed is what is told.
      await this.#letGo(site.workspaceId, held).catch(() => undefined);
      throw error;
    }
  }

  async release(workspaceId: string): Promise<void> {
    await this.#store.workspaces.release(workspaceId);
    const held = this.#held.get(workspaceId);
    if (held) await this.#letGo(workspaceId, held);
    for (const folder of await this.#sandbox.keptFolders(nameOf(workspaceId))) await endAndRemove(folder);
  }

  /** Somebody who is still at it was given up, or has failed: it may be anywhere in its work. */
  async #usable(workspaceId: string): Promise<Held | undefined> {
    const held = this.#held.get(workspaceId);
    if (!held || held.isBusy) return undefined;
    held.isBusy = true;
    clearTimeout(held.idle);
    return (await this.#isHeld(workspaceId, held.bench.token)) ? held : undefined;
  }

  async #isHeld(workspaceId: string, token: number): Promise<boolean> {
    return (await this.#store.workspaces.current(workspaceId))?.token === token;
  }

  async #take(site: WorkspaceSite, signal: AbortSignal): Promise<Held> {
    const { workspaceId, objectiveId, baseRef } = site;
    const { token, snapshotRef } = await this.#store.workspaces.acquire({
      ...{ workspaceId, objectiveId, hostId: this.#hostId },
      startRef: baseRef,
    });
    const before = this.#held.get(workspaceId);
    if (before) await this.#letGo(workspaceId, before);
    const name = nameOf(workspaceId);
    await this.#removeOlder(name, token);
    const folder = join(await this.#sandbox.keptFolder(name), String(token));
    const { blobs } = this.#store;
    await restore(blobs, await blobs.getJson(snapshotRef, ManifestSchema), folder);
    const layers = await layersOf(this.#store, this.#sandbox, site.work, signal);
    const isHeld = (): Promise<boolean> => this.#isHeld(workspaceId, token);
    const { allowHosts } = await workRulesOf(blobs, site.work);
    const parts = { blobs, sandbox: this.#sandbox, folder, layers, allowHosts, snapshotRef, token, isHeld };
    const held: Held = { bench: new Workbench(parts), isBusy: true, idle: undefined };
    if ((this.#held.get(workspaceId)?.bench.token ?? 0) > token)
      throw new TypedFailure('WorkspaceLeaseLost', `The workspace in ${folder} was taken by somebody else meanwhile.`);
    this.#held.set(workspaceId, held);
    return held;
  }

  async #rest(workspaceId: string, held: Held): Promise<void> {
    held.idle = setTimeout(() => unwatched(this.#letGo(workspaceId, held)), FORGOTTEN_MS).unref();
    await held.bench.rest();
  }

  async #letGo(workspaceId: string, held: Held): Promise<void> {
    if (this.#held.get(workspaceId) === held) this.#held.delete(workspaceId);
    clearTimeout(held.idle);
    await held.bench.close();
    await removeFolder(held.bench.folder);
  }

  /** Folders of tokens before `token`. Never a later one: who has slept since it took the lease comes here late. */
  async #removeOlder(name: string, token: number): Promise<void> {
    for (const folder of await this.#sandbox.keptFolders(name))
      for (const older of await readdir(folder).catch(() => []))
        if (Number(older) < token) await endAndRemove(join(folder, older));
  }
}

/** What nobody waits for is nobody's failure: what it leaves is ended and removed by whoever comes there next. */
function unwatched(work: Promise<void>): void {
  void work.catch(() => undefined);
}

/** Whoever works there, in this process or another one, is ended. */
async function endAndRemove(folder: string): Promise<void> {
  await endIn(folder);
  await removeFolder(folder);
}

/** Names of subtasks are not names of folders. */
const nameOf = (workspaceId: string): string => createHash('sha256').update(workspaceId).digest('hex').slice(0, 24);
