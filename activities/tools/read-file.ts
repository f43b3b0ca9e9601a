/** `read_file`: numbered lines of one file. */
import { z } from 'zod';
import { cutLine, cutLines } from '../../src/text-lines.ts';
import { shorten } from './text.ts';
import { defineTool, type FileContext } from './tool.ts';

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
  run: async ({ path, startLine, endLine }, { files, maxToolOutputBytes }: FileContext) => {
    const first = startLine ?? 1;
    const wanted = Math.min(endLine ?? Infinity, first + LINES_AT_ONCE - 1);
    const file = await files.lines(path, first, wanted, maxToolOutputBytes);
    const { totalLines } = file;
    if (totalLines === 0) return `${file.path} is empty.`;
    if (first > totalLines) return `${file.path} has ${totalLines} lines; there is no line ${first}.`;
    const numbered = file.lines.map((line, index) => `${String(first + index).padStart(5)}| ${cutLine(line)}`);
    const { lines } = cutLines(numbered, maxToolOutputBytes);
    const shown = first + lines.length - 1;
    const notes = [
      ...(file.isLossy ? ['(bytes that are not UTF-8 are shown as \uFFFD)'] : []),
      ...(shown < totalLines ? [`… ${totalLines - shown} more lines; continue with startLine ${shown + 1}.`] : []),
    ];
    return [`${file.path}, lines ${first}–${shown} of ${totalLines}:`, ...lines, ...notes].join('\n');
  },
});
