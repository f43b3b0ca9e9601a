/** The report as one self-contained HTML file: no script, no request, nothing that a policy of `default-src 'none'` would stop. */
import { createHash } from 'node:crypto';
import { formatUsd } from '../contracts/money.ts';
import type { Report } from '../contracts/report.ts';
import { answerHtml } from './html-answer.ts';
import { cost, flagshipAlone } from './html-money.ts';
import { outputs, plan, timeline } from './html-plan.ts';
import { Html, html } from './html-template.ts';
import { STYLE } from './style.ts';
import {
  countText,
  failureText,
  isoText,
  orderedFindings,
  speedText,
  STAND_IN_NOTICE,
  subtaskTotals,
  UNSANDBOXED_NOTICE,
  wasUnsandboxed,
} from './words.ts';

/** As it is, not part of a template that a formatter may indent: the policy holds the hash of exactly this text. */
const STYLE_SHEET = new Html(`<style>${STYLE}</style>`);

/** Only our own style sheet, by its hash; anything else is refused by the browser. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

export function renderHtml(report: Report): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${report.title}</title>
        ${STYLE_SHEET}
      </head>
      <body>
        ${[head(report), answer(report), changes(report), findings(report), uncertain(report), plan(report), outputs(report), timeline(report), cost(report), flagshipAlone(report), workspace(report)]}
      </body>
    </html> `;
  return page.source;
}

function head(report: Report): Html {
  const failure = report.failure
    ? [html`<p class="failed notice"><b>${report.failure.type}</b>: ${failureText(report.failure)}</p>`]
    : [];
  const notice = report.isStandIn ? [html`<p class="notice">${STAND_IN_NOTICE}</p>`] : [];
  const unsandboxed = wasUnsandboxed(report) ? [html`<p class="failed notice">${UNSANDBOXED_NOTICE}</p>`] : [];
  return html`<header>
    <h1>${report.title}</h1>
    <p>
      <span class="badge ${report.status}">${report.status}</span> ${subtaskTotals(report)} ·
      ${countText(report.findings.length, 'finding')} · ${formatUsd(report.costMicros)} · ${speedText(report)}
    </p>
    <p class="quiet">Objective <code>${report.objectiveId}</code>, ended ${isoText(report.endedAtMs)}</p>
    ${failure}${unsandboxed}${notice}
  </header>`;
}

function answer({ answer: text, findings: all }: Report): Html {
  if (text === '') return html``;
  const ids = new Set(all.flatMap(({ id, duplicates }) => [id, ...duplicates]));
  return html`<section>
    <h2>Answer</h2>
    ${answerHtml(text, ids)}
  </section>`;
}

function findings(report: Report): Html {
  const entries = orderedFindings(report).map((finding) => {
    const { id, severity, title, path, startLine, endLine, area, quote, explanation, duplicates } = finding;
    const place = startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}–${endLine}`;
    const anchors = duplicates.map((other) => html`<a id="${other}"></a>`);
    const also = duplicates.length > 0 ? [html`<p class="quiet">Also reported as ${duplicates.join(', ')}.</p>`] : [];
    return html`<article id="${id}">
      ${anchors}
      <h3><span class="badge ${severity}">${severity}</span> ${title}</h3>
      <p class="quiet"><code>${place}</code>${area === '' ? '' : ` · ${area}`} · ${id}</p>
      <pre>${quote}</pre>
      <p>${explanation}</p>
      ${also}
    </article>`;
  });
  return html`<section>
    <h2>Findings</h2>
    ${entries.length > 0 ? entries : [html`<p>None.</p>`]}
  </section>`;
}

const MOST_FILES = 50;

function changes({ objectiveId, changes: merged }: Report): Html {
  if (merged.length === 0) return html``;
  const entries = merged.map(({ subtaskId, title, files, protected: kept }) => {
    const shown = files.slice(0, MOST_FILES).map(({ path, change }) => html`<li>${change} <code>${path}</code></li>`);
    const rest = files.length > MOST_FILES ? [html`<li>… and ${files.length - MOST_FILES} more</li>`] : [];
    const touched =
      kept.length > 0
        ? [html`<p class="failed">Judged with these as they had been: <code>${kept.join(', ')}</code></p>`]
        : [];
    return html`<article>
      <h3>${title}</h3>
      <p class="quiet">${subtaskId}</p>
      <ul>
        ${[...shown, ...rest]}
      </ul>
      ${touched}
    </article>`;
  });
  return html`<section>
    <h2>Changes</h2>
    <p class="quiet">
      <code>flotilla diff ${objectiveId}</code> shows them, <code>flotilla apply ${objectiveId}</code> brings them into the workspace.
    </p>
    ${entries}
  </section>`;
}

function uncertain({ uncertain: texts, subtasks }: Report): Html {
  const failed = subtasks.flatMap(({ id, failure, isReplaced }) => (failure && !isReplaced ? [{ id, failure }] : []));
  const entries = [
    ...texts.map((text) => html`<li>${text}</li>`),
    ...failed.map(
      ({ id, failure }) =>
        html`<li>Subtask <code>${id}</code> did not complete (${failure.type}): ${failureText(failure)}</li>`,
    ),
  ];
  return html`<section>
    <h2>Uncertain or failed</h2>
    ${
      entries.length > 0
        ? html`<ul>
            ${entries}
          </ul>`
        : html`<p>Nothing.</p>`
    }
  </section>`;
}

const MOST_LEFT_OUT = 50;

function workspace({ workspace: { path, ref, files, bytes, leftOut } }: Report): Html {
  const entries = leftOut
    .slice(0, MOST_LEFT_OUT)
    .map((entry) => html`<li><code>${entry.path}</code>: ${entry.reason}</li>`);
  const more = leftOut.length > MOST_LEFT_OUT ? [html`<li>… ${leftOut.length - MOST_LEFT_OUT} more</li>`] : [];
  const left =
    leftOut.length > 0
      ? [
          html`<p>Left out:</p>
            <ul>
              ${[...entries, ...more]}
            </ul>`,
        ]
      : [];
  return html`<section>
    <h2>Workspace</h2>
    <p>
      <code>${path}</code>: ${countText(files, 'file')}, ${bytes.toLocaleString('en')} bytes, frozen as
      <code>${ref}</code>.
    </p>
    ${left}
  </section>`;
}
