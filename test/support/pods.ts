/** Pods for tests. Where bubblewrap can't work, what needs it is skipped, and the reason is said once. */
import { chmodSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect } from '@jest/globals';
import { type PodOptions, startPod } from '../../src/pod/host.ts';
import type { SandboxMode } from '../../src/pod/launch.ts';
import type { Pod, PodLimits, PodSpec } from '../../src/pod/pod.ts';
import type { PodCommandEnd, RunArgs } from '../../src/pod/protocol.ts';
import { temporaryFolder } from './folders.ts';
import { noPods } from './no-pods.ts';

export const MIB = 1024 * 1024;

export const POD_LIMITS: PodLimits = {
  cpuSeconds: 600,
  processes: 256,
  dataBytes: 2048 * MIB,
  fileBytes: 1024 * MIB,
  openFiles: 1024,
  memoryBytes: 2048 * MIB,
  diskBytes: 1024 * MIB,
};

if (noPods !== null) process.stderr.write(`Tests of pods are skipped: ${noPods}\n`);

export const describePods = noPods === null ? describe : describe.skip;

/** An ordinary user that tests of root's try the product as; null for tests of an ordinary user, and where the product is closed to others. */
export const ordinaryUser = ((): { uid: number; gid: number } | null => {
  if (process.getuid?.() !== 0) return null;
  const folders = [process.execPath, fileURLToPath(import.meta.url)].flatMap(foldersAbove);
  return folders.every((folder) => (statSync(folder).mode & 0o001) !== 0) ? { uid: 65_534, gid: 65_534 } : null;
})();

function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}

/** One for all suites of a machine: Node is copied into it. */
const sharedPods = temporaryFolder('flotilla-pods', '/var/tmp');
chmodSync(sharedPods, 0o711);

/** A folder for a workspace, where a pod's user can reach it. */
export const workspaceFolder = (): string => temporaryFolder('flotilla-workspace', sharedPods);

const opened: Pod[] = [];
afterAll(() => Promise.all(opened.map((pod) => pod.close())));

export function podSpec({
  limits,
  ...change
}: Partial<Omit<PodSpec, 'limits'>> & { limits?: Partial<PodLimits> }): PodSpec {
  return { workspace: workspaceFolder(), layers: [], allowHosts: [], limits: { ...POD_LIMITS, ...limits }, ...change };
}

/** A pod that is closed when the suite is over. */
export async function podWith(
  change: Parameters<typeof podSpec>[0] = {},
  options: Partial<PodOptions> = {},
): Promise<Pod> {
  const pod = await startPod(podSpec(change), { podsFolder: sharedPods, ...options });
  opened.push(pod);
  return pod;
}

export const podsFolder = sharedPods;
export const SANDBOXES: SandboxMode[] = ['pod', 'none'];

export const notAborted = new AbortController().signal;

export const runIn = (pod: Pod, command: RunArgs['command'], change: Partial<RunArgs> = {}): Promise<PodCommandEnd> =>
  pod.request('run', { command, folder: '.', timeoutMs: 120_000, keepBytes: 65_536, ...change }, notAborted);

/** What a command writes; it must succeed. */
export async function outputOf(pod: Pod, command: RunArgs['command']): Promise<string> {
  const { exitCode, output } = await runIn(pod, command);
  expect({ exitCode, text: output.text }).toMatchObject({ exitCode: 0 });
  return output.text.trim();
}
