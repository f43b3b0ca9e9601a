/** What was merged, as a report shows it: which files each subtask changed. */
import type { MergedChange } from '../../src/contracts/objective.ts';
import type { ReportChange } from '../../src/contracts/report.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { fileChanges } from '../code/file-changes.ts';

/** `originRef`: the files before the first of them. */
export async function changesOf(blobs: Blobs, originRef: string, merged: MergedChange[]): Promise<ReportChange[]> {
  const changes: ReportChange[] = [];
  let before = originRef;
  for (const { subtaskId, title, ref, protected: kept, isUnsandboxed = false } of merged) {
    const { changes: files } = await fileChanges(blobs, before, ref);
    changes.push({ subtaskId, title, files, protected: kept, isUnsandboxed });
    before = ref;
  }
  return changes;
}
