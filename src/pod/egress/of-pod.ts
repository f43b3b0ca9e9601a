/** What a pod is given so that it reaches the hosts of its list: a folder with the proxy's socket, and where programs look for it. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Bind } from '../argv.ts';
import { giveToPodUser, makePassage } from '../identity.ts';
import { PROXY_FOLDER, proxyEnvironment, SOCKET_NAME } from '../inside/bridge.ts';
import { type Passage, startEgress } from './proxy.ts';

export interface PodEgress {
  binds: Bind[];
  env: Record<string, string>;
  /** May be called again. */
  close: () => Promise<void>;
}

/** Of the folder of a pod that was killed before it was listened in. */
const ABANDONED_MS = 3_600_000;

const NONE: PodEgress = { binds: [], env: {}, close: async () => undefined };

export interface PodEgressOptions {
  /** The name of the pod. */
  pod: string;
  podsFolder: string;
  allowHosts: readonly string[];
  onPassage: ((passage: Passage) => void) | undefined;
}

/** Throws `AllowEntryInvalid`. A pod without hosts is given nothing, and has no network but its own loopback. */
export async function openEgress({ pod, podsFolder, allowHosts, onPassage }: PodEgressOptions): Promise<PodEgress> {
  if (allowHosts.length === 0) return NONE;
  const all = join(podsFolder, 'egress');
  await makePassage(all);
  await removeAbandoned(all);
  const folder = join(all, pod);
  // Closed to all but the pod's user, for whoever comes in may speak to the proxy.
  await mkdir(folder, { mode: 0o700 });
  await giveToPodUser(folder);
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const egress = await startEgress({ folder, allowHosts, ...(onPassage && { onPassage }) });
    return {
      binds: [{ source: folder, target: PROXY_FOLDER }],
      env: proxyEnvironment(),
      close: async () => {
        await egress.close();
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** Folders of workers that were killed: nobody listens there any more. */
async function removeAbandoned(all: string): Promise<void> {
  for (const name of await readdir(all)) {
    const folder = join(all, name);
    if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true });
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const code = await new Promise<string>((resolve) => {
    const socket = connect(join(folder, SOCKET_NAME), () => resolve('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.once('connect', () => socket.destroy());
  });
  if (code === 'ECONNREFUSED') return true;
  if (code !== 'ENOENT') return false;
  const found = await stat(folder).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ABANDONED_MS;
}
