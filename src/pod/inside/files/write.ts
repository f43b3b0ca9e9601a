/** Files come into place whole: written beside, then renamed. What had a name before is replaced, never written into. */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, fchmodSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Operations } from '../../protocol.ts';
import { Refusal } from '../refusal.ts';
import { assertSize, type HeldFolder, inFolder, pathBelow, split, statOf, toRefusal, workspacePath } from './held.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const NEW_FILE_MODE = 0o644;

export function writeFile(root: string, args: Operations['writeFile']['args']): Operations['writeFile']['value'] {
  const path = workspacePath(args.path);
  const bytes = Buffer.from(args.content);
  assertSize(path, bytes.length);
  const { folder, name } = split(path);
  return inFolder(root, folder, (held) => put(held, name, bytes), { made: [] });
}

function put(folder: HeldFolder, name: string, bytes: Buffer): { isNew: boolean; bytes: number } {
  const mode = replaceableMode(folder, name);
  const beside = stage(folder, name, bytes, mode ?? NEW_FILE_MODE);
  moveInto(folder, beside, name);
  return { isNew: mode === null, bytes: bytes.length };
}

/** The permission bits of a regular file, null where there is nothing; refuses what a file can't take the place of. */
export function replaceableMode(folder: HeldFolder, name: string): number | null {
  const path = pathBelow(folder.path, name);
  const found = name === '' ? null : statOf(folder, name);
  if (name === '' || found?.isDirectory())
    throw new Refusal(`"${path || '.'}" is a folder; a file needs another name.`);
  if (found === null) return null;
  if (found.isSymbolicLink()) throw new Refusal(`"${path}" is a symbolic link; links are not written through.`);
  if (!found.isFile()) throw new Refusal(`"${path}" is not a regular file; it is not written to.`);
  return Number(found.mode & 0o777n);
}

/** Writes a new file beside `name` and returns what it is called. */
export function stage(folder: HeldFolder, name: string, bytes: Buffer, mode = NEW_FILE_MODE): string {
  const beside = besideName();
  try {
    const fd = openSync(folder.at(beside), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
      fchmodSync(fd, mode);
    } finally {
      closeSync(fd);
    }
    return beside;
  } catch (error) {
    rmSync(folder.at(beside), { force: true });
    throw toRefusal(error, pathBelow(folder.path, name));
  }
}

export const besideName = (): string => `.flotilla-${randomUUID()}`;

/** In the same folder; where it can't be done nothing is left beside. */
export function moveInto(folder: HeldFolder, beside: string, name: string): void {
  try {
    renameSync(folder.at(beside), folder.at(name));
  } catch (error) {
    rmSync(folder.at(beside), { force: true });
    throw toRefusal(error, pathBelow(folder.path, name));
  }
}
