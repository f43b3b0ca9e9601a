/** `apply_patch`: changes to several files at once, whole or not at all, in the form that the models are trained on. */
import { z } from 'zod';
import { cutLines } from '../../src/text-lines.ts';
import { defineTool, type PodContext } from './tool.ts';

export const applyPatch = defineTool({
  name: 'apply_patch',
  description: `Changes files. All of the patch is applied, or nothing. Its form:
*** Begin Patch
*** Update File: src/a.ts
@@ function nameOfWhatIsAround()
 a line before, as it is
-a line to take away
+a line to put in its place
 a line after, as it is
*** Add File: src/b.ts
+each line of it
*** Delete File: src/c.ts
*** End Patch
Three lines of context before and after each change; "@@ …" names the function or class where that is not enough to tell. "*** Move to: path" after "*** Update File" renames. Paths are relative to the workspace.`,
  args: z.strictObject({ patch: z.string().min(1) }),
  note: ({ patch }) => `patch ${filesIn(patch)}`,
  run: async ({ patch }, { pod, maxToolOutputBytes, signal }: PodContext) => {
    const { changed } = await pod.request('applyPatch', { patch }, signal);
    const all = changed.map(({ path, change, from }) =>
      from === undefined ? `${change} ${path}` : `moved ${from} to ${path}`,
    );
    return ['Done.', ...cutLines(all, maxToolOutputBytes).lines].join('\n');
  },
});

const MOST_NAMED = 3;

/** Names alone: what stands in a patch is content. */
function filesIn(patch: string): string {
  const files = [...patch.matchAll(/^\*\*\* (?:Update|Add|Delete) File: (.{1,60})/gm)].map(([, path = '']) =>
    path.trim(),
  );
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : '';
  return files.slice(0, MOST_NAMED).join(', ') + more;
}
