/** Which paths a folder or a glob means. Paths are relative, separated by `/`, and in one form. */
import { matchesGlob, posix } from 'node:path';
import { inputInvalid } from './source.ts';

export interface Scope {
  /** The deepest folder that holds all of it; '' for where paths begin. */
  base: string;
  includes: (path: string) => boolean;
}

const MAGIC = /[*?[\]{}]/;

export const isGlob = (path: string): boolean => MAGIC.test(path);

/** One form for each place: no `./`, no final `/`; '' for the root itself. */
export function tidyPath(path: string): string {
  const tidy = posix.normalize(path).replace(/(?<=.)\/$/, '');
  return tidy === '.' ? '' : tidy;
}

export const folderScope = (folder: string): Scope => ({
  base: folder,
  includes: (path) => folder === '' || path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`),
});

/** `*` and `**` don't match names that begin with a dot: such files have to be meant. */
export function globScope(pattern: string): Scope {
  const parts = pattern.split('/');
  const fixed = parts.slice(0, parts.findIndex(isGlob));
  const base = fixed.length === 1 && fixed[0] === '' ? '/' : fixed.join('/');
  return { base, includes: (path) => matchesGlob(path, pattern) };
}

/** What a folder or glob may bring at most: each file is held by name. */
export function assertFew(path: string, files: number, most: number): void {
  if (files <= most) return;
  throw inputInvalid(`${path} means more than ${most.toLocaleString('en')} files. Narrow it, or map its parts.`);
}
