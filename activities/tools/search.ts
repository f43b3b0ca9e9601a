/** `search`: a regular expression over the text files of the workspace. */
import { z } from 'zod';
import { shorten } from './text.ts';
import { defineTool, type FileContext } from './tool.ts';

const MOST_MATCHES = 200;

export const search = defineTool({
  name: 'search',
  description: `Searches the text files of the workspace for a regular expression (Rust syntax) and gives "path:line: text", at most ${MOST_MATCHES} matches.`,
  args: z.strictObject({
    pattern: z.string().min(1).max(1000),
    path: z.string().nullable().describe('file or folder to search in; the whole workspace where null'),
    glob: z.string().max(200).nullable().describe('only files whose path matches, like "**/*.ts"'),
  }),
  note: ({ pattern, path }) => `search ${shorten(pattern)}${path === null ? '' : ` in ${shorten(path)}`}`,
  run: async ({ pattern, path, glob }, { files, maxToolOutputBytes, signal }: FileContext) => {
    const query = { pattern, path: path ?? '.', glob, maxMatches: MOST_MATCHES, maxBytes: maxToolOutputBytes };
    const { matches, isCut } = await files.search(query, signal);
    if (matches.length === 0) return 'No match.';
    const count = new Set(matches.map((match) => match.path)).size;
    const end = isCut
      ? `… more matches exist; narrow the pattern, the path or the glob.`
      : `${matches.length} ${matches.length === 1 ? 'match' : 'matches'} in ${count} ${count === 1 ? 'file' : 'files'}.`;
    return [...matches.map((match) => `${match.path}:${match.line}: ${match.text}`), end].join('\n');
  },
});
