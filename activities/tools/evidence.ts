/**
 * Evidence that exists. A quote is looked for in the file: the line numbers are corrected to where it stands, and the quote
 * itself becomes the file's own lines. What can't be found is sent back.
 */
import type { Finding, FindingDraft } from '../../src/contracts/finding.ts';
import type { FrozenWorkspace } from '../workspace/frozen.ts';
import { ToolRefusal, workspacePath } from '../workspace/paths.ts';
import { linesOf } from './read-file.ts';
import { cutLine } from './text.ts';

const MOST_QUOTED_LINES = 20;
/** A shorter piece of a line could stand anywhere. */
const SHORTEST_PIECE = 8;

export type CheckedDraft = { finding: Omit<Finding, 'id'>; problem?: never } | { finding?: never; problem: string };

export async function checkEvidence(workspace: FrozenWorkspace, draft: FindingDraft): Promise<CheckedDraft> {
  try {
    const file = workspace.file(workspacePath(draft.path));
    const lines = linesOf((await workspace.text(file)).text);
    const quote = quotedLines(draft.quote);
    if (quote.length === 0) return { problem: 'its quote is empty; copy the lines it is about.' };
    if (quote.length > MOST_QUOTED_LINES)
      return { problem: `its quote has ${quote.length} lines; ${MOST_QUOTED_LINES} are enough.` };
    const start = locate(lines, quote, draft.startLine);
    if (start === null) return { problem: `its quote does not stand in ${file.path}; copy it exactly from read_file.` };
    const end = start + quote.length - 1;
    const exact = lines
      .slice(start - 1, end)
      .map(cutLine)
      .join('\n');
    return { finding: { ...draft, path: file.path, startLine: start, endLine: end, quote: exact } };
  } catch (error) {
    if (error instanceof ToolRefusal) return { problem: error.message };
    throw error;
  }
}

/** Without the numbers that read_file puts before each line, and without empty lines around. */
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
