/** A map in one line: what histories, reports and other subtasks are told. */
import type { Agreement, MapSummary } from '../../contracts/map-summary.ts';

const MOST_CHARACTERS = 300;
const MOST_LABELS = 5;

export function summaryText(summary: MapSummary, findings: number): string {
  const { operation, items, dead, reused, labels, scores, agreement } = summary;
  const count = (value: number): string => value.toLocaleString('en');
  const top = labels?.top.slice(0, MOST_LABELS).map(({ label, items: of }) => `${label} ${count(of)}`) ?? [];
  const parts = [
    `${operation}: ${count(items)} items`,
    ...(dead > 0 ? [`${count(dead)} without a result`] : []),
    ...(reused > 0 ? [`${count(reused)} known before`] : []),
    ...(operation === 'review' ? [`${count(findings)} findings`] : []),
    ...(top.length > 0 ? [top.join(', ')] : []),
    ...(scores ? [`median score ${scores.median.toFixed(1)}`] : []),
    ...(agreement ? [agreementText(agreement)] : []),
  ];
  const text = parts.join('; ');
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}

function agreementText(agreement: Agreement): string {
  const { judged } = agreement;
  const percent = (share: number | null): string => (share === null ? 'unknown' : `${(100 * share).toFixed(1)} %`);
  switch (agreement.kind) {
    case 'labels':
      return `accuracy ${percent(agreement.accuracy)} of ${judged} with gold`;
    case 'scores':
      return `mean error ${agreement.meanAbsoluteError?.toFixed(2) ?? 'unknown'} over ${judged} with gold`;
    case 'ranking':
      return `nDCG@10 ${agreement.ndcgAt10?.toFixed(3) ?? 'unknown'}`;
    case 'fields':
      return `all fields right in ${percent(agreement.exact)} of ${judged} with gold`;
  }
}
