/**
 * One attempt of one subtask: turns and tools until a typed result. Contract: never rejects but for cancellation; a failed attempt is
 * a result. Replay depends on the order of `takeTurn` and `runTools` and on what `SubagentState` decides; the state is carried by
 * continue-as-new at a turn's end.
 */
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { formatUsd } from '../src/contracts/money.ts';
import type { Pause, SubtaskOutcome } from '../src/contracts/objective.ts';
import type { SubagentInput } from '../src/contracts/subagent.ts';
import { failureOf, payable } from './halting.ts';
import { isHistoryFull } from './history.ts';
import { haltSignal, pauseSignal, resumeSignal } from './messages.ts';
import { subagentModel, subagentTools } from './proxies.ts';
import { SubagentState } from './subagent-state.ts';
import { Shown } from './visibility.ts';

export async function subagentWorkflow(input: SubagentInput): Promise<SubtaskOutcome> {
  const { assignment } = input;
  const { limits, subtask } = assignment;
  const state = new SubagentState(subtask.id, limits, input.carried);
  const shown = new Shown(input.hasSearchAttributes);
  let isPaused = false;
  setHandler(pauseSignal, () => void (isPaused = true));
  setHandler(resumeSignal, () => void (isPaused = false));

  /** The parent pauses the whole objective, this subagent included, and resumes it. Without a parent there is nobody to ask. */
  async function halt(pause: Pause): Promise<void> {
    isPaused = true;
    try {
      await getExternalWorkflowHandle(input.parentWorkflowId).signal(haltSignal, pause);
    } catch (error) {
      if (isCancellation(error)) throw error;
      throw ApplicationFailure.nonRetryable(pause.message, pause.reason);
    }
    await condition(() => !isPaused);
  }

  async function takeTurn() {
    const startedAtMs = Date.now();
    const turn = state.turn + 1;
    const call = () =>
      subagentModel({ limits, summary: `turn ${turn}` }).takeTurn({
        assignment,
        turn,
        transcriptHead: state.transcriptHead,
      });
    const taken = await payable(call, halt);
    state.tookTurn(taken, Date.now() - startedAtMs);
    return taken;
  }

  async function runTools(summary: string) {
    const startedAtMs = Date.now();
    const ran = await subagentTools({ limits, summary }).runTools({
      assignment,
      transcriptHead: state.transcriptHead ?? '',
    });
    state.ranTools(ran, Date.now() - startedAtMs);
    return ran;
  }

  const end = (outcome: SubtaskOutcome): SubtaskOutcome => {
    shown.update(outcome.status, state.spend.costMicros);
    return outcome;
  };

  try {
    for (;;) {
      await condition(() => !isPaused);
      const { toolCalls } = await takeTurn();
      const summary =
        toolCalls
          .map((call) => call.summary)
          .join(' · ')
          .slice(0, 180) || 'no tool was called';
      const { finished } = await runTools(summary);
      setCurrentDetails(
        `turn ${state.turn} of at most ${limits.maxTurns} · ${formatUsd(state.spend.costMicros)} · last: ${summary}`,
      );
      if (finished) return end({ status: 'completed', ...finished, spend: state.spend });
      const stop = state.stop();
      if (stop) return end({ status: 'failed', failure: stop, evidenceRef: null, spend: state.spend });
      if (isHistoryFull(limits.maxHistoryEvents)) {
        await condition(() => !isPaused);
        await continueAsNew<typeof subagentWorkflow>({ ...input, carried: state.snapshot() });
      }
    }
  } catch (error) {
    if (isCancellation(error)) shown.update('cancelled', state.spend.costMicros);
    const { type, message, evidenceRef } = failureOf(error);
    return end({ status: 'failed', failure: { type, message }, evidenceRef, spend: state.spend });
  }
}
