/**
 * Who was first, by text: 128 bits of each text's SHA-256 with a number, in one flat table outside of the heap. 20 bytes a
 * slot, of which at most seven in ten are taken: 42 MB for a million texts, and half of that more while the table grows to it.
 */
import { hash } from 'node:crypto';

const WORDS = 5;
const FULL = 0.7;

export class DigestTable {
  /** Four words of digest and the number plus one; 0 there: a free slot. */
  #slots: Uint32Array;
  #capacity: number;
  #taken = 0;

  constructor(capacity = 1024) {
    this.#capacity = capacity;
    this.#slots = new Uint32Array(capacity * WORDS);
  }

  /** The number that came with this text first; null where it is the first, and from now on it is `number`. */
  claim(text: string, number: number): number | null {
    const digest = hash('sha256', text, 'buffer');
    const words = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at));
    const at = this.#find(words);
    const first = this.#slots[at + 4] ?? 0;
    if (first > 0) return first - 1;
    this.#slots.set([...words, number + 1], at);
    this.#taken += 1;
    if (this.#taken > this.#capacity * FULL) this.#grow();
    return null;
  }

  #find(words: ArrayLike<number>): number {
    const slots = this.#slots;
    let slot = (words[0] ?? 0) % this.#capacity;
    for (;;) {
      const at = slot * WORDS;
      if (slots[at + 4] === 0 || [0, 1, 2, 3].every((word) => slots[at + word] === words[word])) return at;
      slot = (slot + 1) % this.#capacity;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 4] === 0) continue;
      const words = old.subarray(at, at + WORDS);
      this.#slots.set(words, this.#find(words));
    }
  }
}
