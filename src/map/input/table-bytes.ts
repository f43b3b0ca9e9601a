/**
 * The bytes of a table on their way to its parser: hashed, without a byte order mark, and checked to be UTF-8. Chunks end at whole
 * characters, so that whoever decodes one need not know the next.
 */
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { Problems } from './problems.ts';
import type { SourceFile } from './source.ts';

const LINE_FEED = 10;
const SNIFFED_BYTES = 8000;
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

export class TableBytes {
  readonly #file: SourceFile;
  readonly #problems: Problems;
  readonly #digest = createHash('sha256');
  /** The line in which the next byte stands. */
  #line = 1;
  #lastBadLine = 0;
  bytes = 0;

  constructor(file: SourceFile, problems: Problems) {
    this.#file = file;
    this.#problems = problems;
  }

  /** Of all bytes, the mark included, once they are read. */
  digest(): string {
    return `sha256:${this.#digest.digest('hex')}`;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    let kept: Buffer = Buffer.alloc(0);
    let isStarted = false;
    for await (const chunk of this.#file.open()) {
      this.#digest.update(chunk);
      this.bytes += chunk.length;
      kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      if (!isStarted && kept.length < UTF8_MARK.length) continue;
      if (!isStarted && this.#isNoText(kept)) return;
      const start = isStarted ? 0 : startOf(kept);
      isStarted = true;
      const end = kept.length - unfinished(kept);
      this.#check(kept.subarray(start, end));
      yield kept.subarray(start, end);
      kept = kept.subarray(end);
    }
    if (kept.length === 0) return;
    this.#check(kept);
    yield kept;
  }

  #isNoText(bytes: Buffer): boolean {
    if (UTF16_MARKS.some((mark) => mark.equals(bytes.subarray(0, mark.length)))) {
      this.#problems.addLast(1, 'the text is UTF-16; save it as UTF-8');
      return true;
    }
    if (!bytes.subarray(0, SNIFFED_BYTES).includes(0)) return false;
    this.#problems.addLast(1, 'the file is binary (packed, or a spreadsheet?); export it as text in UTF-8');
    return true;
  }

  #check(bytes: Buffer): void {
    if (!isUtf8(bytes)) this.#checkLines(bytes);
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) this.#line += 1;
  }

  #checkLines(bytes: Buffer): void {
    let line = this.#line;
    for (let start = 0; start < bytes.length; line += 1) {
      const feed = bytes.indexOf(LINE_FEED, start);
      const end = feed < 0 ? bytes.length : feed;
      if (!isUtf8(bytes.subarray(start, end)) && line > this.#lastBadLine) {
        this.#problems.add(line, 'bytes that are not UTF-8; save the file in that encoding');
        this.#lastBadLine = line;
      }
      start = end + 1;
    }
  }
}

const startOf = (bytes: Buffer): number =>
  UTF8_MARK.equals(bytes.subarray(0, UTF8_MARK.length)) ? UTF8_MARK.length : 0;

/** Bytes at the end that begin a character which goes on in the next chunk. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < lengthOf(byte) ? back : 0;
  }
  return 0;
}

/** Of the character that begins with this byte. */
const lengthOf = (byte: number): number => (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);
