/** What the Web UI shows of an objective: search attributes, memo, and the plan as a table in the current details. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Tier } from '../src/contracts/addresses.ts';
import type { Kind } from '../src/contracts/kinds.ts';
import { formatUsd, isNearCap, toUsd } from '../src/contracts/money.ts';
import type { MapProgress } from '../src/contracts/map-run.ts';
import type { Progress, Spend, SubtaskRecord } from '../src/contracts/objective.ts';

const STATUS = defineSearchAttributeKey('FlotillaStatus', SearchAttributeType.KEYWORD);
const KIND = defineSearchAttributeKey('FlotillaKind', SearchAttributeType.KEYWORD);
const TIER = defineSearchAttributeKey('FlotillaTier', SearchAttributeType.KEYWORD);
const COST = defineSearchAttributeKey('FlotillaCostUsd', SearchAttributeType.DOUBLE);
const CAP = defineSearchAttributeKey('FlotillaCapUsd', SearchAttributeType.DOUBLE);

/** Costs are shown at the boundaries of subtasks, but where these follow close on each other, not at every one. */
const COST_EVERY_MS = 1000;

/** Only what differs from what was shown last is written: each upsert is an event here and a write in the server's index. */
export class Shown {
  readonly #hasSearchAttributes: boolean;
  #status = '';
  #costMicros = -1;
  #capMicros: number | null = null;
  #atMs = 0;

  constructor(hasSearchAttributes: boolean) {
    this.#hasSearchAttributes = hasSearchAttributes;
  }

  update({ status, spend: { costMicros }, capMicros = null }: Standing, nowMs: number): void {
    const isCostDue = costMicros !== this.#costMicros && nowMs - this.#atMs >= COST_EVERY_MS;
    const isSame = status === this.#status && capMicros === this.#capMicros && !isCostDue;
    if (isSame || !this.#hasSearchAttributes) return;
    [this.#status, this.#costMicros, this.#capMicros, this.#atMs] = [status, costMicros, capMicros, nowMs];
    upsertSearchAttributes([
      { key: STATUS, value: status },
      { key: COST, value: toUsd(costMicros) },
      ...(capMicros === null ? [] : [{ key: CAP, value: toUsd(capMicros) }]),
    ]);
  }
}

/** How an objective or one of its subagents stands. */
export interface Standing {
  status: string;
  spend: Spend;
  capMicros?: number | null;
}

/** What a subagent starts with. */
export const subagentAttributes = (kind: Kind, tier: Tier) => [
  { key: STATUS, value: 'running' },
  { key: KIND, value: kind },
  { key: TIER, value: tier },
];

export function showCost(costMicros: number): void {
  upsertMemo({ cost: formatUsd(costMicros) });
}

/** Markdown; at most 20,000 bytes are taken by the server. */
export function showProgress(progress: Progress): void {
  setCurrentDetails(detailsOf(progress));
}

const MOST_ROWS = 60;

export function detailsOf(progress: Progress): string {
  const { status, phase, pause, subtasks, rounds, failure } = progress;
  const ended = subtasks.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  const head = `**${status}**, ${phase} · ${ended} of ${subtasks.length} subtasks ended · ${spendText(progress)}`;
  const notes = [
    ...(pause ? [`Paused: ${pause.reason}. ${plain(pause.message)}`] : []),
    ...(failure ? [`${failure.type}: ${plain(failure.message)}`] : []),
    ...(rounds.length > 1 ? [`Round ${rounds.length}: ${plain(rounds.at(-1)?.rationale ?? '')}`] : []),
  ];
  if (subtasks.length === 0) return [head, ...notes].join('\n\n');
  const rows = byState(subtasks).slice(0, MOST_ROWS).map(row);
  const more = subtasks.length > MOST_ROWS ? [`… and ${subtasks.length - MOST_ROWS} more`] : [];
  const table = [
    cells('subtask', 'title', 'kind', 'tier', 'state', 'try', 'findings'),
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  return [head, ...notes, table, ...more].join('\n\n');
}

/** Spent, of what, and a warning where most of it is gone. */
function spendText({ spend: { costMicros }, capMicros = null }: Progress): string {
  if (capMicros === null) return formatUsd(costMicros);
  const warning = isNearCap(costMicros, capMicros)
    ? ` · ⚠ ${Math.floor((costMicros / capMicros) * 100)} % of the cap`
    : '';
  return `${formatUsd(costMicros)} of ${formatUsd(capMicros)}${warning}`;
}

const row = ({ id, title, kind, runsOn, state, attempt, findings, failure }: SubtaskRecord): string => {
  const why = failure && state !== 'completed' ? ` (${failure.type})` : '';
  return cells(id, plain(title), kind, runsOn ?? '–', `${state}${why}`, attempt, findings);
};

/** The Web UI leaves no room between columns: spaces that don't break make some. */
const cells = (...texts: (string | number)[]): string => `| ${texts.join('\u00a0\u00a0 | ')} |`;

/** What runs comes first, so that it is seen in a long table. */
function byState(subtasks: SubtaskRecord[]): SubtaskRecord[] {
  if (subtasks.length <= MOST_ROWS) return subtasks;
  const { running = [], others = [] } = Object.groupBy(subtasks, ({ state }) =>
    state === 'running' ? 'running' : 'others',
  );
  return [...running, ...others];
}

/** One line without characters that mean something to Markdown. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[|<>`*_[\]]/g, ' ')
    .slice(0, 120);

/** How far a map is, with its rate and what is left of it at that rate. */
export function mapDetails({ phase, items, counts, startedAtMs, batches }: MapProgress, nowMs: number): string {
  const { done, dead, reused, costMicros } = counts;
  const seconds = Math.max(1, (nowMs - startedAtMs) / 1000);
  const perSecond = done / seconds;
  const waiting =
    batches && ` · batches at the provider: ${batches.out}, ${batches.done} of ${batches.calls} calls done`;
  const left = perSecond === 0 ? '' : ` · about ${Math.ceil(Math.max(0, items - done) / perSecond / 60)} min left`;
  const what = phase === 'items' ? `${done} of ${items} items` : `${items} items, comparing those that are close`;
  return `${what} · ${dead} without a result · ${reused} known before · ${perSecond.toFixed(1)}/s · ${formatUsd(costMicros)}${waiting ?? left}`;
}
