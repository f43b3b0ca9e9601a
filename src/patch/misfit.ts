/** Says of a hunk that fits nowhere which one it is, what it looks for, and what stands there instead. */
import { cutLine } from '../text-lines.ts';
import { type Hunk, PatchProblem } from './patch.ts';
import { oldLines } from './place.ts';
import type { Seeker } from './seek.ts';

const LINES_OF_HUNK = 5;
const LINES_AROUND = 3;
const LINES_OF_FILE = 25;

interface Misfit {
  path: string;
  seeker: Seeker;
  hunk: Hunk;
  /** 1-based, within the file. */
  number: number;
  /** Index of the first line below the hunk before. */
  cursor: number;
}

export function misfit({ path, seeker, hunk, number, cursor }: Misfit): PatchProblem {
  const run = oldLines(hunk.lines);
  const sought = [...hunk.anchors.map((anchor) => `@@ ${anchor}`), ...run].slice(0, LINES_OF_HUNK).map(cutLine);
  const said = [
    `Hunk ${number} of "${path}" does not fit; nothing of the patch was applied. It looks for:`,
    ...sought.map((line) => `  ${line}`),
    ...reason(seeker, hunk, run, cursor),
  ];
  return new PatchProblem(said.join('\n'));
}

function reason(seeker: Seeker, hunk: Hunk, run: string[], cursor: number): string[] {
  const anchor = hunk.anchors.find((text) => seeker.first([text], 0) === null && seeker.startingWith(text, 0) === null);
  const notes = anchor === undefined ? [] : [`No line of the file is ${JSON.stringify(cutLine(anchor))}.`];
  if (run.length === 0) return [...notes, 'Repeat a line next to the place in the hunk.'];
  const [first, second] = seeker.firstTwo(run, cursor);
  if (first !== undefined && second !== undefined) {
    const places = `lines ${first + 1} and ${second + 1}`;
    return [...notes, `These lines stand in several places, as at ${places}; repeat more lines around the change.`];
  }
  const above = seeker.first(run, 0);
  if (above !== null) {
    const where = `The lines stand at line ${above + 1}, above the end of the hunk before (line ${cursor})`;
    return [...notes, `${where}; hunks go from top to bottom, each line in one of them.`];
  }
  return [...notes, ...closest(seeker, run)];
}

function closest(seeker: Seeker, run: string[]): string[] {
  const best = seeker.closest(run);
  if (!best) return [`None of these lines is in the file, which has ${seeker.lines.length} lines. Read it again.`];
  const from = Math.max(best.at - LINES_AROUND, 0);
  const shown = seeker.lines.slice(from, Math.min(best.at + run.length + LINES_AROUND, from + LINES_OF_FILE));
  return [
    `${best.equal} of ${run.length} lines are there around line ${Math.max(best.at, 0) + 1}, where the file has now:`,
    ...shown.map((line, index) => `${String(from + index + 1).padStart(5)}| ${cutLine(line)}`),
  ];
}
