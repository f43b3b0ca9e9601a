/** Tool output within bounds: what a model sees is cut with a note, never silently. */

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

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** For notes: one line, short. */
export const shorten = (text: string, length = 40): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
