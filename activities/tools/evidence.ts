/** Evidence of an investigation, held against the frozen workspace. What can't be found there is sent back. */
import type { Finding, FindingDraft } from '../../src/contracts/finding.ts';
import { placeQuote } from '../../src/quotes.ts';
import { linesOf } from '../../src/text-lines.ts';
import type { FrozenWorkspace } from '../workspace/frozen.ts';
import { ToolRefusal, workspacePath } from '../workspace/paths.ts';

export type CheckedDraft = { finding: Omit<Finding, 'id'>; problem?: never } | { finding?: never; problem: string };

export async function checkEvidence(workspace: FrozenWorkspace, draft: FindingDraft): Promise<CheckedDraft> {
  try {
    const file = workspace.file(workspacePath(draft.path));
    const lines = linesOf((await workspace.text(file)).text);
    const placed = placeQuote(lines, { quote: draft.quote, near: draft.startLine }, file.path);
    return placed.problem === undefined ? { finding: { ...draft, path: file.path, ...placed } } : placed;
  } catch (error) {
    if (error instanceof ToolRefusal) return { problem: error.message };
    throw error;
  }
}
