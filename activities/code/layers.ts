/** What the caller's setup command has installed for the files as they were given: read-only folders of every pod. None where there is no such command. */
import { join } from 'node:path';
import type { WorkAssignment } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { prepareLayers, SetupFailed } from '../../src/pod/layers/prepare.ts';
import type { Layer } from '../../src/pod/pod.ts';
import type { Sandbox } from '../../src/pod/sandbox.ts';
import { restore } from '../../src/snapshots/restore.ts';
import type { Store } from '../../src/store/store.ts';
import { workRulesOf } from './checks.ts';

/**
 * By the state that the caller gave, whatever an agent made of its dependency files since: the command has a network, so it runs before any agent does.
 */
export async function layersOf(
  { blobs }: Store,
  sandbox: Sandbox,
  work: WorkAssignment,
  signal: AbortSignal,
): Promise<Layer[]> {
  const { setup } = await workRulesOf(blobs, work);
  if (!setup) return [];
  const manifest = await blobs.getJson(work.originRef, ManifestSchema);
  try {
    return await prepareLayers({ sandbox, setup, manifest, restoreTo: fresh, signal });
  } catch (error) {
    if (error instanceof SetupFailed) throw new TypedFailure('SetupFailed', error.message);
    throw error;
  }

  function fresh(use: (folder: string) => Promise<void>): Promise<void> {
    return sandbox.inFolder('setup', async (folder) => {
      const workspace = join(folder, 'workspace');
      await restore(blobs, manifest, workspace);
      await use(workspace);
    });
  }
}
