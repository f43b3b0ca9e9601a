/** Lines out of a stream of bytes that nobody vouches for: a line that grows beyond a bound is told of, and nothing is read after it. */
export class LineReader {
  readonly #maxBytes: number;
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(maxBytes: number, onLine: (line: string) => void, onTooLong: () => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  add(chunk: Buffer): void {
    let rest = chunk;
    while (!this.#isOver) {
      const end = rest.indexOf(10);
      const part = end === -1 ? rest : rest.subarray(0, end);
      this.#bytes += part.length;
      if (this.#bytes > this.#maxBytes) {
        this.#isOver = true;
        this.#parts = [];
        this.#onTooLong();
        return;
      }
      this.#parts.push(part);
      if (end === -1) return;
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.#bytes = 0;
      this.#onLine(line);
      rest = rest.subarray(end + 1);
    }
  }
}
