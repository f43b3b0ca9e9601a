/**
 * Evidence that exists. A quote is looked for in the lines that it is from: line numbers are corrected to where it stands, and the
 * quote itself becomes the file's own lines.
 */
import { cutLine, linesOf } from './text-lines.ts';

const MOST_QUOTED_LINES = 20;
/** A shorter piece of a line could stand anywhere. */
const SHORTEST_PIECE = 8;

export type PlacedQuote = { startLine: number; endLine: number; quote: string; problem?: never } | { problem: string };

/** `near`: the line, from 1, where the quote was said to start. `name`: what the lines are, for the problem. */
export function placeQuote(
  lines: string[],
  { quote, near }: { quote: string; near: number },
  name: string,
): PlacedQuote {
  const quoted = quotedLines(quote);
  if (quoted.length === 0) return { problem: 'its quote is empty; copy the lines it is about.' };
  if (quoted.length > MOST_QUOTED_LINES)
    return { problem: `its quote has ${quoted.length} lines; ${MOST_QUOTED_LINES} are enough.` };
  const startLine = locate(lines, quoted, near);
  if (startLine === null)
    return { problem: `its quote does not stand in ${name}; copy it exactly from what you read.` };
  const endLine = startLine + quoted.length - 1;
  const exact = lines.slice(startLine - 1, endLine).map(cutLine);
  return { startLine, endLine, quote: exact.join('\n') };
}

/** Without the numbers that stand before each line where it is shown, and without empty lines around. */
function quotedLines(quote: string): string[] {
  if (quote.trim() === '') return [];
  const lines = linesOf(quote.replace(/^(?:\s*\n)+|\s+$/g, ''));
  const isNumbered = lines.every((line) => /^\s*\d+\|/.test(line));
  return isNumbered ? lines.map((line) => line.replace(/^\s*\d+\| ?/, '')) : lines;
}

/** The line where the quote starts, nearest to where it was said to be; indentation and trailing space do not count. */
export function locate(lines: string[], quote: string[], near: number): number | null {
  const wanted = quote.map((line) => line.trim());
  const same = (start: number): boolean => wanted.every((line, index) => lines[start + index]?.trim() === line);
  const piece = wanted.length === 1 && (wanted[0]?.length ?? 0) >= SHORTEST_PIECE ? wanted[0] : undefined;
  const starts = [...lines.keys()];
  const whole = starts.filter(same);
  const found =
    whole.length > 0 || piece === undefined ? whole : starts.filter((start) => lines[start]?.includes(piece));
  const distance = (start: number): number => Math.abs(start + 1 - near);
  const best = found.reduce<number | null>(
    (nearest, start) => (nearest === null || distance(start) < distance(nearest) ? start : nearest),
    null,
  );
  return best === null ? null : best + 1;
}
