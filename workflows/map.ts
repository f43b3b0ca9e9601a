/**
 * One attempt of a map: freezes its items, keeps a window of shards going, writes what came out. Contract: never rejects but for cancellation; a
 * failed attempt is a result. Replay depends on the order in which shards start, which `MapState` decides; what a shard computes is in
 * the store, so a shard that is stopped and started again computes only what is missing.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { MapInputRecord } from '../src/contracts/map-run.ts';
import type { Halt, SubtaskOutcome } from '../src/contracts/objective.ts';
import type { BatchBoard } from './batch-board.ts';
import { failureOf, pauseFor } from './halting.ts';
import { isHistoryFull } from './history.ts';
import { runBatches, withdrawBatches } from './map-batches.ts';
import { MapState } from './map-state.ts';
import { haltSignal, mapProgressQuery, pauseSignal, resumeSignal } from './messages.ts';
import { mapDocuments, mapShards } from './proxies.ts';
import { mapDetails, Shown } from './visibility.ts';

export async function mapWorkflow(input: MapInputRecord): Promise<SubtaskOutcome> {
  const { assignment } = input;
  const { limits, tier } = assignment;
  const batchWaits = { firstMs: limits.batchPollSeconds * 1000, mostMs: limits.batchPollMostSeconds * 1000 };
  const state = new MapState(Date.now(), batchWaits, input.carried);
  const shown = new Shown(input.hasSearchAttributes);
  let shards = new CancellationScope();
  setHandler(pauseSignal, () => pause());
  setHandler(resumeSignal, () => state.resume());
  setHandler(mapProgressQuery, () => state.progress());

  /** Shards stop at the end of the items that are under way. */
  function pause(): void {
    state.pause();
    shards.cancel();
    shards = new CancellationScope();
  }

  /** The parent pauses the whole objective, this map included, and resumes it. */
  async function halt(halted: Required<Halt>): Promise<void> {
    pause();
    try {
      await getExternalWorkflowHandle(input.parentWorkflowId).signal(haltSignal, halted);
    } catch (error) {
      if (isCancellation(error)) throw error;
      throw ApplicationFailure.nonRetryable(halted.message, halted.reason);
    }
    await condition(() => !state.isPaused);
  }

  let failure: unknown = null;
  const failed = (error: unknown): void => void (failure ??= error);
  let isLaneBusy = false;
  const isDrained = (): boolean => state.isDrained && !isLaneBusy;

  async function runShard(shard: number, itemsRef: string): Promise<void> {
    const sinceMs = Date.now();
    const { mapShard } = mapShards({ limits, summary: `${state.phase}, shard ${shard + 1}` }, tier);
    try {
      const counts = await shards.run(() => mapShard({ assignment, phase: state.phase, itemsRef, shard }));
      state.ended(shard, counts);
    } catch (error) {
      state.ended(shard, null);
      if (isCancellation(error)) return;
      const reason = pauseFor(failureOf(error));
      if (!reason) failed(error);
      else if (!state.isPaused) await halt({ ...reason, sinceMs }).catch(failed);
    }
    setCurrentDetails(mapDetails(state.progress(), Date.now()));
  }

  /** Calls at the price of a batch: shards start as their answers come. */
  async function runLane(board: BatchBoard, itemsRef: string): Promise<void> {
    isLaneBusy = true;
    const isOver = (): boolean => state.isDraining || failure !== null;
    try {
      await runBatches({ assignment, state, itemsRef, halt, isOver }, board);
    } catch (error) {
      if (!isCancellation(error)) failed(error);
    } finally {
      isLaneBusy = false;
    }
  }

  /** Every shard of the phase, and the batches before them. Whatever ends it, none is left behind. */
  async function runPhase(): Promise<void> {
    const { itemsRef } = state.current;
    const underway = new Set<Promise<void>>();
    const begin = (work: Promise<void>): void => {
      const running = work.finally(() => underway.delete(running));
      underway.add(running);
    };
    const lane = new CancellationScope();
    try {
      const { board } = state;
      if (board) begin(lane.run(() => runLane(board, itemsRef)));
      while (!state.isThrough && failure === null) {
        for (const shard of state.takeStartable()) begin(runShard(shard, itemsRef));
        await condition(() => state.hasStartable || state.isThrough || isDrained() || failure !== null);
        if (isHistoryFull(limits.maxHistoryEvents)) state.drain();
        if (isDrained()) await continueAsNew<typeof mapWorkflow>({ ...input, carried: state.snapshot() });
      }
      if (failure !== null) throw failure as Error;
    } finally {
      shards.cancel();
      lane.cancel();
      await CancellationScope.nonCancellable(() => Promise.all(underway));
      shards = new CancellationScope();
    }
  }

  const end = (outcome: SubtaskOutcome): SubtaskOutcome => {
    shown.update({ status: outcome.status, spend: state.spend }, Date.now());
    return outcome;
  };

  const pairsRefs = (): string[] => state.pairs.map(({ itemsRef }) => itemsRef);
  const documents = (summary: string) => mapDocuments({ limits, summary });
  try {
    if (!input.carried) state.froze(await documents('freeze the items').freezeItems(assignment));
    await runPhase();
    while (state.isToBePaired) {
      state.paired(await documents('choose what to compare').pairItems(assignment, state.items.itemsRef, pairsRefs()));
      await runPhase();
    }
    await condition(() => !state.isPaused);
    const { finishMap } = documents('write the results');
    return end({
      status: 'completed',
      ...(await finishMap({ assignment, itemsRef: state.items.itemsRef, pairsRefs: pairsRefs() })),
      spend: state.spend,
    });
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    await withdrawBatches(assignment, state);
    if (isCancellation(error)) shown.update({ status: 'cancelled', spend: state.spend }, Date.now());
    const { type, message, evidenceRef } = failureOf(error);
    return end({ status: 'failed', failure: { type, message }, evidenceRef, spend: state.spend });
  }
}
