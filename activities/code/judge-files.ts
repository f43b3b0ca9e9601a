/**
 * Commands on a state of the files, in a clean pod on a folder that no agent has touched. What is protected counts as it was when the objective began.
 * Side effects: a scratch folder, removed again.
 */
import { join } from 'node:path';
import type { CheckEnd } from '../../src/contracts/results.ts';
import { type Manifest, ManifestSchema } from '../../src/contracts/workspace.ts';
import type { WorkAssignment } from '../../src/contracts/subagent.ts';
import { PodLost } from '../../src/pod/errors.ts';
import type { Pod } from '../../src/pod/pod.ts';
import type { Sandbox } from '../../src/pod/sandbox.ts';
import { commandText } from '../../src/run-command.ts';
import { withProtectedFrom } from '../../src/snapshots/protected.ts';
import { restore } from '../../src/snapshots/restore.ts';
import type { Store } from '../../src/store/store.ts';
import { type NamedCheck, workRulesOf } from './checks.ts';
import { layersOf } from './layers.ts';
import { withScriptsFrom } from './package-scripts.ts';

const KEPT_BYTES = 32_768;

export interface Judging {
  /** The state that is judged. */
  ref: string;
  work: WorkAssignment;
  /** Globs. */
  protects: string[];
  checks: NamedCheck[];
}

/** How each ended, in their order. Nothing is run where there are none. */
export async function judgeFiles(
  store: Store,
  sandbox: Sandbox,
  { ref, work, protects, checks }: Judging,
  signal: AbortSignal,
): Promise<CheckEnd[]> {
  if (checks.length === 0) return [];
  const load = (of: string): Promise<Manifest> => store.blobs.getJson(of, ManifestSchema);
  const origin = await load(work.originRef);
  const judged = await withScriptsFrom(store.blobs, origin, withProtectedFrom(origin, await load(ref), protects));
  return sandbox.inFolder('checks', async (folder) => {
    const workspace = join(folder, 'workspace');
    await restore(store.blobs, judged, workspace);
    const { allowHosts } = await workRulesOf(store.blobs, work);
    const pod = await sandbox.start({ workspace, layers: await layersOf(store, sandbox, work, signal), allowHosts });
    try {
      const ends: CheckEnd[] = [];
      for (const named of checks) ends.push(await endOf(pod, named, signal));
      return ends;
    } finally {
      await pod.close();
    }
  });
}

export const hasPassed = ({ exitCode }: CheckEnd): boolean => exitCode === 0;

async function endOf(pod: Pod, { name, check }: NamedCheck, signal: AbortSignal): Promise<CheckEnd> {
  const { command, timeoutSeconds } = check;
  const named = { name, command: commandText(check.command) };
  try {
    const args = { command, folder: '.', timeoutMs: timeoutSeconds * 1000, keepBytes: KEPT_BYTES };
    const { exitCode, signal: by, isTimedOut, durationMs, output } = await pod.request('run', args, signal);
    return { ...named, exitCode: isTimedOut ? null : exitCode, signal: by, isTimedOut, durationMs, output };
  } catch (error) {
    if (!(error instanceof PodLost)) throw error;
    const text = `The sandbox was ended (${error.end.reason}): ${error.end.detail}`;
    const output = { text, bytes: Buffer.byteLength(text), isCut: false };
    return { ...named, exitCode: null, signal: 'SIGKILL', durationMs: 0, output };
  }
}
