/** The first and the last half of what a process wrote, in bounded memory. */
import type { CapturedOutput } from './contracts/results.ts';

export class HeadAndTail {
  readonly #half: number;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #bytes = 0;

  constructor(keep: number) {
    this.#half = Math.floor(keep / 2);
  }

  /** Everything that was added, kept or not. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const room = this.#half - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const rest = chunk.subarray(room);
    if (rest.length > 0 && this.#half > 0) this.#tail = Buffer.concat([this.#tail, rest]).subarray(-this.#half);
  }

  text(): CapturedOutput {
    const left = this.#bytes - this.#head.length - this.#tail.length;
    const cut = left > 0 ? `\n… ${left} bytes left out …\n` : '';
    return {
      text: `${this.#head.toString('utf8')}${cut}${this.#tail.toString('utf8')}`,
      bytes: this.#bytes,
      isCut: left > 0,
    };
  }
}
