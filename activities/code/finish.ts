/**
 * What happens when an agent that writes calls `finish`: the engine judges the files as they are. What an agent says of its checks counts for nothing.
 * Failing checks are sent back with their output; after that the attempt has failed, with the output as evidence for the next one.
 */
import type { FunctionCallItem } from '../../src/contracts/model.ts';
import { CodeDraftSchema, type CodeResult, type Evidence } from '../../src/contracts/results.ts';
import type { WorkspaceSite } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { Sandbox } from '../../src/pod/sandbox.ts';
import { clip } from '../../src/prompts/sections.ts';
import { touchesProtected } from '../../src/snapshots/protected.ts';
import { fileChanges } from './file-changes.ts';
import type { Store } from '../../src/store/store.ts';
import { plannedSubtask } from '../planning/objective-texts.ts';
import type { Finished } from '../subagent/finish.ts';
import { withoutMapResults } from '../workspace/map-results.ts';
import { parseArguments, parseJsonArguments } from '../tools/arguments.ts';
import { ToolRefusal } from '../workspace/paths.ts';
import { checksOf } from './checks.ts';
import { failingNames, failingText } from './failing.ts';
import { hasPassed, judgeFiles } from './judge-files.ts';
import { protectsOf } from './protects.ts';

const MOST_REJECTIONS = 4;
const SUMMARY_CHARACTERS = 270;

export async function finishCode(
  { store, sandbox }: { store: Store; sandbox: Sandbox },
  { subtask, work, baseRef: begunRef, givenRef }: WorkspaceSite,
  leftRef: string,
  call: FunctionCallItem,
  rejectedBefore: number,
  signal: AbortSignal,
): Promise<Finished> {
  const { blobs } = store;
  const draft = draftIn(call, rejectedBefore, subtask.id);
  if (typeof draft === 'string') return { answer: draft, result: null };
  const baseRef = givenRef ?? begunRef;
  const snapshotRef = givenRef === undefined ? leftRef : await withoutMapResults(blobs, givenRef, leftRef);
  const planned = await plannedSubtask(blobs, subtask);
  const named = await checksOf(blobs, work, [planned]);
  const protects = await protectsOf(blobs, work, [planned], named);
  const checks = await judgeFiles(store, sandbox, { ref: snapshotRef, work, protects, checks: named }, signal);
  if (!checks.every(hasPassed)) {
    const message = `On the files as they are, the engine ran the checks itself, and these failed: ${failingNames(checks)}.`;
    if (rejectedBefore < MOST_REJECTIONS)
      return {
        answer: `Not accepted. ${message}\n${failingText(checks)}\nMend it and call finish again.`,
        result: null,
      };
    const evidence: Evidence = { type: 'ChecksFailed', message, details: failingText(checks) };
    throw new TypedFailure('ChecksFailed', message, { evidenceRef: await blobs.putJson(evidence) });
  }
  const { changes, hidden } = await fileChanges(blobs, baseRef, snapshotRef);
  const result: CodeResult = {
    kind: 'code',
    summary: clip(draft.summary, 2000),
    ...{ baseRef, snapshotRef, changes, hidden, checks },
    protected: touchesProtected(changes, protects),
    isUnsandboxed: sandbox.isSwitchedOff,
  };
  const summary = clip(draft.summary, SUMMARY_CHARACTERS);
  return { answer: 'Accepted.', result: { resultRef: await blobs.putJson(result), summary, findings: 0 } };
}

/** A text: what is wrong with it. */
function draftIn(call: FunctionCallItem, rejectedBefore: number, subtaskId: string): { summary: string } | string {
  try {
    return parseArguments(CodeDraftSchema, parseJsonArguments(call.arguments));
  } catch (error) {
    if (!(error instanceof ToolRefusal)) throw error;
    if (rejectedBefore < MOST_REJECTIONS) return `Not accepted: ${error.message}`;
    throw new TypedFailure(
      'ModelAnswerInvalid',
      `The result of "${subtaskId}" does not fit its schema: ${error.message}`,
    );
  }
}
