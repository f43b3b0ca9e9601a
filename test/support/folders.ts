/** Temporary folders that are gone when the suite is. */
import {
  chmodSync,
  type Dirent,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  type StatsFs,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll } from '@jest/globals';

const made: string[] = [];

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

export function temporaryFolder(name = 'flotilla-test', parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, `${name}-`));
  made.push(folder);
  return folder;
}

const MEMORY = '/dev/shm';
const ROOM_BYTES = 1e9;

/** In memory where the system has room for it: writing through costs nothing there, and a kill leaves as much of it as of a disk. */
export function memoryFolder(name?: string): string {
  const hasRoom = existsSync(MEMORY) && roomOf(statfsSync(MEMORY)) > ROOM_BYTES;
  return temporaryFolder(name, hasRoom ? MEMORY : tmpdir());
}

const roomOf = ({ bavail, bsize }: StatsFs): number => bavail * bsize;

/** Writes files by path; returns the folder. */
export function folderWith(files: Record<string, string | Buffer>, folder = temporaryFolder('flotilla-files')): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Everything below a folder. Unlike `readdir` with `recursive`, it never goes through a link. */
export function entriesIn(folder: string): Dirent[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => [entry, ...(entry.isDirectory() ? entriesIn(join(folder, entry.name)) : [])]);
}

/** The files of a folder by path, as `folderWith` takes them; links are left out. */
export function contentsOf(folder: string): Record<string, string> {
  const files = entriesIn(folder).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}

/** For pods: root's run as a user of their own, who must be able to pass through. */
export function podsFolder(): string {
  const folder = temporaryFolder('flotilla-pods', '/var/tmp');
  chmodSync(folder, 0o711);
  return folder;
}
