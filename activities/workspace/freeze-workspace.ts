/** `freezeWorkspace`: the files that every subtask of an objective will see, as one reference. */
import type { WorkspaceSummary } from '../../src/contracts/workspace.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { freeze } from './freeze.ts';

export function createFreezeActivity({ store }: Services) {
  async function freezeWorkspace({ path }: { path: string }): Promise<WorkspaceSummary> {
    return underHeartbeat(() => freeze(store.blobs, path));
  }

  return { freezeWorkspace };
}
