/** The tool calls of an agent that only reads. The workspace is frozen, so answering again gives the same outputs, and the same chunk of transcript. */
import type { Store } from '../../src/store/store.ts';
import { frozenFiles } from '../tools/frozen-files.ts';
import { readingTool } from '../tools/registry.ts';
import type { FileContext } from '../tools/tool.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { type Answerer, runNamed } from './answer-calls.ts';
import { finishInvestigation } from './finish.ts';

/** Where tools run, and within which bounds. Small: it stands in the history once a turn. */
export interface ToolSite {
  workspaceRef: string;
  maxToolOutputBytes: number;
}

export function reader(
  { blobs }: Store,
  workspaces: Workspaces,
  subtaskId: string,
  { workspaceRef, maxToolOutputBytes }: ToolSite,
  signal: AbortSignal,
): Answerer {
  const context: FileContext = { files: frozenFiles(workspaces, workspaceRef), maxToolOutputBytes, signal };
  return {
    isWrite: () => false,
    carryOut: async (call) => runNamed(readingTool(call.name), call, context),
    finish: async (call, rejectedBefore) =>
      finishInvestigation(blobs, await workspaces.open(workspaceRef), subtaskId, call, rejectedBefore),
  };
}
