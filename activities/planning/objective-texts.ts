/** What an objective's references stand for, and the results that its subtasks left. */
import { type Finding, SEVERITIES, type TriagedFinding } from '../../src/contracts/finding.ts';
import type { ObjectiveInput, PlannedSubtask, SubtaskRecord } from '../../src/contracts/objective.ts';
import { type Checks, ChecksSchema, type Subtask } from '../../src/contracts/plan.ts';
import { type Evidence, EvidenceSchema, type SubtaskResult, SubtaskResultSchema } from '../../src/contracts/results.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { subtasksOf } from './kept-plans.ts';

export const loadChecks = (blobs: Blobs, { checksRef }: Pick<ObjectiveInput, 'checksRef'>): Promise<Checks> =>
  blobs.getJson(checksRef, ChecksSchema);

/** A subtask as its plan has it. */
export async function plannedSubtask(
  blobs: Blobs,
  { planRef, id }: Pick<PlannedSubtask, 'planRef' | 'id'>,
): Promise<Subtask> {
  const subtask = (await subtasksOf(blobs, planRef)).get(id);
  if (!subtask) throw new TypedFailure('StoreCorrupt', `Plan ${planRef} does not hold subtask "${id}".`);
  return subtask;
}

/** What the attempt before left behind; null on the first. */
export async function evidenceOf(blobs: Blobs, previous: Assignment['previous']): Promise<Evidence | null> {
  if (!previous) return null;
  const { failure, evidenceRef } = previous;
  return evidenceRef === null ? { ...failure, details: '' } : blobs.getJson(evidenceRef, EvidenceSchema);
}

export type CompletedSubtask = SubtaskRecord & { result: SubtaskResult };

export async function completedResults(blobs: Blobs, subtasks: SubtaskRecord[]): Promise<CompletedSubtask[]> {
  const loaded = subtasks.map(async (subtask) =>
    subtask.resultRef === null
      ? []
      : [{ ...subtask, result: await blobs.getJson(subtask.resultRef, SubtaskResultSchema) }],
  );
  return (await Promise.all(loaded)).flat();
}

/**
 * Every finding once: triaged ones where a triage saw them, the rest as their investigation left them (area unknown).
 * Most severe first.
 */
export function allFindings(completed: CompletedSubtask[]): TriagedFinding[] {
  const triaged = completed.flatMap(({ result }) => (result.kind === 'triage' ? result.findings : []));
  const seen = new Set(triaged.flatMap(({ id, duplicates }) => [id, ...duplicates]));
  const untriaged = completed
    .flatMap(({ result }): Finding[] => (result.kind === 'investigate' || result.kind === 'map' ? result.findings : []))
    .filter(({ id }) => !seen.has(id))
    .map((finding) => ({ ...finding, area: '', duplicates: [] }));
  return [...uniqueById(triaged), ...untriaged].toSorted(bySeverity);
}

const uniqueById = (findings: TriagedFinding[]): TriagedFinding[] => [
  ...new Map(findings.map((finding) => [finding.id, finding])).values(),
];

function bySeverity(a: Finding, b: Finding): number {
  return rank(a) - rank(b) || a.path.localeCompare(b.path) || a.startLine - b.startLine;
}

const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
