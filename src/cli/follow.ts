/** Following an objective to its end: redrawn on a terminal, one line per change elsewhere. Ctrl-C lets go of it, the objective goes on. */
import { join } from 'node:path';
import type { ObjectiveHandle } from '../client/objective-handle.ts';
import { formatUsd, isNearCap } from '../contracts/money.ts';
import { durationText } from '../report/words.ts';
import { EXIT, exitCodeOf, isBudgetStop } from './exit-codes.ts';
import { mapText, newsOf, type Told } from './map-view.ts';
import { countsOf, pauseText, planLines, reasonText, UNSANDBOXED_TEXT } from './plan-view.ts';
import { say, type Styled, type Terminal } from './terminal.ts';
import { type ObjectiveJson, type SubtaskView, toObjectiveJson } from './view-json.ts';

export interface FollowOptions {
  terminal: Terminal;
  /** Where reports are written. */
  reportsFolder: string;
  json: boolean;
  /** Ends the following, not the objective. */
  detached: AbortSignal;
  patienceMs?: number;
  /** Told once, of an objective that has not ended. */
  hint?: Styled;
}

const EVERY_MS = 400;
/** A restart of the server is outlasted. */
const PATIENCE_MS = 45_000;

/** It has not answered for so long that somebody has to look. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

export const reportFolder = (reportsFolder: string, objectiveId: string): string => join(reportsFolder, objectiveId);

/** The last view: of the ended objective, of one that waits for money or approval, or of the moment of letting go. */
export async function follow(
  handle: Pick<ObjectiveHandle, 'id' | 'watch'>,
  { terminal, reportsFolder, json, detached, patienceMs = PATIENCE_MS, hint }: FollowOptions,
): Promise<ObjectiveJson> {
  const folder = reportFolder(reportsFolder, handle.id);
  const changes = new Changes(terminal);
  let last: ObjectiveJson | null = null;
  let answeredAtMs = performance.now();
  for await (const view of handle.watch(EVERY_MS)) {
    if (!last && hint && !json && view.progress?.phase !== 'ended') terminal.line(hint);
    last = toObjectiveJson(view, folder);
    if (!json && terminal.isLive) terminal.redraw(planLines(terminal, last, Date.now()));
    else if (!json) changes.tell(last);
    if (detached.aborted || isBudgetStop(last.pause)) break;
    // On a terminal somebody may say yes in another one; a program is told, and asks again.
    if (last.pause?.reason === 'approval' && (json || !terminal.isLive)) break;
    if (view.isServerThere) answeredAtMs = performance.now();
    else if (performance.now() - answeredAtMs >= patienceMs) {
      terminal.keep();
      throw new ServerGone(goneText(handle.id, patienceMs));
    }
  }
  terminal.keep();
  if (!last) throw new Error(`Nothing is known of objective "${handle.id}".`);
  return last;
}

const goneText = (id: string, patienceMs: number): string =>
  `The Temporal server has not answered for ${patienceMs / 1000} seconds. Nothing is lost: ${id} goes on once it is back. ` +
  `Start it (flotilla up, or the one of TEMPORAL_ADDRESS), then: flotilla watch ${id}`;

/** What to exit with after following. */
export const followedExitCode = (last: ObjectiveJson, detached: AbortSignal): number =>
  detached.aborted && last.phase !== 'ended' ? EXIT.detached : exitCodeOf(last);

const byEnd = (one: SubtaskView, other: SubtaskView): number =>
  (one.endedAtMs ?? Number.MAX_VALUE) - (other.endedAtMs ?? Number.MAX_VALUE);

/** Plain lines: each subtask when its state or attempt changes, a map now and then, the objective when its phase or pause does. */
class Changes {
  readonly #terminal: Terminal;
  readonly #told = new Map<string, string>();
  /** By subtask and attempt. */
  readonly #maps = new Map<string, Told>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Each line begins with when it was, counted from the start: what has ended before anybody followed did so when it did. */
  tell(objective: ObjectiveJson): void {
    const { startedAtMs, endedAtMs, phase, pause, notice, subtasks, costMicros, budgetMicros } = objective;
    const nowMs = endedAtMs ?? Date.now();
    const after = (ms: number): string => (startedAtMs === null ? '' : `[${durationText(ms - startedAtMs)}]`);
    const at = after(nowMs);
    const tellPhase = () => this.#once('phase', phase ?? '', () => say`${at} ${phase ?? 'starting'}`);
    if (phase !== 'ended') tellPhase();
    this.#once('pause', pause?.reason ?? '', () =>
      pause ? say`${at} paused: ${reasonText(pause)} · ${pauseText(pause)}` : null,
    );
    this.#once('notice', notice ?? '', () => (notice === null ? null : say`${at} ${notice}`));
    this.#once('sandbox', String(objective.isUnsandboxed), () =>
      objective.isUnsandboxed ? this.#terminal.style('red', say`${at} ${UNSANDBOXED_TEXT}`) : null,
    );
    const near = budgetMicros !== null && isNearCap(costMicros, budgetMicros);
    this.#once('near', String(near), () =>
      near ? say`${at} ${formatUsd(costMicros)} of the cap of ${formatUsd(budgetMicros)} is spent` : null,
    );
    for (const subtask of subtasks.toSorted(byEnd)) {
      const { id, state, attempt, tier, failure, title } = subtask;
      this.#once(id, `${state} ${attempt}`, () => {
        if (state === 'waiting' && attempt === 0) return null;
        const facts = [tier ?? '', ...countsOf(subtask), `${formatUsd(costMicros)} so far`];
        const why = failure && state !== 'completed' ? ` (${failure.type}: ${failure.message})` : '';
        return say`${after(subtask.endedAtMs ?? nowMs)} ${id} ${state}${why}: ${title} · ${facts.filter((fact) => fact !== '').join(' · ')}`;
      });
      this.#tellMap(at, subtask);
    }
    if (phase === 'ended') tellPhase();
  }

  #tellMap(at: string, { id, attempt, map, costMicros }: SubtaskView): void {
    if (!map) return;
    const key = `${id} ${attempt}`;
    const news = newsOf(map, this.#maps.get(key), Date.now());
    if (!news) return;
    this.#maps.set(key, news);
    this.#terminal.line(say`${at} ${id}: ${mapText(map)} · ${formatUsd(costMicros)} so far`);
  }

  #once(key: string, value: string, line: () => ReturnType<typeof say> | null): void {
    if (this.#told.get(key) === value) return;
    this.#told.set(key, value);
    const said = line();
    if (said) this.#terminal.line(said);
  }
}
