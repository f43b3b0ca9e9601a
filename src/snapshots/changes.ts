/** What differs between two snapshots, path by path, and what of it a person is shown. */
import type { LeftOut, Manifest } from '../contracts/workspace.ts';
import type { Blobs } from '../store/blobs.ts';
import { IgnoreRules } from '../workspace/ignore-rules.ts';
import { isGitName } from './git-names.ts';
import { parentsOf } from './paths.ts';
import { byPath, type Entry, isSame, isSameContent, treeOf } from './tree.ts';

/** `link`: a link on one side at least. `mode`: only whether it may be run. */
export interface Change {
  path: string;
  kind: 'added' | 'changed' | 'removed' | 'mode' | 'link';
  before: Entry | null;
  after: Entry | null;
}

/** In the order of their paths. */
export function changesBetween(base: Manifest, next: Manifest): Change[] {
  const [before, after] = [treeOf(base), treeOf(next)];
  const changes: Change[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(path), after.get(path)];
    if (!isSame(was, is)) changes.push({ path, kind: kindOf(was, is), before: was ?? null, after: is ?? null });
  }
  return changes.toSorted(byPath);
}

function kindOf(before: Entry | undefined, after: Entry | undefined): Change['kind'] {
  if (before?.type === 'link' || after?.type === 'link') return 'link';
  if (!before) return 'added';
  if (!after) return 'removed';
  return isSameContent(before, after) ? 'mode' : 'changed';
}

export interface VisibleChanges {
  visible: Change[];
  /** By path, with the reason. */
  hidden: LeftOut[];
}

/** Why nobody is shown what a path is now; null where it is shown. */
export type Visibility = (path: string) => string | null;

/**
 * Hidden is what nobody would want of a subagent: files that the base's ignore rules leave out and that were not there (what it built, installed,
 * cached), and whatever belongs to a git directory, which could start programs in the caller's repository.
 */
export async function visibilityIn(blobs: Blobs, base: Manifest): Promise<Visibility> {
  const isIgnored = await ignoredBy(blobs, base);
  const wasThere = treeOf(base);
  return (path) => {
    if (path.split('/').some(isGitName)) return 'it belongs to a git directory';
    return !wasThere.has(path) && isIgnored(path) ? 'it is ignored' : null;
  };
}

export async function visibleChanges(blobs: Blobs, base: Manifest, changes: Change[]): Promise<VisibleChanges> {
  const whyHidden = await visibilityIn(blobs, base);
  const visible: Change[] = [];
  const hidden: LeftOut[] = [];
  for (const change of changes) {
    const reason = whyHidden(change.path);
    if (reason === null) visible.push(change);
    else hidden.push({ path: change.path, reason });
  }
  return { visible, hidden };
}

/** As git would have it: below an ignored folder everything is. */
async function ignoredBy(blobs: Blobs, { files }: Manifest): Promise<(path: string) => boolean> {
  const ignoreFiles = files.filter(({ path }) => path === '.gitignore' || path.endsWith('/.gitignore'));
  const texts = await Promise.all(
    ignoreFiles.map(async ({ path, blob }): Promise<[string, string]> => [
      path.slice(0, -'/.gitignore'.length),
      await blobs.getText(blob),
    ]),
  );
  const byFolder = new Map(texts);
  const known = new Map<string, IgnoreRules | null>();
  const rulesIn = (folder: string): IgnoreRules | null => {
    const seen = known.get(folder);
    if (seen !== undefined) return seen;
    const parent = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '';
    const above = folder === '' ? new IgnoreRules() : rulesIn(parent);
    const isWhole = above === null || (folder !== '' && above.ignores(folder, true));
    const rules = isWhole ? null : above.with(folder, byFolder.get(folder) ?? null);
    known.set(folder, rules);
    return rules;
  };
  return (path) => rulesIn(parentsOf(path).at(-1) ?? '')?.ignores(path, false) ?? true;
}
