/** A plan before it runs: its subtasks as they were planned, and what they may cost, as lines of a terminal. */
import type { Basis, Estimate, Range, SubtaskEstimate } from '../contracts/estimate.ts';
import { formatUsd, roughUsd } from '../contracts/money.ts';
import type { Plan } from '../contracts/plan.ts';
import { countText, durationText } from '../report/words.ts';
import { say, type Styled, type Terminal } from './terminal.ts';

const MOST_LINES = 100;

export function subtaskLines(terminal: Terminal, { subtasks }: Plan): Styled[] {
  return subtasks.flatMap((subtask) => {
    const { id, kind, title, dependsOn } = subtask;
    const needs = dependsOn.length > 0 ? terminal.style('dim', `  needs ${dependsOn.join(', ')}`) : say``;
    const head = say`${terminal.style('bold', id)} (${kind}): ${title}${needs}`;
    const says = 'instructions' in subtask ? subtask.instructions : '';
    return says === '' ? [head] : [head, terminal.style('dim', say`    ${says}`)];
  });
}

export function estimateLines(terminal: Terminal, estimate: Estimate): Styled[] {
  const { subtasks, manager, tiers, costMicros, seconds, slots, spentMicros, basedOn } = estimate;
  const shown = subtasks.slice(0, MOST_LINES).map((line) => ({ ...line, on: placeOf(line) }));
  const rows = [
    ['subtask', 'kind', 'tier', 'cost', 'time', 'based on'],
    ...shown.map((line) => [
      line.id,
      line.kind,
      line.on,
      costText(line.costMicros),
      timeText(line.seconds),
      basisText(line.basis),
    ]),
    ...manager.calls.map((call) => [
      ...['manager', call.tries > 1 ? `${call.purpose}, up to ${call.tries}` : call.purpose, call.tier],
      ...[costText(call.costMicros), timeText(call.seconds), basisText(call.basis)],
    ]),
  ];
  const [head = say``, ...table] = columns(rows);
  const rest = subtasks.length - shown.length;
  return [
    terminal.style('dim', head),
    ...table,
    ...(rest > 0 ? [say`… and ${countText(rest, 'more subtask')}`] : []),
    ...tiers.map(({ tier, model, costMicros: cost }) => say`on ${tier} (${model}): ${costText(cost)}`),
    say`${terminal.style('bold', 'in all')}: ${costText(costMicros)}; ${timeText(seconds)} with ${slots} at once`,
    ...(spentMicros > 0 ? [say`spent already: ${formatUsd(spentMicros)}`] : []),
    ...boundLines(terminal, estimate),
    terminal.style(
      'dim',
      say`Likely, then from the best to the worst: first tries that go well; every try of the ladder, each a long one. What the manager may add later is not in it. Seen: ${countText(basedOn.files, 'file')} of ${countText(basedOn.bytes, 'byte')}, ${countText(basedOn.objectives, 'past objective')}. Assumed figures are at the list price of the tier’s model.`,
    ),
  ];
}

function boundLines(terminal: Terminal, { costMicros, budgetMicros, approveAboveMicros }: Estimate): Styled[] {
  const line = (text: string): Styled => terminal.style('yellow', text);
  return [
    ...(budgetMicros !== null && costMicros.high > budgetMicros
      ? [line(`The budget of ${formatUsd(budgetMicros)} stops it before the worst.`)]
      : []),
    ...(approveAboveMicros !== null && costMicros.high > approveAboveMicros
      ? [line(`Above ${formatUsd(approveAboveMicros)}: it waits for approval before a subtask starts.`)]
      : []),
  ];
}

const placeOf = ({ tier, rungs }: SubtaskEstimate): string =>
  `${tier ?? 'command'}${rungs.some(({ purpose }) => purpose === 'judge') ? ', judged' : ''}`;

const costText = ({ low, likely, high }: Range): string =>
  high === 0 ? '$0' : `${roughUsd(likely)} (${roughUsd(low)} to ${roughUsd(high)})`;

const timeText = (range: Range): string => {
  const [low, likely, high] = [range.low, range.likely, range.high].map((each) => durationText(each * 1000));
  return `${likely} (${low} to ${high})`;
};

function basisText(basis: Basis): string {
  if (basis.kind === 'command') return 'its time-out';
  if (basis.kind === 'history') return countText(basis.attempts, 'past attempt');
  return [
    'assumed',
    ...(basis.attempts > 0 ? [`${countText(basis.attempts, 'past attempt')}: too few`] : []),
    ...(basis.standInAttempts > 0 ? [`${basis.standInAttempts} of the stand-in do not count`] : []),
  ].join('; ');
}

function columns(rows: string[][]): Styled[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), []);
  return rows.map(
    (row) =>
      say`${row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
}
