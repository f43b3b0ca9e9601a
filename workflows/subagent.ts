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
import { KINDS } from '../src/contracts/kinds.ts';
import { formatUsd } from '../src/contracts/money.ts';
import type { Halt, SubtaskOutcome } from '../src/contracts/objective.ts';
import type { SubagentInput, ToolCallNote } from '../src/contracts/subagent.ts';
import { failureOf, payable } from './halting.ts';
import { isHistoryFull } from './history.ts';
import { LeasedTools } from './leased-tools.ts';
import { haltSignal, pauseSignal, resumeSignal } from './messages.ts';
import { subagentModel, subagentTools } from './proxies.ts';
import { SubagentState } from './subagent-state.ts';
import { Shown } from './visibility.ts';

export async function subagentWorkflow(input: SubagentInput): Promise<SubtaskOutcome> {
  const { assignment } = input;
  const { limits, subtask, workspaceRef } = assignment;
  const leased = KINDS[subtask.kind].writes ? new LeasedTools(assignment, input.host) : null;
  const state = new SubagentState(subtask.id, limits, input.carried);
  const siteNow = () => ({
    workspaceRef: state.filesRef ?? workspaceRef,
    maxToolOutputBytes: limits.maxToolOutputBytes,
  });
  const shown = new Shown(input.hasSearchAttributes);
  let isPaused = false;
  setHandler(pauseSignal, () => void (isPaused = true));
  setHandler(resumeSignal, () => void (isPaused = false));

  /** The parent pauses the whole objective, this subagent included, and resumes it. Without a parent there is nobody to ask. */
  async function halt(halted: Required<Halt>): Promise<void> {
    isPaused = true;
    try {
      await getExternalWorkflowHandle(input.parentWorkflowId).signal(haltSignal, halted);
    } catch (error) {
      if (isCancellation(error)) throw error;
      throw ApplicationFailure.nonRetryable(halted.message, halted.reason);
    }
    await condition(() => !isPaused);
  }

  /** `asked`: what the turn before asked for and this one runs first. */
  async function takeTurn(asked: string) {
    const startedAtMs = Date.now();
    const { objectiveId, attempt, tier, profile } = assignment;
    const turn = state.turn + 1;
    const address = { objectiveId, subtaskId: subtask.id, attempt, turn };
    const conversation = state.transcriptHead === null ? { opens: assignment } : { head: state.transcriptHead };
    const summary = asked === '' ? `turn ${turn}` : `${asked} → turn ${turn}`;
    const { takeTurn: take } = subagentModel({ limits, summary });
    const taken = await payable(
      () => take({ address, kind: subtask.kind, tier, profile, site: siteNow(), conversation }),
      halt,
    );
    state.tookTurn(taken, Date.now() - startedAtMs);
    return taken;
  }

  async function runTools(summary: string, transcriptHead: string) {
    const startedAtMs = Date.now();
    const what = summary || 'no tool was called';
    const { runTools: run } = subagentTools({ limits, summary: what });
    const ran = await (leased
      ? leased.run({ transcriptHead, filesRef: state.filesRef }, what)
      : run({ subtaskId: subtask.id, site: siteNow(), transcriptHead }));
    state.ranTools(ran, Date.now() - startedAtMs);
    return ran;
  }

  const end = (outcome: SubtaskOutcome): SubtaskOutcome => {
    shown.update({ status: outcome.status, spend: state.spend }, Date.now());
    return outcome;
  };

  /** Null where the history is full at the end of a turn: a new run goes on. */
  async function work(): Promise<SubtaskOutcome | null> {
    let asked = '';
    try {
      if (leased && !input.carried) {
        await condition(() => !isPaused);
        await leased.open();
      }
      for (;;) {
        await condition(() => !isPaused);
        const { toolCalls, transcriptHead } = await takeTurn(asked);
        asked = noteOf(toolCalls);
        setCurrentDetails(
          `turn ${state.turn} of at most ${limits.maxTurns} · ${formatUsd(state.spend.costMicros)} · ${asked}`,
        );
        if (!canRunWithNextTurn(toolCalls)) {
          const { finished } = await runTools(asked, transcriptHead);
          if (finished) return end({ status: 'completed', ...finished, spend: state.spend });
          asked = '';
        }
        const stop = state.stop();
        if (stop) return end({ status: 'failed', failure: stop, evidenceRef: null, spend: state.spend });
        if (isHistoryFull(limits.maxHistoryEvents)) {
          await condition(() => !isPaused);
          return null;
        }
      }
    } catch (error) {
      if (isCancellation(error)) shown.update({ status: 'cancelled', spend: state.spend }, Date.now());
      const { type, message, evidenceRef } = failureOf(error);
      return end({ status: 'failed', failure: { type, message }, evidenceRef, spend: state.spend });
    }
  }

  let outcome: SubtaskOutcome | null | undefined;
  try {
    outcome = await work();
  } finally {
    // Pod and folder wait for the next run.
    if (outcome !== null) await leased?.release();
  }
  if (outcome) return outcome;
  return continueAsNew<typeof subagentWorkflow>({ ...input, carried: state.snapshot(), host: leased?.host ?? null });
}

const MOST_NOTE_CHARACTERS = 160;

const noteOf = (toolCalls: ToolCallNote[]): string =>
  toolCalls
    .map(({ summary }) => summary)
    .join(' · ')
    .slice(0, MOST_NOTE_CHARACTERS);

/** A turn costs one Temporal operation where its tools can run anywhere, two where one is tied to a host or ends the attempt. */
const canRunWithNextTurn = (toolCalls: ToolCallNote[]): boolean =>
  toolCalls.length > 0 && toolCalls.every(({ isInline }) => isInline);
