/** `read_file`: numbered lines of one file of the frozen workspace. Contents come from the store, by hash. */
import { z } from 'zod';
import { cutLine, linesOf } from '../../src/text-lines.ts';
import { workspacePath } from '../workspace/paths.ts';
import { cutLines, shorten } from './text.ts';
import { defineTool } from './tool.ts';

const LINES_AT_ONCE = 400;

export const readFile = defineTool({
  name: 'read_file',
  description: `Reads lines of a text file, each with its number. At most ${LINES_AT_ONCE} lines at once; ask again for more.`,
  args: z.strictObject({
    path: z.string().describe('file, relative to the workspace'),
    startLine: z.int().min(1).nullable().describe('first line, 1 where null'),
    endLine: z.int().min(1).nullable().describe('last line, as many as fit where null'),
  }),
  note: ({ path }) => `read ${shorten(path)}`,
  run: async ({ path, startLine, endLine }, { workspaces, workspaceRef, maxToolOutputBytes }) => {
    const workspace = await workspaces.open(workspaceRef);
    const file = workspace.file(workspacePath(path));
    const { text, isLossy } = await workspace.text(file);
    const all = linesOf(text);
    const first = startLine ?? 1;
    if (all.length === 0) return `${file.path} is empty.`;
    if (first > all.length) return `${file.path} has ${all.length} lines; there is no line ${first}.`;
    const last = Math.min(endLine ?? all.length, first + LINES_AT_ONCE - 1, all.length);
    const numbered = all
      .slice(first - 1, last)
      .map((line, index) => `${String(first + index).padStart(5)}| ${cutLine(line)}`);
    const { lines } = cutLines(numbered, maxToolOutputBytes);
    const shown = first + lines.length - 1;
    const notes = [
      ...(isLossy ? ['(bytes that are not UTF-8 are shown as \uFFFD)'] : []),
      ...(shown < all.length ? [`… ${all.length - shown} more lines; continue with startLine ${shown + 1}.`] : []),
    ];
    return [`${file.path}, lines ${first}–${shown} of ${all.length}:`, ...lines, ...notes].join('\n');
  },
});
