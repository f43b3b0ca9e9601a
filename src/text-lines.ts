/** Text as lines, the way that tools and prompts number them. */

/** A line longer than this is cut: a file of one endless line must not fill a conversation. */
const LONGEST_LINE = 1000;

export function cutLine(line: string): string {
  return line.length <= LONGEST_LINE
    ? line
    : `${line.slice(0, LONGEST_LINE)}… (${line.length} characters in this line)`;
}

/** Lines without their ends, whatever these are; a final line end makes no empty last line. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Whole lines up to `maxBytes` of UTF-8, and how many were left out. */
export function cutLines(lines: string[], maxBytes: number): { lines: string[]; omitted: number } {
  let bytes = 0;
  const kept: string[] = [];
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > maxBytes) break;
    kept.push(line);
  }
  return { lines: kept, omitted: lines.length - kept.length };
}
