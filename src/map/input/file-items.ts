/** Text files as items: each is cut into pieces, and what was read of it is written down. One file is held at a time. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { setImmediate as others } from 'node:timers/promises';
import type { CoveredFileSchema, Item } from '../../contracts/map.ts';
import type { LeftOut } from '../../contracts/workspace.ts';
import type { TokenCounter } from '../../o200k.ts';
import { refOf } from '../../store/blobs.ts';
import { linesOf } from '../../text-lines.ts';
import type { z } from 'zod';
import { type Piece, type PieceBounds, pieces } from './pieces.ts';
import { type SourceFile, Unreadable } from './source.ts';

type CoveredFile = z.infer<typeof CoveredFileSchema>;

export interface FileBounds extends PieceBounds {
  /** A larger file is left out: it is held whole while it is cut. */
  mostFileBytes: number;
}

/** Git's own rule for what is binary: a NUL byte among the first 8,000. */
const SNIFFED_BYTES = 8000;
/** Lines that are counted before others get their turn. */
const LINES_AT_ONCE = 2000;

export class FileItems {
  readonly #bounds: FileBounds;
  readonly #count: TokenCounter;
  readonly #digest = createHash('sha256');
  readonly files: CoveredFile[] = [];
  readonly leftOut: LeftOut[] = [];
  bytes = 0;

  constructor(bounds: FileBounds, count: TokenCounter) {
    this.#bounds = bounds;
    this.#count = count;
  }

  /** Of the paths and contents that were read, in their order. */
  digest(): string {
    return `sha256:${this.#digest.digest('hex')}`;
  }

  async *from(files: SourceFile[]): AsyncGenerator<Item> {
    for (const file of files) {
      const read = await this.#read(file);
      if ('reason' in read) this.leftOut.push({ path: file.path, reason: read.reason });
      else yield* this.#itemsOf(file.path, read.bytes);
    }
  }

  async *#itemsOf(path: string, bytes: Buffer): AsyncGenerator<Item> {
    const lines = linesOf(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    let chunks = 0;
    for (const piece of pieces(lines, await this.#tokensOf(lines), this.#bounds)) {
      chunks += 1;
      yield itemOf(path, piece);
    }
    this.bytes += bytes.length;
    this.files.push({ path, lines: lines.length, chunks, bytes: bytes.length });
    this.#digest.update(`${JSON.stringify(path)} ${refOf(bytes)}\n`);
  }

  async #tokensOf(lines: string[]): Promise<number[]> {
    const tokens: number[] = [];
    for (const [index, line] of lines.entries()) {
      if (index % LINES_AT_ONCE === LINES_AT_ONCE - 1) await others();
      tokens.push(this.#count(`${line}\n`));
    }
    return tokens;
  }

  async #read({ open }: SourceFile): Promise<{ bytes: Buffer } | { reason: string }> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of open()) {
        size += chunk.length;
        if (size > this.#bounds.mostFileBytes) {
          return { reason: `it has more than ${this.#bounds.mostFileBytes.toLocaleString('en')} bytes` };
        }
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof Unreadable) return { reason: error.reason };
      throw error;
    }
    const bytes = Buffer.concat(chunks);
    const reason = whyNoText(bytes);
    return reason === null ? { bytes } : { reason };
  }
}

function whyNoText(bytes: Buffer): string | null {
  if (bytes.length === 0) return 'it is empty';
  if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) return 'it is binary';
  if (!isUtf8(bytes)) return 'it is not UTF-8';
  return bytes.toString('utf8').trim() === '' ? 'it holds nothing but white space' : null;
}

/** A part of a cut line is named by its number: `a.js#L1.2`. */
function itemOf(path: string, { startLine, lines, text, part }: Piece): Item {
  const last = startLine + lines - 1;
  const id = part === undefined ? `${path}#L${startLine}-L${last}` : `${path}#L${startLine}.${part}`;
  const at = lines === 1 ? `${path}:${startLine}` : `${path}:${startLine}-${last}`;
  return { id, text, at, file: { path, startLine, lines } };
}
