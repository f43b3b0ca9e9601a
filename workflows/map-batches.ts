/**
 * The lane `batch` of a map: sends batches, asks about them by durable timers, and lets shards start as their calls come home. Replay depends on the
 * order that `BatchBoard` decides. One step at a time, so that a run that continues as new has no more than one to wait for.
 */
import { ApplicationFailure, CancellationScope, condition, setCurrentDetails } from '@temporalio/workflow';
import type { BatchOut, BatchStanding } from '../src/contracts/map-run.ts';
import { FAILURES } from '../src/contracts/failures.ts';
import type { Halt } from '../src/contracts/objective.ts';
import type { Assignment } from '../src/contracts/subagent.ts';
import type { BatchBoard, BatchStep } from './batch-board.ts';
import { failureOf, pauseFor } from './halting.ts';
import { isHistoryFull } from './history.ts';
import type { MapState } from './map-state.ts';
import { mapShards } from './proxies.ts';
import { mapDetails } from './visibility.ts';

export interface BatchSite {
  assignment: Assignment;
  state: MapState;
  itemsRef: string;
  /** Only a person can mend it; resolves when the objective goes on. */
  halt: (halt: Required<Halt>) => Promise<void>;
  /** Nothing more is to be begun. */
  isOver: () => boolean;
}

/** Until every call of the phase had its batch, or it is over. Throws what ends the map. */
export async function runBatches(site: BatchSite, board: BatchBoard): Promise<void> {
  const { state, halt, isOver } = site;
  const { limits } = site.assignment;
  while (!board.isThrough && !isOver()) {
    const sinceMs = Date.now();
    const step = board.step(sinceMs, state.isPaused);
    try {
      await take(step, site, board);
    } catch (error) {
      const pause = pauseFor(failureOf(error));
      if (!pause) throw error;
      if (step.what === 'collect') board.postponed(step.batch.number, Date.now());
      if (!state.isPaused) await halt({ ...pause, sinceMs });
    }
    setCurrentDetails(mapDetails(state.progress(), Date.now()));
    if (isHistoryFull(limits.maxHistoryEvents) && !state.isPaused) state.drain();
  }
}

async function take(step: BatchStep, site: BatchSite, board: BatchBoard): Promise<void> {
  switch (step.what) {
    case 'wait':
      return wait(step.ms, site);
    case 'submit':
      return submit(step, site, board);
    case 'collect':
      return collect(step.batch, site, board);
  }
}

async function wait(ms: number | null, { state, isOver }: BatchSite): Promise<void> {
  const { isPaused } = state;
  const isNews = (): boolean => isOver() || state.isPaused !== isPaused;
  await (ms === null ? condition(isNews) : condition(isNews, ms));
}

async function submit(
  { number, fromShard, mostCalls }: Extract<BatchStep, { what: 'submit' }>,
  { assignment, state: { phase }, itemsRef }: BatchSite,
  board: BatchBoard,
): Promise<void> {
  const { limits, tier } = assignment;
  const { submitMapBatch } = mapShards({ limits, summary: `${phase}, batch ${number}` }, tier);
  const submitted = await submitMapBatch({ assignment, phase, number, itemsRef, fromShard, mostCalls });
  board.submitted(submitted, Date.now());
}

async function collect(
  { number }: BatchOut,
  { assignment, state: { phase } }: BatchSite,
  board: BatchBoard,
): Promise<void> {
  const { limits, tier } = assignment;
  const { collectMapBatch } = mapShards({ limits, summary: `look at batch ${number} of ${phase}` }, tier);
  const standing = await collectMapBatch({ assignment, phase, number });
  board.told(number, standing, Date.now());
  assertBearable(standing);
}

/** What was turned away for a reason that passes goes again. */
function assertBearable({ rejected }: BatchStanding): void {
  if (rejected && FAILURES[rejected.type].effect !== 'retry')
    throw ApplicationFailure.nonRetryable(rejected.message, rejected.type);
}

/** The map ends without them: the provider is told, whatever ended it. */
export async function withdrawBatches(assignment: Assignment, state: MapState): Promise<void> {
  const { board, phase } = state;
  if (!board || board.out.length === 0) return;
  const { limits, tier } = assignment;
  const names = board.out.map(({ number }) => ({ assignment, phase, number }));
  const { withdrawMapBatches } = mapShards({ limits, summary: 'stop the batches' }, tier);
  await CancellationScope.nonCancellable(() => withdrawMapBatches(names)).catch(() => undefined);
}
