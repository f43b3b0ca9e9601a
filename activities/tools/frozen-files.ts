/** The files of a frozen workspace: contents come from the store, by hash; only a search needs files on disk, in a tree of the engine's own. */
import { rgPath } from '@vscode/ripgrep';
import { ripgrep } from '../../src/ripgrep.ts';
import { linesOf } from '../../src/text-lines.ts';
import { ToolRefusal, workspacePath } from '../workspace/paths.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { FileAccess } from './file-access.ts';

export function frozenFiles(workspaces: Workspaces, ref: string): FileAccess {
  return {
    list: async (path) => (await workspaces.open(ref)).list(workspacePath(path)),
    lines: async (path, first, last) => {
      const workspace = await workspaces.open(ref);
      const file = workspace.file(workspacePath(path));
      const { text, isLossy } = await workspace.text(file);
      const all = linesOf(text);
      return { path: file.path, lines: all.slice(first - 1, last), totalLines: all.length, isLossy };
    },
    search: async (query, signal) => {
      const workspace = await workspaces.open(ref);
      const below = workspacePath(query.path);
      if (!workspace.isFolder(below)) workspace.file(below);
      const { pattern, glob, maxMatches, maxBytes } = query;
      const where = { program: rgPath, folder: await workspaces.tree(ref), below };
      return ripgrep({ ...where, pattern, glob, maxMatches, maxBytes, signal }, ToolRefusal);
    },
  };
}
