/**
 * Whether pods hold on this host, found out by behaviour: one that must not get out by any of the plainest ways, and must be able to work.
 * What it is kept from is there for it to find: a secret, a folder that everybody may write to, a server and a socket that count who comes.
 */
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ownAddresses } from './egress/addresses.ts';
import { PodSettingWrong } from './errors.ts';
import { startPod } from './host.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { OwnFolder } from './own-folder.ts';
import { ATTEMPTS, type Planted } from './probe-attempts.ts';
import { explainRefusal, hostFacts } from './refusal-help.ts';

/** `none` is an operator's word. A refusal says why there are no pods, and what would mend it. */
export type SandboxState = { kind: 'pod' } | { kind: 'none' } | { kind: 'refused'; reason: string; fix: string };

export interface ProbeOptions {
  podsFolder: string;
  /** The name or the path of bubblewrap's program. */
  bwrap?: string;
  /** Folders of toolchains that pods are shown. */
  paths?: string[];
}

const FoundSchema = z.object({ open: z.array(z.string()), environment: z.array(z.string()) });

/** Set for whoever runs in a pod, whatever the worker's are. */
const OWN_VARIABLES = new Set(['PATH', 'HOME', 'TMPDIR', 'LANG', 'CI', 'PWD', 'OLDPWD', 'SHLVL', '_']);
const PROBE_MS = 60_000;

/** Never rejects. Leaves nothing but the pods' tools. */
export async function probe(options: ProbeOptions): Promise<SandboxState> {
  try {
    const open = await waysOut(options);
    if (open.length === 0) return { kind: 'pod' };
    return {
      kind: 'refused',
      reason: `A command in a pod could ${open.join(', ')}.`,
      fix: 'Nothing is run in such a pod. Update bubblewrap (0.8 or newer) and the kernel, or run workers on another machine.',
    };
  } catch (error) {
    if (error instanceof PodSettingWrong) return { kind: 'refused', reason: error.reason, fix: error.fix };
    return { kind: 'refused', ...explainRefusal((error as Error).message, await hostFacts()) };
  }
}

/** What a command in a pod could do that it must not. Rejects where there is no pod, or none that can work. */
async function waysOut({ podsFolder, bwrap, paths = [] }: ProbeOptions): Promise<string[]> {
  const own = await OwnFolder.open(podsFolder);
  const beside = await own.make('probe');
  const sockets = await mkdtemp(join(tmpdir(), 'flotilla-probe-'));
  const doors: Server[] = [];
  try {
    const workspace = join(beside, 'workspace');
    const [outside, port, socket] = [join(beside, 'outside'), await listen(doors, 0), join(sockets, 'socket')];
    await makeOpen(beside, workspace, outside, sockets);
    await writeFile(join(outside, 'secret'), 'secret');
    await listen(doors, socket);
    await chmod(socket, 0o777);
    const planted: Planted = { folder: outside, socket, port, addresses: ownAddresses() };
    return await tryFrom(workspace, planted, { podsFolder, paths, ...(bwrap !== undefined && { bwrap }) });
  } finally {
    for (const door of doors) door.close();
    await Promise.all([own.close(), rm(sockets, { recursive: true, force: true })]);
  }
}

async function tryFrom(workspace: string, planted: Planted, options: ProbeOptions): Promise<string[]> {
  const pod = await startPod({ workspace, layers: [], allowHosts: [], limits: DEFAULT_LIMITS }, options);
  try {
    const run = { command: ['node', '-e', ATTEMPTS, JSON.stringify(planted)], folder: '.', timeoutMs: PROBE_MS };
    const end = await pod.request('run', { ...run, keepBytes: 65_536 }, AbortSignal.timeout(PROBE_MS));
    const worked = await readFile(join(workspace, 'worked'), 'utf8').catch(() => '');
    if (end.exitCode !== 0 || worked !== 'yes')
      throw new Error(`A command in a pod did not work (exit code ${end.exitCode}): ${end.output.text.trim()}`);
    const { open, environment } = FoundSchema.parse(JSON.parse(end.output.text));
    const leaked = await leakedVariables(environment);
    return leaked.length === 0 ? open : [...open, `see the worker's environment (${leaked.join(', ')})`];
  } finally {
    await pod.close();
  }
}

async function leakedVariables(seen: string[]): Promise<string[]> {
  const worker = (await readFile('/proc/self/environ', 'latin1')).split('\0').map((entry) => entry.replace(/=.*/s, ''));
  return seen.filter((name) => worker.includes(name) && !OWN_VARIABLES.has(name));
}

/** Whatever the umask: what keeps the pod out must be the pod, not the modes. */
async function makeOpen(beside: string, workspace: string, outside: string, sockets: string): Promise<void> {
  await mkdir(workspace);
  await mkdir(outside);
  for (const folder of [beside, outside, sockets]) await chmod(folder, 0o777);
}

async function listen(doors: Server[], where: number | string): Promise<number> {
  const door = createServer((visitor) => visitor.end());
  doors.push(door);
  door.listen(where);
  await once(door, 'listening');
  return typeof where === 'number' ? (door.address() as AddressInfo).port : 0;
}
