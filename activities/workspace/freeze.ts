/**
 * Freezes a directory: copies every file that is taken into the store and writes the manifest that names them.
 * Side effects: objects in the store, which are the same when it is done again. The directory itself is only read.
 */
import { constants } from 'node:fs';
import { access, type FileHandle, open, readlink, stat } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { FrozenFile, FrozenLink, LeftOut, WorkspaceSummary } from '../../src/contracts/workspace.ts';
import { targetProblem } from '../../src/snapshots/paths.ts';
import { type Entry, manifestOf } from '../../src/snapshots/tree.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { sizeOf } from '../../src/workspace/sizes.ts';
import { codeOf, FREEZE_BOUNDS, type FreezeBounds, type Seen, walk } from '../../src/workspace/walk.ts';

export interface FreezeOptions {
  bounds?: FreezeBounds;
  /** Globs of what is taken although it is ignored. */
  include?: string[];
}

type Taken = FrozenFile | FrozenLink | LeftOut;

const FILES_AT_ONCE = 8;
/** Git's own rule for what is binary: a NUL byte among the first 8,000. */
const SNIFFED_BYTES = 8000;
const MOST_FOLDERS_NAMED = 3;

export async function freeze(
  blobs: Blobs,
  root: string,
  { bounds = FREEZE_BOUNDS, include = [] }: FreezeOptions = {},
): Promise<WorkspaceSummary> {
  await assertDirectory(root);
  const all = await seenIn(root, include, bounds);
  const atOnce = pLimit(FILES_AT_ONCE);
  const taken = await atOnce.map(all, (seen) => take(blobs, root, seen, bounds));
  const files = taken.filter((entry) => 'blob' in entry);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const leftOut = taken.filter((entry) => 'reason' in entry);
  const manifest = manifestOf(new Map(taken.flatMap(toEntry)), leftOut);
  return { workspaceRef: await blobs.putJson(manifest), files: files.length, bytes, leftOut: manifest.leftOut.length };
}

function toEntry(taken: Taken): [string, Entry][] {
  if ('reason' in taken) return [];
  const { path, ...entry } = taken;
  return [[path, 'target' in entry ? { type: 'link', ...entry } : { type: 'file', ...entry }]];
}

async function assertDirectory(root: string): Promise<void> {
  const unavailable = (error: unknown): never => {
    throw new TypedFailure('WorkspaceUnavailable', `The workspace ${root} can't be opened (${codeOf(error)}).`);
  };
  const found = await stat(root).catch(unavailable);
  if (!found.isDirectory()) throw new TypedFailure('WorkspaceUnavailable', `The workspace ${root} is not a directory.`);
  await access(root, constants.R_OK | constants.X_OK).catch(unavailable);
}

/** Everything in it. What is too much is refused here, by the sizes that the folders tell: before anything is copied. */
async function seenIn(root: string, include: string[], bounds: FreezeBounds): Promise<Seen[]> {
  const all: Seen[] = [];
  const perFolder = new Map<string, number>();
  let bytes = 0;
  for await (const seen of walk(root, include)) {
    all.push(seen);
    if (all.length > bounds.maxFiles)
      throw tooLarge(root, `more than ${bounds.maxFiles.toLocaleString('en')} files`, perFolder);
    const size = seen.leftOut === null ? await sizeOf(root, seen.path) : null;
    if (size === null || size > bounds.maxFileBytes) continue;
    bytes += size;
    const [top = '', ...below] = seen.path.split('/');
    const folder = below.length > 0 ? `${top}/` : top;
    perFolder.set(folder, (perFolder.get(folder) ?? 0) + size);
  }
  if (bytes <= bounds.maxTotalBytes) return all;
  throw tooLarge(root, `more than ${bounds.maxTotalBytes.toLocaleString('en')} bytes`, perFolder);
}

function tooLarge(root: string, what: string, perFolder: Map<string, number>): TypedFailure {
  const largest = [...perFolder].toSorted(([, a], [, b]) => b - a).slice(0, MOST_FOLDERS_NAMED);
  const named = largest.map(([folder, bytes]) => `${folder} ${bytes.toLocaleString('en')}`).join(', ');
  const where = named === '' ? '' : ` Most bytes, as far as was looked: ${named}.`;
  return new TypedFailure('WorkspaceTooLarge', `The workspace ${root} has ${what}.${where}`);
}

async function take(blobs: Blobs, root: string, seen: Seen, bounds: FreezeBounds): Promise<Taken> {
  const { path, leftOut } = seen;
  if (leftOut === null) return takeFile(blobs, root, path, bounds);
  return seen.isLink ? takeLink(root, path) : { path, reason: leftOut };
}

/** What a link says, not what it leads to. */
async function takeLink(root: string, path: string): Promise<FrozenLink | LeftOut> {
  const bytes = await readlink(join(root, path), 'buffer').catch((error: unknown) => codeOf(error));
  if (typeof bytes === 'string') return { path, reason: `it is a link that can't be read (${bytes})` };
  const problem = isUtf8(bytes) ? targetProblem(bytes.toString()) : 'its target is not UTF-8';
  return problem === null ? { path, target: bytes.toString() } : { path, reason: `it is a link, and ${problem}` };
}

/** Opened without following links and without waiting for a writer; what was opened decides, not what the folder said. */
async function takeFile(blobs: Blobs, root: string, path: string, bounds: FreezeBounds): Promise<FrozenFile | LeftOut> {
  let file: FileHandle;
  try {
    file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return { path, reason: `it can't be read (${codeOf(error)})` };
  }
  try {
    const found = await file.stat();
    const { size, mode } = found;
    if (!found.isFile()) return { path, reason: 'it is not a regular file' };
    if (size > bounds.maxFileBytes) return { path, reason: `it has ${size.toLocaleString('en')} bytes` };
    const { stored, isBinary } = await copy(blobs, file, size);
    return { path, bytes: stored.bytes, blob: stored.ref, isExecutable: (mode & 0o100) !== 0, isBinary };
  } finally {
    await file.close();
  }
}

/** As many bytes as the file had when it was opened: one that grows is cut there. */
async function copy(blobs: Blobs, file: FileHandle, size: number) {
  if (size === 0) return { stored: { ref: await blobs.put(''), bytes: 0 }, isBinary: false };
  let seen = 0;
  let isBinary = false;
  async function* sniffed(): AsyncIterable<Buffer> {
    for await (const chunk of file.createReadStream({ start: 0, end: size - 1, autoClose: false })) {
      const bytes = chunk as Buffer;
      if (seen < SNIFFED_BYTES) isBinary ||= bytes.subarray(0, SNIFFED_BYTES - seen).includes(0);
      seen += bytes.length;
      yield bytes;
    }
  }
  return { stored: await blobs.putStream(sniffed()), isBinary };
}
