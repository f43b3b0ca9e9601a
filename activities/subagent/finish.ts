/**
 * What happens when a subagent calls `finish`: the engine checks every quote against the frozen files. What it can't find is
 * sent back; when that was of no use, what stands in the files is kept and the rest is named as dropped.
 */
import type { Finding, FindingDraft } from '../../src/contracts/finding.ts';
import type { FunctionCallItem } from '../../src/contracts/model.ts';
import { type Evidence, InvestigationDraftSchema, type SubtaskResult } from '../../src/contracts/results.ts';
import type { ToolsResult } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { clip } from '../../src/prompts/sections.ts';
import { parseArguments, parseJsonArguments } from '../tools/arguments.ts';
import { checkEvidence } from '../tools/evidence.ts';
import type { FrozenWorkspace } from '../workspace/frozen.ts';
import { ToolRefusal } from '../workspace/paths.ts';

const MOST_REJECTIONS = 2;
const SUMMARY_CHARACTERS = 300;

export interface Finished {
  /** What the model is told. */
  answer: string;
  /** Null when it was sent back. */
  result: ToolsResult['finished'];
}

export async function finishInvestigation(
  blobs: Blobs,
  workspace: FrozenWorkspace,
  subtaskId: string,
  call: FunctionCallItem,
  rejectedBefore: number,
): Promise<Finished> {
  const isLastTry = rejectedBefore >= MOST_REJECTIONS;
  try {
    const draft = parseArguments(InvestigationDraftSchema, parseJsonArguments(call.arguments));
    const { findings, problems } = await checkAll(workspace, draft.findings, subtaskId);
    if (problems.length > 0 && !isLastTry) return sentBack(problems);
    if (findings.length === 0 && problems.length > 0) {
      const message = `None of the ${problems.length} findings of "${subtaskId}" stands in the files.`;
      const evidence: Evidence = { type: 'EvidenceMissing', message, details: problems.join('\n') };
      throw new TypedFailure('EvidenceMissing', message, { evidenceRef: await blobs.putJson(evidence) });
    }
    const dropped = problems.map((problem) => `Dropped, its evidence was not found: ${problem}`);
    const result: SubtaskResult = {
      kind: 'investigate',
      summary: clip(draft.summary, 2000),
      findings,
      uncertain: [...draft.uncertain.map((text) => clip(text, 500)), ...dropped],
    };
    const summary = clip(draft.summary, SUMMARY_CHARACTERS - 30);
    return {
      answer: 'Accepted.',
      result: { resultRef: await blobs.putJson(result), summary, findings: findings.length },
    };
  } catch (error) {
    if (!(error instanceof ToolRefusal)) throw error;
    if (isLastTry)
      throw new TypedFailure(
        'ModelAnswerInvalid',
        `The result of "${subtaskId}" does not fit its schema: ${error.message}`,
      );
    return sentBack([error.message]);
  }
}

async function checkAll(workspace: FrozenWorkspace, drafts: FindingDraft[], subtaskId: string) {
  const checked = await Promise.all(drafts.map((draft) => checkEvidence(workspace, draft)));
  const findings: Finding[] = checked.flatMap(({ finding }, index) =>
    finding ? [{ ...finding, id: `${subtaskId}-${index + 1}` }] : [],
  );
  const problems = checked.flatMap(({ problem }, index) => {
    const { title = '', path = '' } = drafts[index] ?? {};
    return problem === undefined ? [] : [`finding ${index + 1} ("${clip(title, 80)}", ${clip(path, 100)}): ${problem}`];
  });
  return { findings, problems };
}

const sentBack = (problems: string[]): Finished => ({
  answer: `Not accepted:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nCorrect it and call finish again.`,
  result: null,
});
