/**
 * `triageFindings`: many findings, some per Nano call, several calls at once. Side effects: journaled calls and the result in the
 * store; a retry makes only the calls that are missing.
 */
import pLimit from 'p-limit';
import type { Finding } from '../../src/contracts/finding.ts';
import { findingsOf, SubtaskResultSchema, type SubtaskResult, TriageDraftSchema } from '../../src/contracts/results.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import type { SubtaskOutcome } from '../../src/contracts/objective.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { clip } from '../../src/prompts/sections.ts';
import { evidenceOf, plannedSubtask } from '../planning/objective-texts.ts';
import { type TriageBrief, triagePrompt } from '../prompts/triage.ts';
import type { Services } from '../services.ts';
import { structuredCall } from '../structured-call.ts';
import { type Classified, mergeFindings, triageProblems } from './merge.ts';

const FINDINGS_PER_CALL = 20;
const CALLS_AT_ONCE = 8;

export function createTriageActivity(services: Services) {
  const { store } = services;

  async function triageFindings(assignment: Assignment): Promise<Extract<SubtaskOutcome, { status: 'completed' }>> {
    return underHeartbeat(async (cancelled) => {
      const findings = await findingsBelow(assignment);
      const brief = await briefOf(assignment);
      const batches = Array.from({ length: Math.ceil(findings.length / FINDINGS_PER_CALL) }, (_, index) =>
        findings.slice(index * FINDINGS_PER_CALL, (index + 1) * FINDINGS_PER_CALL),
      );
      const atOnce = pLimit(CALLS_AT_ONCE);
      const answers = await atOnce.map(batches, (batch, index) => classify(assignment, brief, batch, index, cancelled));
      const classified = new Map(answers.flatMap(({ value }) => value).map((item) => [item.id, item]));
      const distinct = mergeFindings(findings, classified);
      const summary = `${findings.length} findings, ${distinct.length} distinct, in ${new Set(distinct.map(({ area }) => area)).size} areas.`;
      const result: SubtaskResult = { kind: 'triage', summary, findings: distinct };
      return {
        status: 'completed',
        resultRef: await store.blobs.putJson(result),
        summary,
        findings: distinct.length,
        spend: {
          calls: answers.reduce((sum, { calls }) => sum + calls, 0),
          costMicros: answers.reduce((sum, { costMicros }) => sum + costMicros, 0),
        },
      };
    });
  }

  async function findingsBelow({ dependencies }: Assignment): Promise<Finding[]> {
    const results = await Promise.all(
      dependencies.map(({ resultRef }) => store.blobs.getJson(resultRef, SubtaskResultSchema)),
    );
    return results.flatMap(findingsOf);
  }

  async function briefOf({ subtask, previous }: Assignment): Promise<TriageBrief> {
    const planned = await plannedSubtask(store.blobs, subtask);
    return {
      instructions: planned.kind === 'triage' ? planned.instructions : '',
      previous: await evidenceOf(store.blobs, previous),
    };
  }

  function classify(
    { objectiveId, subtask, attempt, tier, profile }: Assignment,
    brief: TriageBrief,
    batch: Finding[],
    turn: number,
    cancelled: AbortSignal,
  ) {
    return structuredCall(
      services,
      {
        address: { objectiveId, subtaskId: subtask.id, attempt, turn, purpose: 'triage' },
        tier,
        profile,
        prompt: triagePrompt(brief, batch),
        format: { name: 'triage', schema: TriageDraftSchema },
        accept: ({ items }): { value: Classified[]; problems?: never } | { value?: never; problems: string[] } => {
          const problems = triageProblems(
            batch.map(({ id }) => id),
            items,
          );
          return problems.length > 0
            ? { problems }
            : { value: items.map((item) => ({ ...item, area: clip(item.area, 60) })) };
        },
      },
      cancelled,
    );
  }

  return { triageFindings };
}
