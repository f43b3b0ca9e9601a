/**
 * What may be a path in a manifest, and what may not. Manifests are made by us, but what they name is chosen by whoever wrote the files:
 * each is looked at before anything is written by it.
 */
import type { Manifest } from '../contracts/workspace.ts';

/** PATH_MAX and NAME_MAX of Linux, in bytes. */
const MOST_PATH_BYTES = 4095;
const MOST_NAME_BYTES = 255;

/** Why this can't be the path of a file below a folder; null where it can. */
export function pathProblem(path: string): string | null {
  if (path === '') return 'it is empty';
  if (path.includes('\0')) return 'it holds a NUL byte';
  if (!path.isWellFormed()) return 'it is not Unicode';
  if (path.startsWith('/')) return 'it is absolute';
  const parts = path.split('/');
  if (parts.includes('..')) return 'it leads out of the workspace';
  if (parts.includes('.') || parts.includes('')) return 'it has an empty part';
  if (parts.some((part) => Buffer.byteLength(part) > MOST_NAME_BYTES)) return 'a name in it is too long';
  return Buffer.byteLength(path) > MOST_PATH_BYTES ? 'it is too long' : null;
}

/** Why nothing can be a link with this target. Where it leads does not matter: nobody follows it. */
export function targetProblem(target: string): string | null {
  if (target === '') return 'its target is empty';
  if (target.includes('\0')) return 'its target holds a NUL byte';
  if (!target.isWellFormed()) return 'its target is not Unicode';
  return Buffer.byteLength(target) > MOST_PATH_BYTES ? 'its target is too long' : null;
}

/** What keeps these files and links from being one folder, by path; null where nothing does. */
export function manifestProblem({ files, links }: Pick<Manifest, 'files' | 'links'>): string | null {
  const seen = new Map<string, 'file' | 'link'>();
  for (const [kind, entries] of [['file', files] as const, ['link', links] as const]) {
    for (const { path } of entries) {
      const problem = pathProblem(path) ?? (seen.has(path) ? 'it is there twice' : null);
      if (problem !== null) return `${shown(path)}: ${problem}`;
      seen.set(path, kind);
    }
  }
  for (const { path, target } of links) {
    const problem = targetProblem(target);
    if (problem !== null) return `${shown(path)}: ${problem}`;
  }
  for (const path of seen.keys()) {
    const above = parentsOf(path).find((parent) => seen.has(parent));
    if (above !== undefined) return `${shown(path)}: it is below ${shown(above)}, which is a ${seen.get(above)}`;
  }
  return null;
}

/** `a/b/c.ts` → `a`, `a/b`. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) parents.push(path.slice(0, at));
  return parents;
}

const shown = (path: string): string => JSON.stringify(path.slice(0, 200));
