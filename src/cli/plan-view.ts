/** The plan as lines of a terminal: state, tier, turns, cost, time; one subtask a line, cut to the width. */
import { formatUsd, isNearCap } from '../contracts/money.ts';
import { isBudgetStop } from './exit-codes.ts';
import { countText, durationText, failureText } from '../report/words.ts';
import { mapBar } from './map-view.ts';
import { say, type Styled, type Terminal } from './terminal.ts';
import type { ObjectiveJson, SubtaskView } from './view-json.ts';

const SIGNS: Record<SubtaskView['state'], [string, 'dim' | 'cyan' | 'green' | 'red' | 'yellow']> = {
  waiting: ['·', 'dim'],
  running: ['▶', 'cyan'],
  completed: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['–', 'yellow'],
  cancelled: ['–', 'yellow'],
};
const MOST_LINES = 40;
/** Of what stands below a title. */
const INDENT = 5;

export function planLines(terminal: Terminal, objective: ObjectiveJson, nowMs: number): Styled[] {
  const shown = inFocus(objective.subtasks);
  const width = Math.max(2, ...shown.map(({ id }) => id.length));
  const rest = objective.subtasks.length - shown.length;
  return [
    headLine(terminal, objective, nowMs),
    ...noticeLines(terminal, objective),
    ...shown.flatMap((subtask) => [
      subtaskLine(terminal, subtask, width, nowMs),
      ...(subtask.map ? [mapBar(terminal, subtask.map, width + INDENT)] : []),
    ]),
    ...(rest > 0 ? [terminal.style('dim', say`  … and ${countText(rest, 'more subtask', 'more subtasks')}`)] : []),
  ];
}

function headLine(
  terminal: Terminal,
  { status, phase, subtasks, costMicros, reservedMicros, budgetMicros, startedAtMs, endedAtMs }: ObjectiveJson,
  nowMs: number,
): Styled {
  const ended = subtasks.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  const took = startedAtMs === null ? '' : ` · ${durationText((endedAtMs ?? nowMs) - startedAtMs)}`;
  const held = reservedMicros > 0 ? ` (+ up to ${formatUsd(reservedMicros)} in flight)` : '';
  const spent = spentText(terminal, costMicros, budgetMicros);
  const what = phase === null || phase === 'ended' ? status : `${status}, ${phase}`;
  return say`${terminal.style('bold', what)} · ${ended} of ${countText(subtasks.length, 'subtask')} ended · ${spent}${held}${took}`;
}

function spentText(terminal: Terminal, costMicros: number, budgetMicros: number | null): Styled {
  if (budgetMicros === null) return say`${formatUsd(costMicros)}`;
  const text = say`${formatUsd(costMicros)} of ${formatUsd(budgetMicros)}`;
  return isNearCap(costMicros, budgetMicros) ? terminal.style('yellow', text) : text;
}

export const UNSANDBOXED_TEXT =
  'Agents run commands outside of a sandbox: the operator has switched it off (--sandbox none).';

function noticeLines(terminal: Terminal, { pause, notice, objectiveId, isUnsandboxed }: ObjectiveJson): Styled[] {
  return [
    ...(isUnsandboxed ? [terminal.style('red', UNSANDBOXED_TEXT)] : []),
    ...(pause
      ? [
          terminal.style(
            'yellow',
            say`paused: ${reasonText(pause)} · ${pauseText(pause)}${goOnText(pause, objectiveId)}`,
          ),
        ]
      : []),
    ...(notice === null ? [] : [terminal.style('yellow', say`${notice}`)]),
  ];
}

function goOnText(pause: NonNullable<ObjectiveJson['pause']>, objectiveId: string): string {
  if (isBudgetStop(pause)) return '';
  return ` · go on with: flotilla ${pause.reason === 'approval' ? 'approve' : 'resume'} ${objectiveId}`;
}

/** Money is what people look for first. */
export const reasonText = ({ reason }: NonNullable<ObjectiveJson['pause']>): string =>
  reason === 'BudgetExceeded' ? 'budget' : reason;

/** Why nothing moves: a person’s wish, an estimate, or a failure and what would help. */
export const pauseText = ({ reason, message }: NonNullable<ObjectiveJson['pause']>): string =>
  failureText({ type: reason, message });

function subtaskLine(terminal: Terminal, subtask: SubtaskView, width: number, nowMs: number): Styled {
  const { id, title, state, startedAtMs, endedAtMs, failure } = subtask;
  const [sign, style] = SIGNS[state];
  const took = startedAtMs === null ? '' : durationText((endedAtMs ?? nowMs) - startedAtMs);
  const facts = [...factsOf(subtask), took].filter((fact) => fact !== '').join(' · ');
  const why = failure && state !== 'completed' ? ` ${failure.type}` : '';
  const room = Math.max(10, terminal.columns - width - facts.length - why.length - 8);
  const name = title.length > room ? `${title.slice(0, room - 1)}…` : title;
  return say`  ${terminal.style(style, sign)} ${id.padEnd(width)} ${name}${terminal.style('red', why)}  ${terminal.style('dim', facts)}`;
}

function factsOf({ tier, turns, attempt, findings, costMicros, kind, isMerged }: SubtaskView): string[] {
  return [
    kind === 'code' ? kind : '',
    tier ?? (kind === 'check' ? 'command' : ''),
    ...countsOf({ kind, turns, attempt, findings, isMerged }),
    costMicros > 0 ? formatUsd(costMicros) : '',
  ];
}

/** Calls of a map are no turns. */
export const countsOf = ({
  kind,
  turns,
  attempt,
  findings,
  isMerged,
}: Pick<SubtaskView, 'kind' | 'turns' | 'attempt' | 'findings' | 'isMerged'>) => [
  turns > 0 && kind !== 'map' ? countText(turns, 'turn') : '',
  attempt > 1 ? `attempt ${attempt}` : '',
  findings > 0 ? countText(findings, 'finding') : '',
  isMerged ? 'merged' : '',
];

/** A long plan shows what runs and what failed first. */
function inFocus(subtasks: SubtaskView[]): SubtaskView[] {
  if (subtasks.length <= MOST_LINES) return subtasks;
  const weight = ({ state }: SubtaskView): number => ['running', 'failed', 'waiting'].indexOf(state) + 1 || 4;
  return subtasks.toSorted((a, b) => weight(a) - weight(b)).slice(0, MOST_LINES);
}
