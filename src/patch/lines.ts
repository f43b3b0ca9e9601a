/** A text as lines that remember their ends, so that what is put together again differs in nothing that was not changed. */

export interface Line {
  text: string;
  /** `''` only for the last line of a text without a final line end. */
  end: string;
}

export interface LinedText {
  /** The byte order mark, or nothing. */
  mark: string;
  lines: Line[];
}

export interface Replacement {
  /** Index of the first line that goes, or before which lines come. */
  at: number;
  removed: number;
  inserted: string[];
}

/** Ends are those that `linesOf` splits at: what a reader was shown as a line is one here. */
export function linedText(text: string): LinedText {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const parts = text.slice(mark.length).split(/(\r\n|\n|\r)/);
  const lines = Array.from({ length: Math.ceil(parts.length / 2) }, (_, index) => ({
    text: parts[2 * index] ?? '',
    end: parts[2 * index + 1] ?? '',
  }));
  if (lines.at(-1)?.text === '') lines.pop();
  return { mark, lines };
}

/**
 * Replacements in ascending order that don't overlap. A new line ends as the one in whose place it stands, or as its neighbour; a text without
 * a final line end is left without one, a new one gets it.
 */
export function replaceLines({ mark, lines }: LinedText, replacements: Replacement[]): string {
  const usual = lines.find(({ end }) => end !== '')?.end ?? '\n';
  const isOpenEnded = lines.length > 0 && lines.at(-1)?.end === '';
  const result: Line[] = [];
  let done = 0;
  for (const { at, removed, inserted } of replacements) {
    for (const line of lines.slice(done, at)) result.push(line);
    const neighbour = lines[at + removed - 1] ?? lines[at];
    inserted.forEach((text, index) => {
      const replaced = index < removed ? lines[at + index] : neighbour;
      result.push({ text, end: replaced?.end ?? usual });
    });
    done = at + removed;
  }
  for (const line of lines.slice(done)) result.push(line);
  const last = result.length - 1;
  const ended = result.map(({ text, end }, index) => text + (index === last && isOpenEnded ? '' : end || usual));
  return mark + ended.join('');
}
