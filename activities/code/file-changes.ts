/** What differs between two states of the files, as results and reports show it. */
import type { FileChange } from '../../src/contracts/results.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { changesBetween, visibleChanges } from '../../src/snapshots/changes.ts';
import type { Blobs } from '../../src/store/blobs.ts';

/** `hidden`: how many are of no interest to anybody, as what a build has left. */
export async function fileChanges(
  blobs: Blobs,
  fromRef: string,
  toRef: string,
): Promise<{ changes: FileChange[]; hidden: number }> {
  const [from, to] = [await blobs.getJson(fromRef, ManifestSchema), await blobs.getJson(toRef, ManifestSchema)];
  const { visible, hidden } = await visibleChanges(blobs, from, changesBetween(from, to));
  const changes = visible.map(({ path, before, after }): FileChange => ({
    path,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
  }));
  return { changes, hidden: hidden.length };
}
