/** What a person reads when an objective has ended: the answer, the worst findings, where the report is. */
import type { ObjectiveHandle } from '../client/objective-handle.ts';
import { formatUsd } from '../contracts/money.ts';
import { countText, failureText, orderedFindings, speedText, STAND_IN_NOTICE, subtaskTotals } from '../report/words.ts';
import { say, type Terminal } from './terminal.ts';
import type { ObjectiveJson } from './view-json.ts';

const MOST_FINDINGS = 5;

export async function printEnding(
  terminal: Terminal,
  handle: ObjectiveHandle,
  { report: folder, failure, objectiveId }: ObjectiveJson,
): Promise<void> {
  const report = await handle.report();
  if (!report) return void terminal.line(say`There is no report of ${objectiveId}.`);
  terminal.line();
  if (failure) terminal.line(terminal.style('red', say`${failure.type}: ${failureText(failure)}`));
  if (report.answer !== '') terminal.text(report.answer);
  const findings = orderedFindings(report).slice(0, MOST_FINDINGS);
  if (findings.length > 0) terminal.line();
  for (const { severity, title, path, startLine } of findings) {
    terminal.line(
      say`  ${terminal.style(severity === 'critical' || severity === 'high' ? 'red' : 'yellow', severity)} ${title} ${terminal.style('dim', `${path}:${startLine}`)}`,
    );
  }
  const rest = report.findings.length - findings.length;
  if (rest > 0) terminal.line(terminal.style('dim', say`  … and ${rest} more in the report`));
  terminal.line();
  terminal.line(
    say`${terminal.style('bold', report.status)}: ${subtaskTotals(report)}, ${countText(report.findings.length, 'finding')}, ${formatUsd(report.costMicros)}; ${speedText(report)}`,
  );
  if (report.isStandIn) terminal.line(terminal.style('yellow', STAND_IN_NOTICE));
  if (folder !== null) terminal.line(say`Report: ${terminal.style('cyan', `${folder}/report.html`)}`);
}
