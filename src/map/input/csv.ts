/**
 * CSV and TSV: the first row names the columns, or they are called by their place, from 1. Lines are counted here, from the rows and the line
 * feeds within their cells: the parser's own count takes a CRLF within quotes for two.
 */
import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import { listed } from './names.ts';
import type { Problems } from './problems.ts';
import { type Row, tooLong } from './row.ts';

interface Bounds {
  delimiter: ',' | '\t';
  hasHeader: boolean;
  mostBytes: number;
}

/** A record, and the line on which it begins. */
interface Placed {
  line: number;
  cells: string[];
}

export async function* readCsv(chunks: AsyncIterable<Buffer>, bounds: Bounds, problems: Problems): AsyncGenerator<Row> {
  let names: string[] | null = null;
  let namedAt = 1;
  for await (const { line, cells } of records(chunks, bounds, problems)) {
    if (names === null) {
      names = cells.map((cell, index) => (bounds.hasHeader ? cell.trim() : String(index + 1)));
      namedAt = line;
      const wrong = whyUnusable(cells, names);
      if (wrong !== null) return void problems.addLast(line, wrong);
      if (bounds.hasHeader) continue;
    }
    if (cells.length === names.length) {
      yield {
        line,
        namedAt,
        areColumnsShared: true,
        cells: Object.fromEntries(names.map((name, index) => [name, cells[index]])),
      };
    } else {
      const first = bounds.hasHeader ? 'header' : 'first one';
      problems.add(line, `${countText(cells.length)}, and the ${first} has ${names.length}`);
    }
  }
}

const countText = (cells: number): string => (cells === 1 ? 'the row has one cell' : `the row has ${cells} cells`);

/** What is wrong with the first row, for all that follow. */
function whyUnusable(first: string[], names: string[]): string | null {
  if (first.some((cell) => cell.trim().includes('\r'))) {
    return 'lines end in a carriage return alone; save the file with line feeds';
  }
  const repeated = [...new Set(names.filter((name, index) => name !== '' && names.indexOf(name) !== index))];
  return repeated.length === 0 ? null : `several columns are called ${listed(repeated)}`;
}

/** In order. After a broken quote nothing can be told apart, so that is where reading ends. */
async function* records(chunks: AsyncIterable<Buffer>, bounds: Bounds, problems: Problems): AsyncGenerator<Placed> {
  let broken: CsvError | undefined;
  const parser = parse({
    delimiter: bounds.delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    // Tables by tabs are often written without quoting: a quote within a cell is a quote.
    relax_quotes: bounds.delimiter === '\t',
    max_record_size: bounds.mostBytes,
    skip_records_with_error: true,
    on_skip: (error) => void (broken ??= error),
  });
  const untilBroken = async function* () {
    for await (const chunk of chunks) {
      yield chunk;
      if (broken) return;
    }
  };
  const feeding = pipeline(untilBroken, parser);
  feeding.catch(() => undefined);
  let line = 1;
  let count = 0;
  for await (const cells of parser as AsyncIterable<string[]>) {
    if (broken && count >= Number(broken['records'])) break;
    count += 1;
    if (cells.length > 1 || cells[0] !== '') yield { line, cells };
    line += 1 + feedsIn(cells);
  }
  if (broken) problems.addLast(line, meaningOf(broken, bounds));
}

const feedsIn = (cells: string[]): number =>
  cells.reduce((sum, cell) => sum + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0);

function meaningOf({ code }: CsvError, { mostBytes }: Bounds): string {
  if (code === 'CSV_MAX_RECORD_SIZE')
    return `the row that begins here is ${tooLong(mostBytes)}; a quote is never closed, perhaps`;
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'the row that begins here opens a quote that is never closed';
  return 'the row that begins here has a quote out of place: a cell with quotes in it stands in quotes, and each of these is doubled';
}
