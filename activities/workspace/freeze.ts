/**
 * Freezes a directory: copies every file that is taken into the store and writes the manifest that names them.
 * Side effects: objects in the store, which are the same when it is done again. The directory itself is only read.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { FrozenFile, LeftOut, Manifest, WorkspaceSummary } from '../../src/contracts/workspace.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { codeOf, FREEZE_BOUNDS, type FreezeBounds, walk } from '../../src/workspace/walk.ts';

const FILES_AT_ONCE = 8;
/** Git's own rule for what is binary: a NUL byte among the first 8,000. */
const SNIFFED_BYTES = 8000;

export async function freeze(blobs: Blobs, root: string, bounds = FREEZE_BOUNDS): Promise<WorkspaceSummary> {
  await assertDirectory(root);
  const atOnce = pLimit(FILES_AT_ONCE);
  const pending: Promise<FrozenFile | LeftOut>[] = [];
  let bytes = 0;
  for await (const { path, leftOut } of walk(root)) {
    if (leftOut !== null) {
      pending.push(Promise.resolve({ path, reason: leftOut }));
      continue;
    }
    pending.push(
      atOnce(async () => {
        const taken = await take(blobs, root, path, bounds);
        if ('bytes' in taken) bytes += taken.bytes;
        return taken;
      }),
    );
    if (pending.length > bounds.maxFiles || bytes > bounds.maxTotalBytes) break;
    if (atOnce.pendingCount > 10 * FILES_AT_ONCE) await pending[pending.length - 5 * FILES_AT_ONCE];
  }
  const taken = await Promise.all(pending);
  if (taken.length > bounds.maxFiles) throw tooLarge(root, `more than ${bounds.maxFiles.toLocaleString('en')} files`);
  if (bytes > bounds.maxTotalBytes)
    throw tooLarge(root, `more than ${bounds.maxTotalBytes.toLocaleString('en')} bytes`);

  const files = taken.filter((entry) => 'blob' in entry).toSorted(byPath);
  const leftOut = taken.filter((entry) => 'reason' in entry).toSorted(byPath);
  const manifest: Manifest = { version: 1, files, leftOut };
  return { workspaceRef: await blobs.putJson(manifest), files: files.length, bytes, leftOut: leftOut.length };
}

async function assertDirectory(root: string): Promise<void> {
  const found = await stat(root).catch((error: unknown) => {
    throw new TypedFailure('WorkspaceUnavailable', `The workspace ${root} can't be opened (${codeOf(error)}).`);
  });
  if (!found.isDirectory()) throw new TypedFailure('WorkspaceUnavailable', `The workspace ${root} is not a directory.`);
}

/** Opened without following links and without waiting for a writer; what was opened decides, not what the folder said. */
async function take(blobs: Blobs, root: string, path: string, bounds: FreezeBounds): Promise<FrozenFile | LeftOut> {
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

const tooLarge = (root: string, what: string): TypedFailure =>
  new TypedFailure('WorkspaceTooLarge', `The workspace ${root} has ${what}.`);

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
