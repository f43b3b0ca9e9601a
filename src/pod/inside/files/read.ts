/** Reading of regular files: as text in lines, as bytes. */
import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { cutLine, cutLines, linesOf } from '../../../text-lines.ts';
import type { Operations } from '../../protocol.ts';
import { Refusal } from '../refusal.ts';
import { assertSize, type HeldFolder, inFolder, pathBelow, split, withFile, workspacePath } from './held.ts';
import { orAlike } from './missing.ts';

/** Git's own rule for what is binary: a NUL byte among the first 8,000. */
export const SNIFFED_BYTES = 8000;
/** What one answer carries at most; whoever wants more asks again. */
const MOST_AT_ONCE = 8_000_000;

/** Line numbers are those of the whole file; a line without an end is cut, as for every reader. */
export function readLines(root: string, args: Operations['readLines']['args']): Operations['readLines']['value'] {
  const path = workspacePath(args.path);
  const { bytes } = orAlike(root, path, () => wholeFile(root, path));
  assertText(path, bytes);
  const all = linesOf(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  const asked = all.slice(args.startLine - 1, args.endLine).map(cutLine);
  return { lines: cutLines(asked, args.maxBytes).lines, totalLines: all.length, isLossy: !isUtf8(bytes) };
}

export function assertText(path: string, bytes: Buffer): void {
  if (!isBinary(bytes)) return;
  throw new Refusal(`"${path}" is binary (${bytes.length.toLocaleString('en')} bytes); it has no lines to show.`);
}

export const isBinary = (bytes: Buffer): boolean => bytes.subarray(0, SNIFFED_BYTES).includes(0);

export function wholeFile(root: string, path: string): WholeFile {
  const { folder, name } = split(path);
  return inFolder(root, folder, (held) => wholeFileIn(held, name));
}

interface WholeFile {
  bytes: Buffer;
  /** Permission bits. */
  mode: number;
}

/** All of a file that is small enough to be held in memory. */
export const wholeFileIn = (folder: HeldFolder, name: string): WholeFile =>
  withFile(folder, name, (fd, stat) => {
    assertSize(pathBelow(folder.path, name), stat.size);
    return { bytes: bytesAt(fd, 0, Number(stat.size)), mode: Number(stat.mode & 0o777n) };
  });

/** For whoever fetches what a scan listed: `path` is a name as it is, not one that a model wrote. */
export function read(root: string, { path, offset, length }: Operations['read']['args']): Operations['read']['value'] {
  const { folder, name } = split(exactPath(path));
  return inFolder(root, folder, (held) =>
    withFile(held, name, (fd, stat) => {
      const bytes = bytesAt(fd, offset, Math.min(length, MOST_AT_ONCE));
      return { base64: bytes.toString('base64'), isEnd: offset + bytes.length >= stat.size };
    }),
  );
}

function exactPath(path: string): string {
  const parts = path.split('/');
  const isOdd = path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..');
  if (isOdd) throw new Refusal(`${JSON.stringify(path.slice(0, 200))} is not the path of a file in the workspace.`);
  return path;
}

/** As many bytes as are asked for; fewer where the file ends. */
export function bytesAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, offset + filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}
