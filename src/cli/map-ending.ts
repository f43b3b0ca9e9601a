/** What a person reads of a map that has ended: its summary, the figures to look at first, and where its files are. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Agreement, type MapSummary, MapSummarySchema } from '../contracts/map-summary.ts';
import type { MapResult } from '../contracts/results.ts';
import { say, type Styled, type Terminal } from './terminal.ts';

/** As they lie in a folder of the report, named after the subtask. */
const FILES = ['results.jsonl', 'dead-letters.jsonl', 'results.csv'];
const MOST = 3;

interface EndedMap {
  subtaskId: string;
  result: MapResult;
}

/** `folder`: of the report. */
export function mapEnding(terminal: Terminal, { subtaskId, result }: EndedMap, folder: string): Styled[] {
  const figures = MapSummarySchema.safeParse(result.figures);
  const files = FILES.map((name) => join(folder, subtaskId, name)).filter((file) => existsSync(file));
  return [
    say`${terminal.style('bold', subtaskId)}: ${result.summary}`,
    ...(figures.success ? figureLines(figures.data) : []).map((line) => terminal.style('yellow', say`  ${line}`)),
    ...files.map((file) => say`  ${terminal.style('cyan', file)}`),
  ];
}

/** The worst of them: why items have no result, where results agree least with gold, what took more than one tier. */
function figureLines({ deadLetters, agreement, tiers }: MapSummary): string[] {
  const byTier = tiers.map(({ tier, items }) => `${tier} ${count(items)}`);
  return [
    ...lineOf(
      'without a result',
      listed(deadLetters, ({ type, items }) => `${type} ${count(items)}`),
    ),
    ...lineOf('least like gold', agreement ? leastAgreement(agreement) : []),
    ...lineOf('by tier', byTier.length > 1 ? byTier : []),
  ];
}

/** Labels and fields that are right each time are left out. */
function leastAgreement(agreement: Agreement): string[] {
  if (agreement.kind === 'labels') {
    const unlike = agreement.labels.filter(({ f1, gold }) => gold > 0 && f1 !== 1);
    const worst = unlike.toSorted((a, b) => (a.f1 ?? 0) - (b.f1 ?? 0) || b.gold - a.gold);
    return listed(worst, ({ label, precision, recall }) => {
      return `${label} (precision ${percent(precision)}, recall ${percent(recall)})`;
    });
  }
  if (agreement.kind !== 'fields') return [];
  const unlike = agreement.fields.filter(({ share }) => share !== null && share < 1);
  const worst = unlike.toSorted((a, b) => (a.share ?? 0) - (b.share ?? 0));
  return listed(worst, ({ field, share }) => `${field} (${percent(share)} right)`);
}

function listed<One>(all: One[], text: (one: One) => string): string[] {
  const rest = all.length - MOST;
  return [...all.slice(0, MOST).map(text), ...(rest > 0 ? [`${count(rest)} more`] : [])];
}

const lineOf = (what: string, facts: string[]): string[] =>
  facts.length === 0 ? [] : [`${what}: ${facts.join(', ')}`];

const count = (value: number): string => value.toLocaleString('en');

const percent = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);
