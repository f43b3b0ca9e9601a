/** Two sections of the HTML report: what the objective cost, and what the flagship alone would have. */
import { formatUsd } from '../contracts/money.ts';
import type { Report } from '../contracts/report.ts';
import { type Html, html } from './html-template.ts';
import { caseRows, costFacts, costRows, counterfactualFacts } from './money-words.ts';

export function cost({ spend, costMicros, budgetMicros, costs }: Report): Html {
  const rows = spend.map(
    (line) =>
      html`<tr>
        <td>${line.tier}</td>
        <td>${line.model}</td>
        <td class="n">${line.calls}</td>
        <td class="n">${line.inputTokens.toLocaleString('en')}</td>
        <td class="n">${line.cachedInputTokens.toLocaleString('en')}</td>
        <td class="n">${line.outputTokens.toLocaleString('en')}</td>
        <td class="n">${line.reasoningTokens.toLocaleString('en')}</td>
        <td class="n">${formatUsd(line.settledMicros)}</td>
        <td class="n">${formatUsd(line.inDoubtMicros)}</td>
      </tr>`,
  );
  const cap = budgetMicros === null ? 'no cap was set' : `the cap was ${formatUsd(budgetMicros)}`;
  return html`<section>
    <h2>Cost</h2>
    <p>${formatUsd(costMicros)} in all; ${cap}.</p>
    <table>
      <tr>
        <th>tier</th>
        <th>model</th>
        <th class="n">calls</th>
        <th class="n">input tokens</th>
        <th class="n">of these cached</th>
        <th class="n">output tokens</th>
        <th class="n">of these reasoning</th>
        <th class="n">settled</th>
        <th class="n">in doubt</th>
      </tr>
      ${rows}
    </table>
    ${costs ? [sums(['went into', 'cost', 'share'], costRows(costs)), list(costFacts(costs))] : []}
  </section>`;
}

export function flagshipAlone({ counterfactual: compared }: Report): Html {
  if (!compared) return html``;
  const facts = counterfactualFacts(compared);
  return html`<section>
    <h2>The flagship alone</h2>
    ${facts.map((fact) => html`<p>${fact}</p>`)}
    ${facts.length > 0 ? [sums(['its tokens', 'cost', 'saved'], caseRows(compared))] : []}
    <p>Assumed:</p>
    ${list(compared.assumptions)}
  </section>`;
}

type Row = [string, string, string];

const sums = ([name, first, second]: Row, rows: Row[]): Html =>
  html`<table>
    <tr>
      <th>${name}</th>
      <th class="n">${first}</th>
      <th class="n">${second}</th>
    </tr>
    ${rows.map(
      (cells) =>
        html`<tr>
          <td>${cells[0]}</td>
          <td class="n">${cells[1]}</td>
          <td class="n">${cells[2]}</td>
        </tr>`,
    )}
  </table>`;

const list = (lines: string[]): Html =>
  html`<ul>
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;
