/** `read_output`: lines of an output that was too long to be shown at once. */
import { z } from 'zod';
import { cutLine, cutLines } from '../../src/text-lines.ts';
import { defineTool, type PodContext } from './tool.ts';

const LINES_AT_ONCE = 400;

export const readOutput = defineTool({
  name: 'read_output',
  description: `Reads lines of the output of a command that was cut, by the ref at its end. At most ${LINES_AT_ONCE} lines at once.`,
  args: z.strictObject({
    ref: z.string().max(100),
    startLine: z.int().min(1).nullable().describe('first line, 1 where null'),
    endLine: z.int().min(1).nullable().describe('last line, as many as fit where null'),
  }),
  note: () => 'read output',
  run: async ({ ref, startLine, endLine }, { outputs, maxToolOutputBytes }: PodContext) => {
    const all = await outputs.lines(ref);
    const first = startLine ?? 1;
    if (first > all.length) return `It has ${all.length} lines; there is no line ${first}.`;
    const wanted = all.slice(first - 1, Math.min(endLine ?? Infinity, first + LINES_AT_ONCE - 1));
    const numbered = wanted.map((line, index) => `${String(first + index).padStart(5)}| ${cutLine(line)}`);
    const { lines } = cutLines(numbered, maxToolOutputBytes);
    const shown = first + lines.length - 1;
    const rest =
      shown < all.length ? [`… ${all.length - shown} more lines; continue with startLine ${shown + 1}.`] : [];
    return [`lines ${first}–${shown} of ${all.length}:`, ...lines, ...rest].join('\n');
  },
});
