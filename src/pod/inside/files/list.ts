/** What lies directly in a folder, with what is below. Counting ends at a bound. */
import type { Operations, PodEntry } from '../../protocol.ts';
import { pathBelow, workspacePath } from './held.ts';
import { orAlike } from './missing.ts';
import { walk } from './walk.ts';

const MOST_COUNTED = 50_000;
const MOST_ENTRIES = 2000;

export function list(root: string, { path }: Operations['list']['args']): Operations['list']['value'] {
  const folder = workspacePath(path);
  return orAlike(root, folder, () => {
    const entries = new Map<string, PodEntry>();
    let seen = 0;
    for (const visited of walk(root, folder)) {
      for (const { path: below, stat } of visited.entries) {
        count(entries, below.slice(pathBelow(folder, '').length), stat.isDirectory(), Number(stat.size));
      }
      seen += visited.entries.length;
      if (seen > MOST_COUNTED) break;
    }
    const all = [...entries.values()].sort(foldersFirst);
    return { entries: all.slice(0, MOST_ENTRIES), isCut: seen > MOST_COUNTED || all.length > MOST_ENTRIES };
  });
}

/** `below` is relative to the folder that is listed; folders come before what they hold. */
function count(entries: Map<string, PodEntry>, below: string, isFolder: boolean, bytes: number): void {
  const name = below.split('/')[0] ?? below;
  const entry = entries.get(name) ?? { name, isFolder, files: 0, bytes: 0 };
  entries.set(name, isFolder ? entry : { ...entry, files: entry.files + 1, bytes: entry.bytes + bytes });
}

const foldersFirst = (a: PodEntry, b: PodEntry): number =>
  Number(b.isFolder) - Number(a.isFolder) || (a.name < b.name ? -1 : 1);
