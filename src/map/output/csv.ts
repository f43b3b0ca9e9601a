/**
 * CSV for spreadsheets (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it: what it says exactly
 * stands in the JSON lines.
 */

/** Null: an empty cell. */
export type Cell = string | number | null;

export const csvLine = (cells: Cell[]): string => `${cells.map(textOf).join(',')}\r\n`;

function textOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = isFormula(cell) ? `'${cell}` : cell;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** By its first character (https://owasp.org/www-community/attacks/CSV_Injection); a plain number is none. */
const isFormula = (text: string): boolean => /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !/^[+-]?\d+(?:\.\d+)?$/.test(text);
