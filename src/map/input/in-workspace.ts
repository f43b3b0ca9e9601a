/** Input that is frozen already: paths of a workspace, and what they stand for in the store. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { MapInput } from '../../contracts/map.ts';
import { TypedFailure } from '../../contracts/typed-failure.ts';
import type { FrozenFile, Manifest } from '../../contracts/workspace.ts';
import type { Blobs } from '../../store/blobs.ts';
import { toStoreFailure } from '../../store/store-failure.ts';
import { folderScope, globScope, isGlob, type Scope, tidyPath } from './scope.ts';
import { assertFormatOfMany, formatOf, inputInvalid, type ItemSource, type SourceFile } from './source.ts';

export function sourceInWorkspace(blobs: Blobs, workspace: Manifest, input: MapInput): ItemSource {
  const path = tidyPath(input.path);
  const file = workspace.files.find((entry) => entry.path === path);
  if (file) return oneFile(blobs, file, input);
  const isFolder = workspace.files.some((entry) => folderScope(path).includes(entry.path));
  if (!isFolder && !isGlob(path)) throw missing(workspace, path, input);
  assertFormatOfMany(input);
  return filesIn(blobs, workspace, input, isFolder ? folderScope(path) : globScope(path));
}

/** An object of the store as a file. */
export const storedFile = (blobs: Blobs, path: string, ref: string): SourceFile => ({
  path,
  open: () => bytesOf(blobs, ref),
});

async function* bytesOf(blobs: Blobs, ref: string): AsyncGenerator<Buffer> {
  const digest = createHash('sha256');
  try {
    for await (const chunk of createReadStream(blobs.pathOf(ref)) as AsyncIterable<Buffer>) {
      digest.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw toStoreFailure(error, `reading object ${ref}`);
  }
  if (digest.digest('hex') === ref.split(':')[1]) return;
  throw new TypedFailure('StoreCorrupt', `Object ${ref} does not match its hash.`);
}

function oneFile(blobs: Blobs, { path, blob }: FrozenFile, input: MapInput): ItemSource {
  const format = formatOf(input);
  const file = storedFile(blobs, path, blob);
  return format === 'files' ? { format, path, files: [file], leftOut: [] } : { format, path, file };
}

function filesIn(blobs: Blobs, { files, leftOut }: Manifest, { path }: MapInput, scope: Scope): ItemSource {
  return {
    format: 'files',
    path,
    files: files.filter((file) => scope.includes(file.path)).map((file) => storedFile(blobs, file.path, file.blob)),
    leftOut: leftOut.filter((entry) => scope.includes(entry.path)),
  };
}

function missing({ leftOut }: Manifest, path: string, input: MapInput): Error {
  const known = leftOut.find((entry) => entry.path === path || path.startsWith(`${entry.path}/`));
  return known
    ? inputInvalid(`${known.path} is not part of the workspace: ${known.reason}.`)
    : inputInvalid(`${input.path} does not exist in the workspace (ignored files are left out).`);
}
