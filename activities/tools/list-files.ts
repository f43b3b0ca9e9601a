/** `list_files`: what lies in a folder of the frozen workspace. Reads the manifest alone. */
import { z } from 'zod';
import { workspacePath } from '../workspace/paths.ts';
import { cutLines, shorten, sizeText } from './text.ts';
import { defineTool } from './tool.ts';

export const listFiles = defineTool({
  name: 'list_files',
  description:
    'Lists a folder of the workspace: subfolders with the number of files below, then files with their size.',
  args: z.strictObject({ path: z.string().describe('folder, relative to the workspace; "." is the workspace itself') }),
  note: ({ path }) => `list ${shorten(path)}`,
  run: async ({ path }, { workspaces, workspaceRef, maxToolOutputBytes }) => {
    const workspace = await workspaces.open(workspaceRef);
    const entries = workspace.list(workspacePath(path));
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
