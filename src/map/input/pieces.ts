/**
 * Where a long text is cut: at ends of blocks, by tokens. Pure. Pieces follow one another without a gap, each beginning with a few
 * lines of the one before it; a line is only cut where it alone is longer than a piece.
 */

export interface PieceBounds {
  /** Of a piece; the first lines of the next piece count among its own. */
  pieceTokens: number;
  /** Lines of the piece before, at most, and at most a quarter of a piece. */
  overlapLines: number;
}

export interface Piece {
  /** From 1. */
  startLine: number;
  lines: number;
  text: string;
  /** From 1: which part of a line that had to be cut. */
  part?: number;
}

/** A cut is looked for in the last two fifths of a piece. */
const LEAST_FILLED = 0.6;
const MOST_OVERLAP = 0.25;

/** `tokens`: of each line, its end included. */
export function* pieces(lines: string[], tokens: number[], bounds: PieceBounds): Generator<Piece> {
  const most = bounds.pieceTokens;
  for (let fresh = 0; fresh < lines.length;) {
    const own = tokens[fresh] ?? 0;
    if (own > most) {
      yield* partsOf(lines[fresh] ?? '', fresh + 1, Math.ceil(own / most));
      fresh += 1;
      continue;
    }
    const start = overlapStart(tokens, fresh, bounds);
    const fitting = endOfFitting(tokens, start, most);
    const end = fitting === lines.length ? fitting : bestCut(lines, tokens, { start, fresh, fitting }, most);
    yield { startLine: start + 1, lines: end - start, text: lines.slice(start, end).join('\n') };
    fresh = end;
  }
}

function overlapStart(tokens: number[], fresh: number, { pieceTokens, overlapLines }: PieceBounds): number {
  const room = Math.min(pieceTokens * MOST_OVERLAP, pieceTokens - (tokens[fresh] ?? 0));
  let start = fresh;
  let taken = tokens[start - 1] ?? 0;
  while (start > 0 && fresh - start < overlapLines && taken <= room) {
    start -= 1;
    taken += tokens[start - 1] ?? 0;
  }
  return start;
}

/** The first line that doesn't fit any more; at least one does. */
function endOfFitting(tokens: number[], start: number, most: number): number {
  let end = start;
  let taken = 0;
  while (end < tokens.length && taken + (tokens[end] ?? 0) <= most) {
    taken += tokens[end] ?? 0;
    end += 1;
  }
  return end;
}

/** Of the best places, the one nearest to the bound. */
function bestCut(
  lines: string[],
  tokens: number[],
  { start, fresh, fitting }: { start: number; fresh: number; fitting: number },
  most: number,
): number {
  const least = Math.max(fresh + 1, endOfFitting(tokens, start, most * LEAST_FILLED));
  let best = fitting;
  for (let end = fitting - 1; end >= least; end -= 1) {
    if (rankOf(lines, end) > rankOf(lines, best)) best = end;
  }
  return best;
}

const CLOSING = /^\s*(?:[}\])]+[;,)]*|end|<\/[\w.:-]+>)\s*$/;

/** How well a text is cut before this line: best where a paragraph or a block of the outermost level begins. */
function rankOf(lines: string[], at: number): number {
  const before = lines[at - 1] ?? '';
  const after = lines[at] ?? '';
  if (before.trim() === '') return /^\S/.test(after) ? 3 : 2;
  return CLOSING.test(before) ? 1 : 0;
}

/** Of about the same length, none ending within a character. */
function* partsOf(line: string, startLine: number, count: number): Generator<Piece> {
  const length = Math.ceil(line.length / count);
  let part = 1;
  for (let start = 0; start < line.length; part += 1) {
    const end = start + length;
    const isWithin = /[\uD800-\uDBFF]/.test(line[end - 1] ?? '');
    yield { startLine, lines: 1, text: line.slice(start, isWithin ? end + 1 : end), part };
    start = isWithin ? end + 1 : end;
  }
}
