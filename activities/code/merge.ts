/**
 * `mergeChanges`: what an accepted subtask changed, brought into the files as they are now, and judged there by the checks of all that was merged. Side
 * effects: objects in the store. What can't be merged is a failed attempt with both sides as evidence; the files stay as they were.
 */
import type { FailureNote, FailureType } from '../../src/contracts/failures.ts';
import type { MergedChange } from '../../src/contracts/objective.ts';
import type { Subtask } from '../../src/contracts/plan.ts';
import { type CodeResult, type Evidence, SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { WorkAssignment, WorkspaceSite } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { clip } from '../../src/prompts/sections.ts';
import { CommitChain } from '../../src/snapshots/commits.ts';
import { mergeSnapshots } from '../../src/snapshots/merge.ts';
import { whileAttended } from '../heartbeat.ts';
import { plannedSubtask } from '../planning/objective-texts.ts';
import type { Services } from '../services.ts';
import { checksOf, type NamedCheck } from './checks.ts';
import { failingNames, failingText } from './failing.ts';
import { hasPassed, judgeFiles } from './judge-files.ts';
import { protectsOf } from './protects.ts';

export interface MergeInput {
  subtask: WorkspaceSite['subtask'];
  /** `CodeResult` in the store. */
  resultRef: string;
  /** The files as they are now. */
  filesRef: string;
  /** Subtasks whose changes are in them. */
  before: { id: string; planRef: string }[];
  work: WorkAssignment;
}

export type MergeOutcome =
  | ({ status: 'merged' } & Pick<MergedChange, 'ref' | 'protected' | 'isUnsandboxed'>)
  | { status: 'failed'; failure: FailureNote; evidenceRef: string };

interface Rules {
  checks: NamedCheck[];
  /** Globs. */
  protects: string[];
}

const MOST_PROTECTED_NAMED = 20;
const OWN_CHANGES_CHARACTERS = 2000;

export function createMergeActivity({ store, sandbox, commandPath }: Services) {
  const { blobs } = store;

  async function mergeChanges({ subtask, resultRef, filesRef, before, work }: MergeInput): Promise<MergeOutcome> {
    return whileAttended(async (signal) => {
      const result = await blobs.getJson(resultRef, SubtaskResultSchema);
      if (result.kind !== 'code')
        throw new TypedFailure('StoreCorrupt', `The result of "${subtask.id}" holds no changes.`);
      const { baseRef, snapshotRef } = result;
      const sides = { base: baseRef, ours: filesRef, theirs: snapshotRef };
      const merged = await mergeSnapshots(blobs, { ...sides, path: commandPath, signal });
      if ('conflicts' in merged) {
        const paths = merged.conflicts.map(({ path }) => path).join(', ');
        const message = `Its changes of ${clip(paths, 300)} contradict what was merged since it began.`;
        const both = merged.conflicts.map(({ path, kind, excerpt }) => `${path} (${kind}):\n${excerpt}`).join('\n\n');
        return failed('MergeConflict', message, await details(result, both));
      }
      const own = await plannedSubtask(blobs, subtask);
      const planned = [own, ...(await Promise.all(before.map((each) => plannedSubtask(blobs, each))))];
      const { checks, protects } = await rulesOf(work, planned);
      const isJudged = merged.ref === snapshotRef && (await hasJudged(work, own, { checks, protects }));
      const ends = isJudged
        ? []
        : await judgeFiles(store, sandbox, { ref: merged.ref, work, protects, checks }, signal);
      if (!ends.every(hasPassed)) {
        const message = `Merged with what others have changed since it began, these checks fail: ${failingNames(ends)}.`;
        return failed('MergeChecksFailed', message, await details(result, failingText(ends)));
      }
      return {
        ...{ status: 'merged', ref: merged.ref, protected: result.protected.slice(0, MOST_PROTECTED_NAMED) },
        ...(result.isUnsandboxed && { isUnsandboxed: true }),
      };
    });
  }

  /** Whether the subtask was judged by all of these checks, and with all of these files protected. */
  async function hasJudged(work: WorkAssignment, subtask: Subtask, wanted: Rules): Promise<boolean> {
    const own = await rulesOf(work, [subtask]);
    const names = own.checks.map(({ name }) => name);
    return (
      wanted.checks.every(({ name }) => names.includes(name)) &&
      wanted.protects.every((pattern) => own.protects.includes(pattern))
    );
  }

  async function rulesOf(work: WorkAssignment, subtasks: Subtask[]): Promise<Rules> {
    const checks = await checksOf(blobs, work, subtasks);
    return { checks, protects: await protectsOf(blobs, work, subtasks, checks) };
  }

  /** What is in the way first, then what the attempt had changed: the next one has neither. */
  async function details({ baseRef, snapshotRef }: CodeResult, inTheWay: string): Promise<string> {
    const states = [{ subtaskId: '', title: '', ref: snapshotRef }];
    const chain = await CommitChain.make(blobs, { base: baseRef, states }, commandPath);
    try {
      const own = (await chain.diff(chain.baseCommit, chain.last)).toString('utf8');
      return `${inTheWay}\n\nThe attempt had changed:\n${clip(own, OWN_CHANGES_CHARACTERS)}`;
    } finally {
      await chain.close();
    }
  }

  async function failed(type: FailureType, message: string, text: string): Promise<MergeOutcome> {
    const evidence: Evidence = { type, message, details: text };
    return { status: 'failed', failure: { type, message }, evidenceRef: await blobs.putJson(evidence) };
  }

  return { mergeChanges };
}
