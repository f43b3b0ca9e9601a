/** Hunks and the text of a file → its new text. */
import { linedText, type Replacement, replaceLines } from './lines.ts';
import { misfit } from './misfit.ts';
import type { Hunk } from './patch.ts';
import { oldLines, type Placed, placeHunk } from './place.ts';
import { Seeker } from './seek.ts';

/** Lines that are kept stay as the file has them, however the patch writes them. Throws `PatchProblem`. */
export function patchText(path: string, text: string, hunks: Hunk[]): string {
  const lined = linedText(text);
  const seeker = new Seeker(lined.lines.map((line) => line.text));
  const replacements: Replacement[] = [];
  let cursor = 0;
  for (const [index, hunk] of hunks.entries()) {
    const placed = placeHunk(seeker, hunk, cursor);
    if (!placed) throw misfit({ path, seeker, hunk, number: index + 1, cursor });
    const old = oldLines(placed.lines).length;
    if (old > 0) cursor = placed.at + old;
    replacements.push(...replacementsOf(placed));
  }
  return replaceLines(
    lined,
    replacements.toSorted((a, b) => a.at - b.at),
  );
}

/** One for each stretch of lines that go or come. */
function replacementsOf({ at, lines }: Placed): Replacement[] {
  const replacements: Replacement[] = [];
  let current: Replacement | null = null;
  let here = at;
  for (const { kind, text } of lines) {
    if (kind === 'keep') {
      current = null;
      here += 1;
      continue;
    }
    if (!current) replacements.push((current = { at: here, removed: 0, inserted: [] }));
    if (kind === 'insert') current.inserted.push(text);
    else {
      current.removed += 1;
      here += 1;
    }
  }
  return replacements;
}
