/** The timeline as inline SVG: one bar per subtask, in the order of starting. Attributes only, so that no style policy is touched. */
import type { Report } from '../contracts/report.ts';
import type { Html } from './html-template.ts';
import { html } from './html-template.ts';
import { durationText, elapsedMs } from './words.ts';

const ROW = 22;
const LABEL = 190;
const WIDTH = 900;
const MOST_ROWS = 200;

export function timelineSvg(report: Report): Html {
  const span = Math.max(1, report.endedAtMs - report.startedAtMs);
  const scale = (ms: number): number => Number(((ms / span) * (WIDTH - LABEL - 80)).toFixed(1));
  const started = report.subtasks
    .flatMap((subtask) => (subtask.startedAtMs === null ? [] : [{ ...subtask, startedAtMs: subtask.startedAtMs }]))
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
    .slice(0, MOST_ROWS);
  if (started.length === 0) return html``;
  const bars = started.map((subtask, row) => {
    const x = LABEL + scale(subtask.startedAtMs - report.startedAtMs);
    const width = Math.max(2, scale(elapsedMs(subtask, report.endedAtMs)));
    const y = row * ROW;
    return html`<text x="0" y="${y + 15}">${subtask.id}</text
      ><rect class="${subtask.state}" x="${x}" y="${y + 3}" width="${width}" height="${ROW - 6}" rx="3"></rect
      ><text x="${x + width + 6}" y="${y + 15}">${durationText(elapsedMs(subtask, report.endedAtMs))}</text>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${started.length * ROW}" role="img" aria-label="When each subtask ran">
    ${bars}
  </svg>`;
}
