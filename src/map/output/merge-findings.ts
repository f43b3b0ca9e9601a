/** Findings of a text that was read in overlapping pieces: what two pieces both saw is one finding. Pure. */
import type { Item } from '../../contracts/map.ts';

interface Placed {
  /** Lines of the file, not of the piece. */
  startLine: number;
  endLine: number;
  title: string;
  quote?: string;
}

export interface ReviewedPiece<Finding extends Placed> {
  id: string;
  file: NonNullable<Item['file']>;
  findings: Finding[];
}

export type MergedFinding<Finding extends Placed> = Finding & {
  path: string;
  /** Of the pieces it was found in. */
  itemIds: string[];
};

/**
 * By path in the order of the pieces, then by line. Two findings are one where they come from different pieces of a file, have a line in
 * common, and the same title or quote; the one that covers more lines stays. Two of the same piece are two: their reader told them apart.
 */
export function mergeFindings<Finding extends Placed>(pieces: ReviewedPiece<Finding>[]): MergedFinding<Finding>[] {
  return [...Map.groupBy(pieces, ({ file }) => file.path).values()].flatMap((ofFile) =>
    mergedIn(ofFile.toSorted((a, b) => a.file.startLine - b.file.startLine)),
  );
}

function mergedIn<Finding extends Placed>(pieces: ReviewedPiece<Finding>[]): MergedFinding<Finding>[] {
  const merged: MergedFinding<Finding>[] = [];
  for (const { id, file, findings } of pieces) {
    const earlier = merged.length;
    const taken = new Set<number>();
    for (const finding of findings) {
      const at = merged.findIndex((other, index) => index < earlier && !taken.has(index) && isSame(other, finding));
      const known = merged[at];
      if (known) {
        const larger = linesOf(finding) > linesOf(known) ? finding : known;
        merged[at] = { ...larger, path: file.path, itemIds: [...known.itemIds, id] };
        taken.add(at);
      } else {
        merged.push({ ...finding, path: file.path, itemIds: [id] });
      }
    }
  }
  return merged.toSorted((a, b) => a.startLine - b.startLine || a.endLine - b.endLine);
}

const linesOf = ({ startLine, endLine }: Placed): number => endLine - startLine;

function isSame(a: Placed, b: Placed): boolean {
  const isTouching = a.startLine <= b.endLine && b.startLine <= a.endLine;
  const hasSameQuote = a.quote !== undefined && b.quote !== undefined && plain(a.quote) === plain(b.quote);
  return isTouching && (hasSameQuote || plain(a.title) === plain(b.title));
}

/** Case, punctuation and white space at the edges are how the same thing is said twice. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^[\s.:'"`]+|[\s.:'"`]+$/g, '');
