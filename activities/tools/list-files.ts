/** `list_files`: what lies in a folder. */
import { z } from 'zod';
import { cutLines } from '../../src/text-lines.ts';
import { shorten, sizeText } from './text.ts';
import { defineTool, type FileContext } from './tool.ts';

export const listFiles = defineTool({
  name: 'list_files',
  description:
    'Lists a folder of the workspace: subfolders with the number of files below, then files with their size.',
  args: z.strictObject({ path: z.string().describe('folder, relative to the workspace; "." is the workspace itself') }),
  note: ({ path }) => `list ${shorten(path)}`,
  run: async ({ path }, { files: access, maxToolOutputBytes }: FileContext) => {
    const entries = await access.list(path);
    const all = entries.map(({ name, files, bytes, isFolder }) =>
      isFolder
        ? `${name}/ (${files} ${files === 1 ? 'file' : 'files'}, ${sizeText(bytes)})`
        : `${name} (${sizeText(bytes)})`,
    );
    const { lines, omitted } = cutLines(all, maxToolOutputBytes);
    if (lines.length === 0) return 'The folder is empty.';
    return [...lines, ...(omitted > 0 ? [`… ${omitted} more entries; list a subfolder.`] : [])].join('\n');
  },
});
