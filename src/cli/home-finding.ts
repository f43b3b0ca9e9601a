/** What `flotilla doctor` says of the home, and what stops the commands that need it. It reads and writes nothing: opening a store would make it, or bring it to our schema. */
import { access, constants, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storeFolder } from '../config.ts';
import { MIGRATIONS } from '../store/sqlite/migrations.ts';
import { databaseFile } from '../store/store.ts';
import { InputInvalid } from '../located-yaml.ts';
import { type Finding, ok } from './finding.ts';

const NAME = 'home';

/** The header of a database: what it is at the start, whose schema (`user_version`) at 60 (sqlite.org/fileformat.html). */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const VERSION_AT = 60;

export async function homeFinding(home: string): Promise<Finding> {
  try {
    const there = await nearest(home);
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
    if (there !== home) return ok(NAME, `${home} (not there yet: the first stack makes it)`);
    const problem = await storeProblem(databaseFile(storeFolder(home)));
    if (problem === null) return ok(NAME, home);
    return failed(`${home}: ${problem.what}`, problem.help);
  } catch (error) {
    return failed(`${home}: ${(error as Error).message}`, 'Set FLOTILLA_HOME to a folder that can be written.');
  }
}

/** Throws `InputInvalid` where a command could not use the home. */
export async function assertHome(home: string): Promise<void> {
  const { status, detail, help } = await homeFinding(home);
  if (status === 'failed') throw new InputInvalid(`FLOTILLA_HOME can't be used: ${detail}. ${help}`);
}

const failed = (detail: string, help: string): Finding => ({ name: NAME, status: 'failed', detail, help });

/** The folder itself, or the nearest one above it that is there. Rejects where a file is in the way. */
async function nearest(folder: string): Promise<string> {
  try {
    if ((await stat(folder)).isDirectory()) return folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return nearest(dirname(folder));
  }
  throw new Error(`ENOTDIR: ${folder} is not a folder`);
}

async function storeProblem(file: string): Promise<{ what: string; help: string } | null> {
  const header = await headerOf(file);
  if (header === null || header.length === 0) return null;
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    return {
      what: `${file} is not a store`,
      help: 'Restore it from a backup, or set FLOTILLA_HOME to another folder.',
    };
  }
  const version = header.readUInt32BE(VERSION_AT);
  if (version <= MIGRATIONS.length) return null;
  return {
    what: `${file} was written by a newer version (schema ${version}, this one knows ${MIGRATIONS.length})`,
    help: 'Update flotilla, or set FLOTILLA_HOME to another folder.',
  };
}

/** Null where there is no store yet. */
async function headerOf(path: string): Promise<Buffer | null> {
  try {
    const file = await open(path, constants.O_RDONLY);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
