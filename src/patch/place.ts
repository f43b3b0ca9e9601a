/** Where a hunk belongs in a file. */
import type { Hunk, HunkLine } from './patch.ts';
import type { Seeker } from './seek.ts';

export interface Placed {
  at: number;
  /** The lines that were found there, which may be fewer than the hunk has. */
  lines: HunkLine[];
}

/** Where a search starts, and whether a single place is the condition for believing what it finds. */
interface Start {
  from: number;
  isDoubtful: boolean;
}

export const oldLines = (lines: HunkLine[]): string[] =>
  lines.filter(({ kind }) => kind !== 'insert').map(({ text }) => text);

/** Not before `cursor`, the end of the hunk before. Null where it fits nowhere, or nobody can say which place is meant. */
export function placeHunk(seeker: Seeker, hunk: Hunk, cursor: number): Placed | null {
  if (oldLines(hunk.lines).length === 0) {
    const at = insertionPoint(seeker, hunk, cursor);
    return at === null ? null : { at, lines: hunk.lines };
  }
  for (const lines of [hunk.lines, withoutBareEnd(hunk.lines)]) {
    const at = placeOf(seeker, hunk, oldLines(lines), cursor);
    if (at !== null) return { at, lines };
  }
  return beforeFinalLineEnd(seeker, hunk.lines, cursor);
}

/** Only new lines: below their anchor, or at the end of the file where they have none. */
function insertionPoint(seeker: Seeker, { anchors, isAtEnd }: Hunk, cursor: number): number | null {
  if (isAtEnd || anchors.length === 0) return seeker.lines.length;
  const anchor = anchorLine(seeker, anchors, cursor);
  return anchor === null ? null : anchor + 1;
}

function placeOf(seeker: Seeker, hunk: Hunk, run: string[], cursor: number): number | null {
  const atEnd = hunk.isAtEnd ? seeker.last(run, cursor) : null;
  if (atEnd !== null) return atEnd;
  for (const { from, isDoubtful } of startsOf(seeker, hunk, cursor)) {
    const places = seeker.firstTwo(run, from);
    if (places.length > 0 && (!isDoubtful || places.length === 1)) return places[0] ?? null;
  }
  return null;
}

/**
 * Below the anchor (or at it: models repeat it as the first line of the hunk). Where that leads nowhere the anchor may be above the hunk
 * before; and what stands in one place alone needs no anchor, be it wrong or the end of the file not what was claimed.
 */
function startsOf(seeker: Seeker, { anchors, isAtEnd }: Hunk, cursor: number): Start[] {
  const anywhere = { from: cursor, isDoubtful: true };
  if (anchors.length === 0) return [isAtEnd ? anywhere : { from: cursor, isDoubtful: false }];
  const anchor = anchorLine(seeker, anchors, cursor);
  const above = anchorLine(seeker, anchors, 0);
  return [
    ...(anchor === null ? [] : [{ from: anchor, isDoubtful: false }]),
    ...(above !== null && above < cursor ? [{ from: cursor, isDoubtful: false }] : []),
    anywhere,
  ];
}

/** The line of the innermost anchor, each looked for below the one before. */
function anchorLine(seeker: Seeker, anchors: string[], from: number): number | null {
  let at = from - 1;
  for (const anchor of anchors) {
    const found = seeker.first([anchor], at + 1) ?? seeker.startingWith(anchor, at + 1);
    if (found === null) return null;
    at = found;
  }
  return at;
}

function withoutBareEnd(lines: HunkLine[]): HunkLine[] {
  const last = lines.findLastIndex(({ isBare }) => !isBare);
  return lines.slice(0, last + 1);
}

/** Some count the end of the last line as a line of its own; the file has none there. */
function beforeFinalLineEnd(seeker: Seeker, lines: HunkLine[], cursor: number): Placed | null {
  const last = lines.findLastIndex(({ kind }) => kind !== 'insert');
  if (lines[last]?.kind !== 'keep' || lines[last].text !== '') return null;
  const shorter = lines.toSpliced(last, 1);
  const run = oldLines(shorter);
  const at = run.length === 0 ? null : seeker.last(run, cursor);
  return at === null ? null : { at, lines: shorter };
}
