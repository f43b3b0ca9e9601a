/** `freezeWorkspace`: the files that every subtask of an objective will see, as one reference. */
import type { WorkspaceSummary } from '../../src/contracts/workspace.ts';
import { baseCommitOf } from '../../src/workspace/base-commit.ts';
import { underHeartbeat } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { freeze } from './freeze.ts';

export interface FreezeInput {
  path: string;
  /** Globs of what is taken although it is ignored. */
  include?: string[];
}

export function createFreezeActivity({ store, commandPath }: Services) {
  async function freezeWorkspace({ path, include = [] }: FreezeInput): Promise<WorkspaceSummary> {
    return underHeartbeat(async () => {
      const summary = await freeze(store.blobs, path, { include });
      const baseCommit = await baseCommitOf(path, commandPath);
      return { ...summary, ...(baseCommit !== undefined && { baseCommit }) };
    });
  }

  return { freezeWorkspace };
}
