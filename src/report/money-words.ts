/** The money of a report in the words that all its documents use. */
import { formatUsd } from '../contracts/money.ts';
import type { Report } from '../contracts/report.ts';
import type { Costs, Counterfactual } from '../contracts/report-money.ts';
import { countText } from './words.ts';

/** `+$1.20`, `−$0.30`, `$0`. */
export const signedUsd = (micros: number): string => `${signOf(micros)}${formatUsd(Math.abs(micros))}`;

const signOf = (amount: number): string => (amount > 0 ? '+' : amount < 0 ? '−' : '');

const signedPercent = (percent: number): string => `${signOf(percent)}${percentText(Math.abs(percent))}`;

const percentText = (percent: number): string => `${percent.toLocaleString('en', { maximumFractionDigits: 1 })} %`;

const shareText = (part: number, whole: number): string => (whole === 0 ? '–' : percentText((part / whole) * 100));

/** What the money went into: name, cost, share of the whole. */
export function costRows(costs: Costs): [string, string, string][] {
  const { planningMicros, judgingMicros, answerMicros, acceptedMicros, notAcceptedMicros } = costs;
  const rows: [string, number][] = [
    ['planning', planningMicros],
    ['judging', judgingMicros],
    ['the answer', answerMicros],
    ['accepted work', acceptedMicros],
    ['work that was not accepted', notAcceptedMicros],
  ];
  const whole = rows.reduce((sum, [, micros]) => sum + micros, 0);
  return rows.map(([name, micros]) => [name, formatUsd(micros), shareText(micros, whole)]);
}

export function costFacts(costs: Costs): string[] {
  const { acceptedSubtasks, perAcceptedMicros, cacheHitRate, unusableMicros, repaidMicros, inDoubtMicros } = costs;
  return [
    perAcceptedMicros === null
      ? 'No subtask with a model was accepted.'
      : `${formatUsd(perAcceptedMicros)} by accepted subtask: everything that was spent, over ${countText(acceptedSubtasks, 'subtask')} with a model.`,
    cacheHitRate === null
      ? 'No input was counted.'
      : `${shareText(cacheHitRate, 1)} of the input tokens were read from a cache.`,
    `${formatUsd(repaidMicros)} paid again for requests that had been billed or may have been, ${formatUsd(unusableMicros)} for answers that could not be used, ${formatUsd(inDoubtMicros)} in doubt.`,
  ];
}

/** Nothing where there is nothing to compare: then the assumptions say so. */
export function counterfactualFacts(compared: Counterfactual): string[] {
  const { flagship, costMicros, lowMicros, highMicros, savedMicros, savedPercent } = compared;
  if (highMicros === 0 && costMicros === 0) return [];
  const [low, high] = (['low', 'high'] as const).map((end) => {
    const percent = savedPercent ? ` (${signedPercent(savedPercent[end])})` : '';
    return `${signedUsd(savedMicros[end])}${percent}`;
  });
  return [
    `Alone, ${flagship} would have cost ${formatUsd(lowMicros)} to ${formatUsd(highMicros)}; this run cost ${formatUsd(costMicros)}.`,
    `Saved: ${low} to ${high}. Where that is negative, the flagship alone would have been cheaper.`,
  ];
}

/** Case, its cost, what this run saved against it. */
export const caseRows = ({ cases, costMicros }: Counterfactual): [string, string, string][] =>
  cases.map((each) => [each.means, formatUsd(each.costMicros), signedUsd(each.costMicros - costMicros)]);

/** For tables: reports of before have none. */
export const subtaskCostText = ({ costMicros }: Pick<Report['subtasks'][number], 'costMicros'>): string =>
  costMicros === null ? '–' : formatUsd(costMicros);
