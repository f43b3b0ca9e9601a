/**
 * Folders and files of a workspace, reached without following a link anywhere below its root, whatever is renamed meanwhile.
 * A folder is opened from the one it lies in, name by name, and held: `/proc/self/fd/N/name` is what `openat(N, name)` means,
 * which Node does not offer.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
} from 'node:fs';
import { relativePath } from '../../../workspace/paths.ts';
import { Refusal } from '../refusal.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const MOST_BYTES = 20_000_000;

export interface HeldFolder {
  /** Relative to the workspace; `''` is the workspace itself. */
  path: string;
  /** Where a name of this folder is, for as long as the folder is held; `''` for the folder itself. */
  at: (name: string) => string;
}

interface Making {
  /** Folders that had to be made, outermost first, are added here. */
  made: string[];
}

export const workspacePath = (path: string): string => relativePath(path, Refusal);

export const pathBelow = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** `a/b/c` → `a/b` and `c`. */
export function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) };
}

/** Refuses where `path` is not a folder, or a part of it is a link. With `making`, folders that are missing are made. */
export function inFolder<T>(root: string, path: string, use: (folder: HeldFolder) => T, making?: Making): T {
  const { folder, close } = holdFolder(root, path, making);
  try {
    return use(folder);
  } finally {
    close();
  }
}

/** As `inFolder`, for who comes back to the very same folder later. */
export function holdFolder(root: string, path: string, making?: Making): { folder: HeldFolder; close: () => void } {
  let fd = openSync(root, O_RDONLY | O_DIRECTORY);
  let reached = '';
  try {
    for (const part of path.split('/').filter((name) => name !== '')) {
      reached = pathBelow(reached, part);
      const next = enter(`/proc/self/fd/${fd}/${part}`, reached, making);
      closeSync(fd);
      fd = next;
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { folder: { path, at: (name) => `/proc/self/fd/${fd}/${name}` }, close: () => closeSync(fd) };
}

function enter(place: string, path: string, making?: Making): number {
  try {
    if (making && statAt(place, path) === null) {
      mkdirSync(place);
      making.made.push(path);
    }
    return openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const found = statAt(place, path);
    if (found?.isSymbolicLink()) throw linkRefusal(place, path);
    if (found && !found.isDirectory()) throw new Refusal(`"${path}" is a file, not a folder; use read_file.`);
    throw toRefusal(error, path);
  }
}

/** Opens a regular file and nothing else; never waits, never touches a device. */
export function withFile<T>(folder: HeldFolder, name: string, use: (fd: number, stat: BigIntStats) => T): T {
  const fd = openFile(folder, name);
  try {
    return use(fd, fstatSync(fd, { bigint: true }));
  } finally {
    closeSync(fd);
  }
}

/** As `withFile`, for who reads on while others do something else: the descriptor is the caller's to close. */
export function openFile(folder: HeldFolder, name: string): number {
  const path = pathBelow(folder.path, name);
  assertFile(statOf(folder, name), folder.at(name), path);
  let fd: number;
  try {
    fd = openSync(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw toRefusal(error, path);
  }
  try {
    assertFile(fstatSync(fd), folder.at(name), path);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

interface Kind {
  isFile: () => boolean;
  isDirectory: () => boolean;
  isSymbolicLink: () => boolean;
  isFIFO: () => boolean;
  isSocket: () => boolean;
}

function assertFile(found: Kind | null, place: string, path: string): void {
  if (found === null) throw missing(path);
  if (found.isSymbolicLink()) throw linkRefusal(place, path);
  if (found.isDirectory()) throw new Refusal(`"${path || '.'}" is a folder; use list_files.`);
  if (!found.isFile()) throw new Refusal(`"${path}" is not a regular file: ${whatElse(found)}.`);
}

/** Of what is neither file nor folder nor link. */
export function whatElse(found: Kind): string {
  if (found.isFIFO()) return 'it is a named pipe';
  return found.isSocket() ? 'it is a socket' : 'it is a device';
}

/** What a name of a folder is, not what it leads to; null where there is nothing. */
export const statOf = (folder: HeldFolder, name: string): BigIntStats | null =>
  statAt(folder.at(name), pathBelow(folder.path, name));

/** The same by any path; `path` is what a refusal calls it. */
export function statAt(place: string, path: string): BigIntStats | null {
  try {
    return lstatSync(place, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw toRefusal(error, path);
  }
}

export function assertSize(path: string, bytes: number | bigint): void {
  if (bytes <= MOST_BYTES) return;
  const [has, most] = [bytes.toLocaleString('en'), MOST_BYTES.toLocaleString('en')];
  throw new Refusal(`"${path}" has ${has} bytes; at most ${most} are handled here. Use a command for parts of it.`);
}

export class Missing extends Refusal {}

const missing = (path: string): Missing => new Missing(`"${path}" does not exist in the workspace.`);

function linkRefusal(place: string, path: string): Refusal {
  const target = targetOf(place);
  const where = target === null ? '' : ` to ${JSON.stringify(target.slice(0, 200))}`;
  return new Refusal(`"${path}" is a symbolic link${where}; links are not followed. Use the path that it stands for.`);
}

function targetOf(place: string): string | null {
  try {
    return readlinkSync(place);
  } catch {
    return null;
  }
}

/** What a workspace can be the reason of; anything else is the machine's and stays what it is. */
const OF_THE_WORKSPACE = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['ENAMETOOLONG', 'a name or path is too long'],
  ['ENOSPC', 'no space is left'],
  ['EDQUOT', 'no space is left'],
  ['EFBIG', 'the file would be too large'],
  ['EROFS', 'it is read-only there'],
  ['EBUSY', 'it is in use by the system'],
  ['EXDEV', 'it lies on another file system'],
  ['EISDIR', 'a folder is in its place'],
  ['ENOTDIR', 'a part of its path is not a folder'],
  ['EEXIST', 'something is in its place'],
  ['ENOTEMPTY', 'a folder is in its place'],
  ['ELOOP', 'a symbolic link is in its place'],
]);

export function toRefusal(error: unknown, path: string): unknown {
  if (error instanceof Refusal) return error;
  const { code = '' } = error as { code?: string };
  if (code === 'ENOENT') return missing(path);
  const reason = OF_THE_WORKSPACE.get(code);
  if (reason === undefined) return error;
  return new Refusal(`"${path}" can't be used: ${reason} (${code}).`, { cause: error });
}
