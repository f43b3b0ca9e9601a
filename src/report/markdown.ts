/** The report as Markdown. Every text of a model, tool or file passes through `safeText`, and can't leave its place. */
import { formatUsd } from '../contracts/money.ts';
import type { Report, ReportSubtask } from '../contracts/report.ts';
import { containedMarkdown, fenced } from './markdown-answer.ts';
import { cost, flagshipAlone } from './markdown-money.ts';
import { code, inline, quoted } from './markdown-text.ts';
import { subtaskCostText } from './money-words.ts';
import {
  countText,
  durationText,
  elapsedMs,
  failureText,
  isoText,
  orderedFindings,
  speedText,
  STAND_IN_NOTICE,
  subtaskTotals,
  UNSANDBOXED_NOTICE,
  wasUnsandboxed,
} from './words.ts';

export function renderMarkdown(report: Report): string {
  const sections = [
    head(report),
    report.answer === '' ? '' : `## Answer\n\n${containedMarkdown(report.answer)}`,
    changes(report),
    findings(report),
    uncertain(report),
    plan(report),
    outputs(report),
    timeline(report),
    cost(report),
    flagshipAlone(report),
    workspace(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function head(report: Report): string {
  const lines = [
    `# ${inline(report.title)}`,
    '',
    `**${report.status}** · ${subtaskTotals(report)} · ${countText(report.findings.length, 'finding')} · ${formatUsd(report.costMicros)} · ${speedText(report)}`,
    '',
    `Objective \`${report.objectiveId}\`, ended ${isoText(report.endedAtMs)}`,
  ];
  if (report.failure) lines.push('', `> **${report.failure.type}**: ${inline(failureText(report.failure))}`);
  if (wasUnsandboxed(report)) lines.push('', `> **${UNSANDBOXED_NOTICE}**`);
  if (report.isStandIn) lines.push('', `> ${STAND_IN_NOTICE}`);
  return lines.join('\n');
}

function findings(report: Report): string {
  if (report.findings.length === 0) return '## Findings\n\nNone.';
  const entries = orderedFindings(report).map(
    ({ id, severity, title, area, path, startLine, endLine, explanation, quote, duplicates }) => {
      const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}–${endLine}`;
      const also =
        duplicates.length > 0 ? `\n\nAlso reported as ${duplicates.map((other) => `\`${other}\``).join(', ')}.` : '';
      const where = `${code(path)}, ${lines}${area === '' ? '' : ` · ${inline(area)}`}`;
      return `### ${severity}: ${inline(title)} [${id}]\n\n${where}\n\n${fenced(quote)}\n\n${quoted(explanation)}${also}`;
    },
  );
  return `## Findings\n\n${entries.join('\n\n')}`;
}

const MOST_FILES = 50;

function changes({ objectiveId, changes: merged }: Report): string {
  if (merged.length === 0) return '';
  const entries = merged.map(({ subtaskId, title, files, protected: kept }) => {
    const shown = files.slice(0, MOST_FILES).map(({ path, change }) => `- ${change} ${code(path)}`);
    const rest = files.length > MOST_FILES ? [`- … and ${files.length - MOST_FILES} more`] : [];
    const touched = kept.length > 0 ? [`\nJudged with these as they had been: ${kept.map(code).join(', ')}.`] : [];
    return [`### ${inline(title)} [${subtaskId}]\n`, ...shown, ...rest, ...touched].join('\n');
  });
  return `## Changes\n\n\`flotilla diff ${objectiveId}\` shows them, \`flotilla apply ${objectiveId}\` brings them into the workspace.\n\n${entries.join('\n\n')}`;
}

function uncertain({ uncertain: texts, subtasks }: Report): string {
  const failed = subtasks.flatMap(({ id, failure, isReplaced }) => (failure && !isReplaced ? [{ id, failure }] : []));
  const lines = [
    ...texts.map((text) => `- ${inline(text)}`),
    ...failed.map(
      ({ id, failure }) => `- Subtask \`${id}\` did not complete (${failure.type}): ${inline(failureText(failure))}`,
    ),
  ];
  return `## Uncertain or failed\n\n${lines.join('\n') || 'Nothing.'}`;
}

function plan({ subtasks, rounds }: Report): string {
  const rows = subtasks.map(
    ({ id, title, kind, runsOn, state, attempts, costMicros, findings: found, dependsOn, round }) =>
      `| \`${id}\` | ${inline(title)} | ${kind} | ${runsOn ?? '–'} | ${state} | ${attempts} | ${subtaskCostText({ costMicros })} | ${found} | ${dependsOn.join(', ') || '–'} | ${round} |`,
  );
  const why = rounds.map(
    ({ round, rationale, added }) => `${round}. ${countText(added, 'subtask')}: ${inline(rationale)}`,
  );
  const header =
    '| id | subtask | kind | tier | state | attempts | cost | findings | needs | round |\n|---|---|---|---|---|---|---|---|---|---|';
  return `## Plan\n\n${why.join('\n')}\n\n${header}\n${rows.join('\n')}`;
}

function outputs({ subtasks }: Report): string {
  const shown = subtasks.filter(({ output }) => output !== '');
  if (shown.length === 0) return '';
  return `## Output\n\n${shown.map(({ id, output }) => `### \`${id}\`\n\n${fenced(output)}`).join('\n\n')}`;
}

function timeline(report: Report): string {
  const rows = report.subtasks
    .filter((subtask): subtask is ReportSubtask & { startedAtMs: number } => subtask.startedAtMs !== null)
    .map(
      (subtask) =>
        `| \`${subtask.id}\` | ${durationText(subtask.startedAtMs - report.startedAtMs)} | ${durationText(elapsedMs(subtask, report.endedAtMs))} |`,
    );
  return `## Timeline\n\nThe run ${speedText(report)}.\n\n| subtask | started after | took |\n|---|---|---|\n${rows.join('\n')}`;
}

const MOST_LEFT_OUT = 50;

function workspace({ workspace: { path, ref, files, bytes, leftOut } }: Report): string {
  const lines = leftOut.slice(0, MOST_LEFT_OUT).map((entry) => `- ${code(entry.path)}: ${inline(entry.reason)}`);
  const more = leftOut.length > MOST_LEFT_OUT ? [`- … ${leftOut.length - MOST_LEFT_OUT} more`] : [];
  const left = leftOut.length > 0 ? `\n\nLeft out:\n\n${[...lines, ...more].join('\n')}` : '';
  return `## Workspace\n\n${code(path)}: ${countText(files, 'file')}, ${bytes.toLocaleString('en')} bytes, frozen as \`${ref}\`.${left}`;
}
