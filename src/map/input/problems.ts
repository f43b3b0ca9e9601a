/**
 * What is wrong with an input, gathered while all of it is read: people mend a file once, not line by line. Messages name lines and
 * columns, never values: failures are stored in histories.
 */
import { inputInvalid } from './source.ts';

const SHOWN = 10;

interface Problem {
  line: number;
  what: string;
}

export class Problems {
  readonly #path: string;
  /** The first by line; which were found first is an accident of reading. */
  #first: Problem[] = [];
  #count = 0;
  #isWhole = true;

  constructor(path: string) {
    this.#path = path;
  }

  get count(): number {
    return this.#count;
  }

  /** `what` is a clause that says what would help, where that isn't plain. */
  add(line: number, what: string): void {
    this.#count += 1;
    if (this.#first.length === SHOWN && line >= (this.#first.at(-1)?.line ?? 0)) return;
    this.#first = [...this.#first, { line, what }].toSorted((a, b) => a.line - b.line).slice(0, SHOWN);
  }

  /** One after which nothing more can be told apart: what follows is not read. */
  addLast(line: number, what: string): void {
    this.add(line, what);
    this.#isWhole = false;
  }

  throwIfAny(): void {
    if (this.#count === 0) return;
    const lines = this.#first.map(({ line, what }) => `line ${line.toLocaleString('en')}: ${what}.`);
    throw inputInvalid([`${this.#path} can't be used: ${this.#total()}`, ...lines].join('\n'));
  }

  #total(): string {
    const many = `${this.#count.toLocaleString('en')} problems`;
    const total = this.#count === 1 ? 'one problem' : many;
    const shown = this.#count > SHOWN ? `, the first ${SHOWN} of them` : '';
    return `${total}${shown}${this.#isWhole ? '' : ', and the rest could not be read'}:`;
  }
}
