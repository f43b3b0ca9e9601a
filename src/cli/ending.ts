/** What a person reads when an objective has ended: the answer, the worst findings, where the report is. */
import type { ObjectiveHandle } from '../client/objective-handle.ts';
import { formatUsd } from '../contracts/money.ts';
import type { Report } from '../contracts/report.ts';
import {
  countText,
  failureText,
  orderedFindings,
  speedText,
  STAND_IN_NOTICE,
  subtaskTotals,
  UNSANDBOXED_NOTICE,
  wasUnsandboxed,
} from '../report/words.ts';
import { mapEnding } from './map-ending.ts';
import { say, type Terminal } from './terminal.ts';
import type { ObjectiveJson } from './view-json.ts';

const MOST_FINDINGS = 5;
const MOST_FAILURES = 5;

type Ended = Pick<ObjectiveHandle, 'report' | 'mapResults'>;

export async function printEnding(
  terminal: Terminal,
  handle: Ended,
  { report: folder, failure, objectiveId }: Pick<ObjectiveJson, 'report' | 'failure' | 'objectiveId'>,
): Promise<void> {
  const report = await handle.report();
  if (!report) return void terminal.line(say`There is no report of ${objectiveId}.`);
  terminal.line();
  if (failure) terminal.line(terminal.style('red', say`${failure.type}: ${failureText(failure)}`));
  printFailures(terminal, report);
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
  printChanges(terminal, report);
  if (folder !== null) await printMaps(terminal, handle, folder);
  terminal.line();
  terminal.line(
    say`${terminal.style('bold', report.status)}: ${subtaskTotals(report)}, ${countText(report.findings.length, 'finding')}, ${formatUsd(report.costMicros)}; ${speedText(report)}`,
  );
  if (wasUnsandboxed(report)) terminal.line(terminal.style('red', UNSANDBOXED_NOTICE));
  if (report.isStandIn) terminal.line(terminal.style('yellow', STAND_IN_NOTICE));
  if (folder !== null) terminal.line(say`Report: ${terminal.style('cyan', `${folder}/report.html`)}`);
}

function printChanges(terminal: Terminal, { objectiveId, changes }: Report): void {
  if (changes.length === 0) return;
  terminal.line();
  for (const { subtaskId, title, files, protected: kept } of changes) {
    terminal.line(
      say`  ${terminal.style('green', 'merged')} ${title} ${terminal.style('dim', `${subtaskId}, ${countText(files.length, 'file')}`)}`,
    );
    if (kept.length > 0)
      terminal.line(
        terminal.style('red', say`    touches files that were judged as they had been: ${kept.join(', ')}`),
      );
  }
  terminal.line(
    say`  ${terminal.style('cyan', `flotilla diff ${objectiveId}`)} shows the changes, ${terminal.style('cyan', `flotilla apply ${objectiveId}`)} brings them into the workspace`,
  );
}

/** Why subtasks failed: an objective says only that they did. */
function printFailures(terminal: Terminal, { subtasks }: Report): void {
  const failed = subtasks.filter(({ state, isReplaced }) => state === 'failed' && !isReplaced);
  for (const { id, failure } of failed.slice(0, MOST_FAILURES)) {
    if (failure) terminal.text(`  ${id}: ${failureText(failure)}`);
  }
  const rest = failed.length - MOST_FAILURES;
  if (rest > 0) terminal.line(terminal.style('dim', say`  … and ${rest} more in the report`));
}

async function printMaps(terminal: Terminal, handle: Ended, folder: string): Promise<void> {
  for (const map of await handle.mapResults()) {
    for (const line of mapEnding(terminal, map, folder)) terminal.line(line);
  }
}
