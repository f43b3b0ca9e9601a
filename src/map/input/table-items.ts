/** From rows to items, one at a time. Held of all rows: digests of ids and texts. */
import type { Item, MapInput } from '../../contracts/map.ts';
import { chooseColumns, type Columns, haveAll, missingText } from './columns.ts';
import { DigestTable } from './digest-table.ts';
import { instead, quoted } from './names.ts';
import type { Problems } from './problems.ts';
import type { Row } from './row.ts';

const LONGEST_ID = 200;

export class TableItems {
  readonly #path: string;
  readonly #input: MapInput;
  readonly #problems: Problems;
  readonly #lineOfId = new DigestTable();
  readonly #positionOfText = new DigestTable();
  #position = 0;
  #hasGold = false;

  constructor(path: string, input: MapInput, problems: Problems) {
    this.#path = path;
    this.#input = input;
    this.#problems = problems;
  }

  /** Rows that can't be items go to the problems. Ends early where the columns can't be told. */
  async *from(rows: AsyncIterable<Row>): AsyncGenerator<Item> {
    let columns: Columns | null = null;
    let first: Row | null = null;
    for await (const row of rows) {
      first ??= row;
      columns ??= this.#columnsOf(row);
      if (columns === null) return;
      const item = this.#itemOf(row, columns);
      this.#position += 1;
      if (item) yield item;
    }
    if (this.#problems.count > 0) return;
    if (first === null) this.#problems.add(1, 'there are no rows');
    else if (columns?.gold && !this.#hasGold) this.#problems.add(first.line, missingGold(columns.gold, first));
  }

  #columnsOf(row: Row): Columns | null {
    const columns = chooseColumns(row, this.#input, this.#problems);
    if (columns === null || !row.areColumnsShared) return columns;
    return haveAll(row, columns, this.#problems) ? columns : null;
  }

  #itemOf(row: Row, columns: Columns): Item | null {
    const text = this.#textOf(row, columns.text);
    const id = columns.id === null ? String(this.#position + 1) : this.#idOf(row, columns.id);
    const gold = columns.gold === null ? undefined : asText(row.cells[columns.gold]);
    this.#hasGold ||= Boolean(gold);
    if (text === null || id === null) return null;
    const sameAs = this.#positionOfText.claim(text, this.#position);
    return {
      id,
      text,
      at: `${this.#path}:${row.line}`,
      ...(gold && { gold }),
      ...(sameAs !== null && { sameAs }),
    };
  }

  #textOf({ line, cells }: Row, column: string): string | null {
    const text = Object.hasOwn(cells, column) ? asText(cells[column]) : null;
    if (text === null) this.#problems.add(line, missingText(column, cells));
    else if (text.trim() === '') this.#problems.add(line, 'the text is empty; give it one, or leave the row out');
    else if (text.isWellFormed()) return text;
    else this.#problems.add(line, 'the text has half of a character in it (a lone surrogate)');
    return null;
  }

  #idOf({ line, cells }: Row, column: string): string | null {
    const id = Object.hasOwn(cells, column) ? asText(cells[column]) : null;
    const wrong = id === null ? missingText(column, cells) : whyNoId(id, cells[column]);
    const earlier = id === null || wrong !== null ? null : this.#lineOfId.claim(id, line);
    if (wrong !== null) this.#problems.add(line, wrong);
    if (earlier !== null) this.#problems.add(line, `the same id as on line ${earlier.toLocaleString('en')}`);
    return wrong === null && earlier === null ? id : null;
  }
}

function missingGold(gold: string, { cells }: Row): string {
  const others = Object.hasOwn(cells, gold) ? '' : `; ${instead(gold, Object.keys(cells))}`;
  return `from here on, no row has a value in the gold column ${quoted(gold)}${others}`;
}

function whyNoId(id: string, value: unknown): string | null {
  if (id.trim() === '') return 'the id is empty';
  if (id.length > LONGEST_ID)
    return `the id has ${id.length.toLocaleString('en')} characters, and ${LONGEST_ID} are the most`;
  if (!id.isWellFormed()) return 'the id has half of a character in it (a lone surrogate)';
  if (typeof value === 'object') return 'the id is an object; it has to be a text or a number';
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return 'the id is a number that loses digits when it is read; write it in quotes';
  }
  return null;
}

/** Texts as they are, other values as JSON; nothing for null. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}
