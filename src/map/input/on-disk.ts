/**
 * Input on a disk. A file that is named is read wherever it lies and whatever ignore files say; below a folder, and where a glob
 * begins, ignore rules hold and links are not followed.
 */
import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { posix, resolve } from 'node:path';
import type { MapInput } from '../../contracts/map.ts';
import type { LeftOut } from '../../contracts/workspace.ts';
import { codeOf, FREEZE_BOUNDS, walk } from '../../workspace/walk.ts';
import { assertFew, folderScope, globScope, isGlob, type Scope, tidyPath } from './scope.ts';
import { assertFormatOfMany, formatOf, inputInvalid, type ItemSource, type SourceFile, Unreadable } from './source.ts';

const CHUNK_BYTES = 256 * 1024;

/** `root` is what a relative path begins at. */
export async function sourceOnDisk(
  root: string,
  input: MapInput,
  mostFiles = FREEZE_BOUNDS.maxFiles,
): Promise<ItemSource> {
  const path = tidyPath(input.path);
  const found = await statOf(resolve(root, path));
  if (found?.isDirectory()) return filesBelow(root, input, folderScope(path), mostFiles);
  if (found) return oneFile(root, input);
  if (isGlob(path)) return filesBelow(root, input, globScope(path), mostFiles);
  throw inputInvalid(`${input.path} does not exist (looked for in ${root}).`);
}

async function statOf(file: string): Promise<Stats | null> {
  return stat(file).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw inputInvalid(`${file} can't be opened (${codeOf(error)}).`, error);
  });
}

function oneFile(root: string, input: MapInput): ItemSource {
  const path = tidyPath(input.path);
  const file = { path, open: () => bytesOf(resolve(root, path), 0) };
  const format = formatOf(input);
  return format === 'files' ? { format, path, files: [file], leftOut: [] } : { format, path, file };
}

async function filesBelow(root: string, input: MapInput, scope: Scope, mostFiles: number): Promise<ItemSource> {
  assertFormatOfMany(input);
  const files: SourceFile[] = [];
  const leftOut: LeftOut[] = [];
  for await (const seen of walk(resolve(root, scope.base))) {
    const path = posix.join(scope.base, seen.path);
    if (!scope.includes(path)) continue;
    if (seen.leftOut !== null) leftOut.push({ path, reason: seen.leftOut });
    else files.push({ path, open: () => bytesOf(resolve(root, path), constants.O_NOFOLLOW) });
    assertFew(input.path, files.length + leftOut.length, mostFiles);
  }
  return { format: 'files', path: input.path, files: files.toSorted(byPath), leftOut: leftOut.toSorted(byPath) };
}

/** Opened without waiting for a writer; what was opened decides, not what the folder said. */
async function* bytesOf(path: string, flags: number): AsyncGenerator<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags).catch(unreadable);
  try {
    if (!(await file.stat()).isFile()) throw new Unreadable('it is not a regular file');
    const stream = file.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES });
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    unreadable(error);
  } finally {
    await file.close();
  }
}

function unreadable(error: unknown): never {
  throw error instanceof Unreadable ? error : new Unreadable(`it can't be read (${codeOf(error)})`, error);
}

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
