/** Takes a patch out of what models put around it: a here-document of a shell, the fences of a code block. */
import { PatchProblem } from './patch.ts';

export const BEGIN = '*** Begin Patch';
export const END = '*** End Patch';

const FENCE = /^(`{3,}|~{3,})[\w-]*$/;
const HEREDOC = /^(?:apply_?patch|cat)?\s*<<-?\s*(?:(\w+)|'(\w+)'|"(\w+)")$/;

/** Lines of the patch between its first and last one, and the number of the first of them. */
export function unwrap(text: string): { lines: string[]; firstNumber: number } {
  const lines = text.split(/\r?\n/);
  const begin = lines.findIndex((line) => line.trim() === BEGIN);
  const end = lines.findLastIndex((line) => line.trim() === END);
  if (begin < 0) throw new PatchProblem(`The patch does not start with "${BEGIN}".`);
  if (end < begin) throw new PatchProblem(`The patch does not end with "${END}"; it may have been cut off.`);
  const terminators = new Set(['EOF']);
  const around = [...lines.slice(0, begin).map((line) => isAbove(line, terminators))];
  const strayAbove = around.indexOf(false);
  if (strayAbove >= 0) throw stray(lines, strayAbove, `before "${BEGIN}"`);
  const below = lines.slice(end + 1).findIndex((line) => !isBelow(line.trim(), terminators));
  if (below >= 0) throw stray(lines, end + 1 + below, `after "${END}"`);
  return { lines: lines.slice(begin + 1, end), firstNumber: begin + 2 };
}

function isAbove(line: string, terminators: Set<string>): boolean {
  const heredoc = HEREDOC.exec(line.trim());
  const word = heredoc?.[1] ?? heredoc?.[2] ?? heredoc?.[3];
  if (word !== undefined) terminators.add(word);
  return line.trim() === '' || FENCE.test(line.trim()) || heredoc !== null;
}

const isBelow = (line: string, terminators: Set<string>): boolean =>
  line === '' || FENCE.test(line) || terminators.has(line);

const stray = (lines: string[], index: number, where: string): PatchProblem =>
  new PatchProblem(`Line ${index + 1} of the patch, ${JSON.stringify(lines[index]?.slice(0, 100))}, stands ${where}.`);
