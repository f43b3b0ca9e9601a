/** Three sections of the HTML report: the plan with its rounds, what attempts left, and when each subtask ran. */
import type { Report } from '../contracts/report.ts';
import { type Html, html } from './html-template.ts';
import { timelineSvg } from './html-timeline.ts';
import { subtaskCostText } from './money-words.ts';
import { countText, durationText, elapsedMs, speedText } from './words.ts';

export function plan({ subtasks, rounds }: Report): Html {
  const why = rounds.map(({ added, rationale }) => html`<li>${countText(added, 'subtask')}: ${rationale}</li>`);
  const rows = subtasks.map(
    ({ id, title, kind, runsOn, state, attempts, costMicros, findings: found, dependsOn, round }) =>
      html`<tr>
        <td><code>${id}</code></td>
        <td>${title}</td>
        <td>${kind}</td>
        <td>${runsOn ?? '–'}</td>
        <td><span class="badge ${state}">${state}</span></td>
        <td class="n">${attempts}</td>
        <td class="n">${subtaskCostText({ costMicros })}</td>
        <td class="n">${found}</td>
        <td>${dependsOn.join(', ') || '–'}</td>
        <td class="n">${round}</td>
      </tr>`,
  );
  return html`<section>
    <h2>Plan</h2>
    <ol>
      ${why}
    </ol>
    <table>
      <tr>
        <th>id</th>
        <th>subtask</th>
        <th>kind</th>
        <th>tier</th>
        <th>state</th>
        <th class="n">attempts</th>
        <th class="n">cost</th>
        <th class="n">findings</th>
        <th>needs</th>
        <th class="n">round</th>
      </tr>
      ${rows}
    </table>
  </section>`;
}

export function outputs({ subtasks }: Report): Html {
  const shown = subtasks.filter(({ output }) => output !== '');
  if (shown.length === 0) return html``;
  return html`<section>
    <h2>Output</h2>
    ${shown.map(
      ({ id, output }) =>
        html`<h3><code>${id}</code></h3>
          <pre>${output}</pre>`,
    )}
  </section>`;
}

export function timeline(report: Report): Html {
  const rows = report.subtasks
    .filter(({ startedAtMs }) => startedAtMs !== null)
    .map(
      (subtask) =>
        html`<tr>
          <td><code>${subtask.id}</code></td>
          <td class="n">${durationText(elapsedMs(subtask, report.endedAtMs))}</td>
        </tr>`,
    );
  return html`<section>
    <h2>Timeline</h2>
    <p>The run ${speedText(report)}.</p>
    ${timelineSvg(report)}
    <details>
      <summary>As a table</summary>
      <table>
        <tr>
          <th>subtask</th>
          <th class="n">took</th>
        </tr>
        ${rows}
      </table>
    </details>
  </section>`;
}
