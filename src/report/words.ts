/** Numbers, times and failures in the words that documents and terminals use. */
import { FAILURES, isFailureType } from '../contracts/failures.ts';
import type { Report, ReportSubtask } from '../contracts/report.ts';

export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 90) return `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export const elapsedMs = (
  { startedAtMs, endedAtMs }: Pick<ReportSubtask, 'startedAtMs' | 'endedAtMs'>,
  until: number,
): number => (startedAtMs === null ? 0 : (endedAtMs ?? until) - startedAtMs);

export const UNSANDBOXED_NOTICE =
  'Commands that agents chose ran outside of a sandbox: the operator had switched it off (--sandbox none).';

/** Reports of before knew it of what was merged alone. */
export const wasUnsandboxed = ({ isUnsandboxed, changes }: Pick<Report, 'isUnsandboxed' | 'changes'>): boolean =>
  isUnsandboxed || changes.some((change) => change.isUnsandboxed);

export const STAND_IN_NOTICE =
  'The answers in this report came from the stand-in, a program that follows rules. It is not a language model; costs are what the models it stands in for would have charged.';

/** `3 of 4 subtasks completed, 1 failed` */
export function subtaskTotals({ subtasks }: Pick<Report, 'subtasks'>): string {
  const count = (state: string): number => subtasks.filter((subtask) => subtask.state === state).length;
  const others = ['failed', 'skipped', 'cancelled']
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  return [`${count('completed')} of ${countText(subtasks.length, 'subtask')} completed`, ...others].join(', ');
}

/** How much shorter the run was than its subtasks one after the other. */
export function speedText({
  serialMs,
  startedAtMs,
  endedAtMs,
}: Pick<Report, 'serialMs' | 'startedAtMs' | 'endedAtMs'>): string {
  const tookMs = endedAtMs - startedAtMs;
  return `took ${durationText(tookMs)}; the subtasks one after the other, ${durationText(serialMs)}`;
}

/** What went wrong, and what a person can do about it. */
export const failureText = ({ type, message }: { type: string; message: string }): string =>
  isFailureType(type) ? `${message} What would help: ${FAILURES[type].help}.` : message;

export const isoText = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z/, ' UTC');

/** Findings with evidence, the manager's key findings first. */
export function orderedFindings({
  findings,
  keyFindings,
}: Pick<Report, 'findings' | 'keyFindings'>): Report['findings'] {
  const key = keyFindings.flatMap((id) =>
    findings.filter((finding) => finding.id === id || finding.duplicates.includes(id)),
  );
  const first = new Set(key);
  return [...first, ...findings.filter((finding) => !first.has(finding))];
}
