/** Two sections of the Markdown report: what the objective cost, and what the flagship alone would have. */
import { formatUsd } from '../contracts/money.ts';
import type { Report } from '../contracts/report.ts';
import { inline } from './markdown-text.ts';
import { caseRows, costFacts, costRows, counterfactualFacts } from './money-words.ts';

export function cost({ spend, costMicros, budgetMicros, costs }: Report): string {
  const rows = spend.map(
    (line) =>
      `| ${line.tier} | ${inline(line.model)} | ${line.calls} | ${line.inputTokens.toLocaleString('en')} (${line.cachedInputTokens.toLocaleString('en')} cached) | ${line.outputTokens.toLocaleString('en')} (${line.reasoningTokens.toLocaleString('en')} reasoning) | ${formatUsd(line.settledMicros)} | ${formatUsd(line.inDoubtMicros)} |`,
  );
  const cap = budgetMicros === null ? 'no cap was set' : `the cap was ${formatUsd(budgetMicros)}`;
  const tiers = `| tier | model | calls | input tokens | output tokens | settled | in doubt |\n|---|---|---|---|---|---|---|\n${rows.join('\n')}`;
  const uses = costs
    ? [`| went into | cost | share |\n|---|---|---|\n${tableRows(costRows(costs))}`, list(costFacts(costs))]
    : [];
  return ['## Cost', `${formatUsd(costMicros)} in all; ${cap}.`, tiers, ...uses].join('\n\n');
}

export function flagshipAlone({ counterfactual: compared }: Report): string {
  if (!compared) return '';
  const facts = counterfactualFacts(compared).map(inline);
  const cases = `| its tokens | cost | saved |\n|---|---|---|\n${tableRows(caseRows(compared))}`;
  const assumed = `Assumed:\n\n${list(compared.assumptions)}`;
  return ['## The flagship alone', ...facts, ...(facts.length > 0 ? [cases] : []), assumed].join('\n\n');
}

const tableRows = (rows: string[][]): string => rows.map((cells) => `| ${cells.map(inline).join(' | ')} |`).join('\n');

const list = (lines: string[]): string => lines.map((line) => `- ${inline(line)}`).join('\n');
