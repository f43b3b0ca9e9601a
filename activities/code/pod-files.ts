/** The files of a workspace as tools that read see them: through its pod. */
import type { FileAccess } from '../tools/file-access.ts';
import { workspacePath } from '../workspace/paths.ts';
import type { Workbench } from './workbench.ts';

export const podFiles = (bench: Workbench, signal: AbortSignal): FileAccess => ({
  list: async (path) => (await bench.request('list', { path: workspacePath(path) }, signal)).entries,
  lines: async (path, startLine, endLine, maxBytes) => {
    const within = workspacePath(path);
    return {
      path: within,
      ...(await bench.request('readLines', { path: within, startLine, endLine, maxBytes }, signal)),
    };
  },
  search: (query) => bench.request('search', { ...query, path: workspacePath(query.path) }, signal),
});
