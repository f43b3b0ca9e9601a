/**
 * Dependencies of a workspace, installed once per state of the files that name them: the caller's setup command runs in a pod, on a copy
 * of the workspace that no agent has touched, with the network of its own list. The folders that it makes are shown read-only in every
 * other pod; single files that it makes are not kept. A worker that is killed meanwhile leaves nothing that is taken for a layer.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../contracts/workspace.ts';
import { argvOf, commandText } from '../../run-command.ts';
import type { Layer } from '../pod.ts';
import type { PodCommandEnd } from '../protocol.ts';
import { openFolders } from '../remove-folder.ts';
import type { Sandbox } from '../sandbox.ts';
import { layerKey, type LayerSetup } from './layer-key.ts';
import { foldersOf, newFolders } from './new-folders.ts';
import { findLayers, keepLayers, removeUnused } from './stored-layers.ts';

export interface PrepareLayers {
  sandbox: Sandbox;
  setup: LayerSetup;
  /** Of the workspace. */
  manifest: Pick<Manifest, 'files'>;
  /** Gives a folder below `sandbox.folder` with the workspace in it, which is gone afterwards. Called only where there are no layers yet. */
  restoreTo: (use: (folder: string) => Promise<void>) => Promise<void>;
  signal: AbortSignal;
}

/** The caller's command failed. The message ends with what it wrote, bounded. */
export class SetupFailed extends Error {
  override readonly name = 'SetupFailed';
}

const OUTPUT_BYTES = 16_384;
/** Below the workspace, because what package managers keep is larger than the memory that is a pod's `/tmp`. */
const CACHE = '.flotilla-cache';
const WITH_CACHE = `export XDG_CACHE_HOME="$PWD/${CACHE}" npm_config_cache="$PWD/${CACHE}/npm"; exec "$@"`;

const underWay = new Map<string, Promise<Layer[]>>();

/** Throws `SetupFailed`; what is aborted rejects, and leaves nothing. */
export async function prepareLayers(options: PrepareLayers): Promise<Layer[]> {
  const all = options.sandbox.layersFolder;
  const key = layerKey(options.setup, options.manifest, options.sandbox.paths);
  const folder = join(all, key);
  for (;;) {
    options.signal.throwIfAborted();
    const running = underWay.get(folder);
    if (running === undefined) break;
    const outcome = await Promise.race([running.catch((error: unknown) => error), untilAborted(options.signal)]);
    if (Array.isArray(outcome)) return outcome as Layer[];
    // Another one's trouble with its pod or its time need not be ours.
    if (outcome instanceof SetupFailed) throw outcome;
  }
  const preparing = findOrMake(all, key, options).finally(() => underWay.delete(folder));
  underWay.set(folder, preparing);
  return preparing;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

async function findOrMake(all: string, key: string, options: PrepareLayers): Promise<Layer[]> {
  const found = await findLayers(all, key);
  if (found !== null) return found;
  await options.restoreTo(async (workspace) => {
    const before = (await foldersOf(workspace)).add(CACHE);
    await runSetup(workspace, options).finally(() => openFolders(workspace));
    await rm(join(workspace, CACHE), { recursive: true, force: true });
    await keepLayers(all, key, workspace, await newFolders(workspace, before));
  });
  await removeUnused(all);
  const made = await findLayers(all, key);
  if (made === null) throw new Error(`The layers in ${join(all, key)} are gone as soon as they were made.`);
  return made;
}

async function runSetup(workspace: string, { sandbox, setup, signal }: PrepareLayers): Promise<void> {
  const pod = await sandbox.start({ workspace, allowHosts: setup.allowHosts });
  try {
    const command = ['/bin/sh', '-c', WITH_CACHE, 'sh', ...argvOf(setup.command)];
    const timeoutMs = setup.timeoutSeconds * 1000;
    const end = await pod.request('run', { command, folder: '.', timeoutMs, keepBytes: OUTPUT_BYTES }, signal);
    if (end.exitCode !== 0) throw new SetupFailed(`${howItFailed(setup, end)}\n${end.output.text}`);
  } finally {
    await pod.close();
  }
}

function howItFailed({ command, timeoutSeconds }: LayerSetup, end: PodCommandEnd): string {
  const said = `The setup command \`${commandText(command)}\``;
  if (end.isTimedOut) return `${said} was not done after ${timeoutSeconds} seconds. It had written:`;
  if (end.isFlooding) return `${said} was ended because it wrote without end. The output begins and ends with:`;
  const how = end.signal === null ? `exit code ${end.exitCode}` : end.signal;
  return `${said} failed (${how}). Hosts that it may reach are those of setup.allowHosts. It wrote:`;
}
