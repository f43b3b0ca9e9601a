/** What `flotilla doctor` says of the sandbox of agents' commands: tried, not looked up. */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { probe, type SandboxState } from '../pod/probe.ts';
import { type Finding, ok, warning } from './finding.ts';

const NAME = 'sandbox';

export const NO_SANDBOX = 'none: agents run commands on this machine, with nothing between';

export async function sandboxFinding({
  sandbox,
  podsFolder,
  podPaths: paths,
}: Pick<Config, 'sandbox' | 'podsFolder' | 'podPaths'>): Promise<Finding> {
  if (sandbox === 'none')
    return { ...warning(NAME, NO_SANDBOX, 'Unset FLOTILLA_SANDBOX to have pods.'), isDangerous: true };
  const state = await probeWithoutTrace(podsFolder, paths);
  if (state.kind === 'refused')
    return warning(NAME, `no subtask can change files or run commands in a pod. ${state.reason}`, state.fix);
  return ok(NAME, 'pods (bubblewrap): none got out, and commands work');
}

/** Where there is no folder of pods yet, there is none afterwards. */
async function probeWithoutTrace(podsFolder: string, paths: string[]): Promise<SandboxState> {
  if (existsSync(podsFolder)) return probe({ podsFolder, paths });
  const passing = await mkdtemp(join(tmpdir(), 'flotilla-doctor-'));
  await chmod(passing, 0o711);
  try {
    return await probe({ podsFolder: join(passing, 'pods'), paths });
  } finally {
    await rm(passing, { recursive: true, force: true });
  }
}
