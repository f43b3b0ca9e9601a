/** A frozen workspace of given files, and a context in which tools run over it. */
import { freeze } from '../../activities/workspace/freeze.ts';
import { frozenFiles } from '../../activities/tools/frozen-files.ts';
import type { FileContext } from '../../activities/tools/tool.ts';
import { Workspaces } from '../../activities/workspace/workspaces.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { folderWith, temporaryFolder } from './folders.ts';

export async function frozen(files: Record<string, string | Buffer> | string) {
  const root = typeof files === 'string' ? files : folderWith(files);
  const blobs = new Blobs(temporaryFolder('flotilla-blobs'));
  const summary = await freeze(blobs, root);
  const workspaces = new Workspaces(blobs, temporaryFolder('flotilla-cache'));
  const workspace = await workspaces.open(summary.workspaceRef);
  const context: FileContext = {
    files: frozenFiles(workspaces, summary.workspaceRef),
    maxToolOutputBytes: 32_768,
    signal: new AbortController().signal,
  };
  return { root, blobs, summary, workspaces, workspace, context };
}
