/** `write_file`: a file as a whole. */
import { z } from 'zod';
import { shorten, sizeText } from './text.ts';
import { defineTool, type PodContext } from './tool.ts';

export const writeFile = defineTool({
  name: 'write_file',
  description:
    'Writes a whole file, new or in place of what was there; folders are made. For changes to a file use apply_patch.',
  args: z.strictObject({ path: z.string().describe('file, relative to the workspace'), content: z.string() }),
  note: ({ path }) => `write ${shorten(path)}`,
  run: async ({ path, content }, { pod, signal }: PodContext) => {
    const { isNew, bytes } = await pod.request('writeFile', { path, content }, signal);
    return `${isNew ? 'New file' : 'Replaced'}: ${path} (${sizeText(bytes)}).`;
  },
});
