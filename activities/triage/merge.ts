/** From classified findings to distinct ones. Pure. A duplicate's id is kept with the finding it was merged into. */
import type { Finding, TriagedFinding } from '../../src/contracts/finding.ts';
import type { TriageDraft } from '../../src/contracts/results.ts';

export type Classified = TriageDraft['items'][number];

/** What is wrong with an answer about these ids: missing, invented or repeated ones, duplicates of nothing. */
export function triageProblems(ids: string[], items: Classified[]): string[] {
  const answered = items.map(({ id }) => id);
  const missing = ids.filter((id) => !answered.includes(id));
  const invented = answered.filter((id) => !ids.includes(id));
  const repeated = answered.filter((id, index) => answered.indexOf(id) !== index);
  return [
    ...(missing.length > 0 ? [`No answer for: ${missing.join(', ')}.`] : []),
    ...(invented.length > 0 ? [`These ids were not asked about: ${invented.join(', ').slice(0, 500)}.`] : []),
    ...(repeated.length > 0 ? [`Answered more than once: ${repeated.join(', ').slice(0, 500)}.`] : []),
  ];
}

/**
 * One entry per distinct finding, in the given order. Two findings are the same where the classification says so (an earlier
 * finding of the list, chains followed), or where they point at the same lines of the same file.
 */
export function mergeFindings(findings: Finding[], classified: Map<string, Classified>): TriagedFinding[] {
  const kept = new Map<string, TriagedFinding>();
  const keptFor = new Map<string, string>();
  const byPlace = new Map<string, string>();
  for (const finding of findings) {
    const verdict = classified.get(finding.id);
    const place = `${finding.path}:${finding.startLine}-${finding.endLine}`;
    const original = keptFor.get(verdict?.duplicateOf ?? '') ?? byPlace.get(place);
    const into = original === undefined ? undefined : kept.get(original);
    if (into) {
      into.duplicates.push(finding.id);
      keptFor.set(finding.id, into.id);
      continue;
    }
    kept.set(finding.id, {
      ...finding,
      severity: verdict?.severity ?? finding.severity,
      area: verdict?.area ?? '',
      duplicates: [],
    });
    keptFor.set(finding.id, finding.id);
    byPlace.set(place, finding.id);
  }
  return [...kept.values()];
}
