/** The text of a patch → its sections and hunks. Lenient where models are known to be careless and the meaning is plain. */
import { BEGIN, END, unwrap } from './envelope.ts';
import { type Hunk, type HunkLine, type Patch, PatchProblem, type Section } from './patch.ts';

const MOST_BYTES = 1_000_000;
const MOST_HUNKS = 2000;

const ADD = '*** Add File: ';
const DELETE = '*** Delete File: ';
const UPDATE = '*** Update File: ';
const MOVE = '*** Move to: ';
const END_OF_FILE = '*** End of File';

const KINDS = new Map<string, HunkLine['kind']>([
  [' ', 'keep'],
  ['-', 'remove'],
  ['+', 'insert'],
]);

/** `toPath` makes a path of what the patch calls a file. Throws `PatchProblem`, and what `toPath` throws. */
export function parsePatch(text: string, toPath: (written: string) => string): Patch {
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) throw new PatchProblem(`The patch has ${bytes} bytes; at most ${MOST_BYTES} are read.`);
  const sections = new Parser(text, toPath).sections();
  const hunks = sections.reduce((sum, section) => sum + (section.kind === 'update' ? section.hunks.length : 0), 0);
  if (hunks > MOST_HUNKS) throw new PatchProblem(`The patch has ${hunks} hunks; at most ${MOST_HUNKS} are applied.`);
  if (sections.length === 0) throw new PatchProblem('The patch names no file.');
  return sections;
}

class Parser {
  readonly #lines: string[];
  readonly #firstNumber: number;
  readonly #toPath: (written: string) => string;
  #next = 0;

  constructor(text: string, toPath: (written: string) => string) {
    const { lines, firstNumber } = unwrap(text);
    this.#lines = lines;
    this.#firstNumber = firstNumber;
    this.#toPath = toPath;
  }

  sections(): Section[] {
    const sections: Section[] = [];
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      const header = line.trim();
      if (header === '' || header === BEGIN || header === END) this.#next += 1;
      else sections.push(this.#section(header));
    }
    return sections;
  }

  #section(header: string): Section {
    const kind = [ADD, DELETE, UPDATE].find((start) => header.startsWith(start));
    if (kind === undefined) {
      throw this.#problem(`is no header; "${ADD}path", "${UPDATE}path" or "${DELETE}path" is expected`);
    }
    this.#next += 1;
    const path = this.#toPath(header.slice(kind.length).trim());
    if (kind === DELETE) return { kind: 'delete', path };
    return kind === ADD ? { kind: 'add', path, lines: this.#addedLines() } : this.#update(path);
  }

  /** Each with its plus sign; an empty line that lacks it counts where more lines of the file follow. */
  #addedLines(): string[] {
    const lines: string[] = [];
    for (let line = this.#line(); line !== undefined && !line.trim().startsWith('*** '); line = this.#line()) {
      if (line !== '' && !line.startsWith('+')) throw this.#problem('is a line of a new file and must start with "+"');
      lines.push(line);
      this.#next += 1;
    }
    const last = lines.findLastIndex((line) => line !== '');
    return lines.slice(0, last + 1).map((line) => line.slice(1));
  }

  #update(path: string): Section {
    const move = this.#line()?.trim() ?? '';
    const moveTo = move.startsWith(MOVE) ? this.#toPath(move.slice(MOVE.length).trim()) : null;
    if (moveTo !== null) this.#next += 1;
    if (this.#line()?.startsWith('--- ') && this.#line(1)?.startsWith('+++ ')) this.#next += 2;
    const hunks: Hunk[] = [];
    for (;;) {
      while (this.#line()?.trim() === '') this.#next += 1;
      if (this.#isAtHeader()) break;
      hunks.push(this.#hunk(path, hunks.length + 1));
    }
    if (hunks.length === 0 && moveTo === null) throw new PatchProblem(`The patch changes nothing in "${path}".`);
    return { kind: 'update', path, moveTo, hunks };
  }

  #hunk(path: string, number: number): Hunk {
    const anchors: string[] = [];
    for (let line = this.#line(); line?.startsWith('@@'); line = this.#line()) {
      const anchor = anchorIn(line);
      if (anchor !== '') anchors.push(anchor);
      this.#next += 1;
    }
    const lines: HunkLine[] = [];
    for (; !this.#isAtHeader() && this.#line()?.startsWith('@@') === false && !this.#isAtEnd(); this.#next += 1) {
      const line = this.#hunkLine();
      if (line) lines.push(line);
    }
    const isAtEnd = this.#isAtEnd();
    if (isAtEnd) this.#next += 1;
    if (lines.every(({ isBare }) => isBare)) throw new PatchProblem(`Hunk ${number} of "${path}" has no lines.`);
    return { anchors, lines, isAtEnd };
  }

  #hunkLine(): HunkLine | null {
    const line = this.#line() ?? '';
    if (line === '') return { kind: 'keep', text: '', isBare: true };
    if (line.startsWith('\\ No newline')) return null;
    const kind = KINDS.get(line.slice(0, 1));
    if (!kind) throw this.#problem('is a line of a hunk and must start with " ", "-" or "+"');
    return { kind, text: line.slice(1) };
  }

  #line(ahead = 0): string | undefined {
    return this.#lines[this.#next + ahead];
  }

  #isAtEnd(): boolean {
    return this.#line()?.trimEnd() === END_OF_FILE;
  }

  #isAtHeader(): boolean {
    const line = this.#line();
    return line === undefined || (line.startsWith('***') && !this.#isAtEnd());
  }

  #problem(what: string): PatchProblem {
    const shown = JSON.stringify(this.#line()?.slice(0, 100));
    return new PatchProblem(`Line ${this.#firstNumber + this.#next} of the patch, ${shown}, ${what}.`);
  }
}

/** `@@ text`, or what a unified diff writes there: the numbers are not believed, the text behind them is. */
const anchorIn = (line: string): string =>
  line
    .replace(/^@@(?: -\d+(?:,\d+)? \+\d+(?:,\d+)? @@)?/, '')
    .replace(/^ /, '')
    .trimEnd();
