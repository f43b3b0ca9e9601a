/**
 * What one attempt of a subagent knows and decides: whether it still makes progress, and when it has had enough. No SDK.
 * Continue-as-new carries its snapshot.
 */
import type { FailureNote } from '../src/contracts/failures.ts';
import type { Limits } from '../src/contracts/limits.ts';
import type { Spend } from '../src/contracts/objective.ts';
import type { SubagentSnapshot, ToolsResult, TurnResult } from '../src/contracts/subagent.ts';

const MOST_SAME_ACTIONS = 3;
const MOST_IDLE_TURNS = 5;
/** Outputs that are remembered to tell news from repetition. */
const REMEMBERED_OUTPUTS = 100;

const FRESH: SubagentSnapshot = {
  turn: 0,
  transcriptHead: null,
  spend: { calls: 0, costMicros: 0 },
  workedMs: 0,
  lastAction: null,
  sameActions: 0,
  idleTurns: 0,
  seenOutputs: [],
};

export class SubagentState {
  readonly #limits: Limits;
  readonly #subtaskId: string;
  #now: SubagentSnapshot;

  constructor(subtaskId: string, limits: Limits, carried: SubagentSnapshot = FRESH) {
    this.#subtaskId = subtaskId;
    this.#limits = limits;
    this.#now = carried;
  }

  /** Turns that were taken. */
  get turn(): number {
    return this.#now.turn;
  }

  get transcriptHead(): string | null {
    return this.#now.transcriptHead;
  }

  /** The workspace of the attempt, where a first turn told one. */
  get filesRef(): string | undefined {
    return this.#now.filesRef;
  }

  get spend(): Spend {
    return this.#now.spend;
  }

  tookTurn(taken: TurnResult, tookMs: number): void {
    const { transcriptHead, actionDigest, outputDigests, costMicros, filesRef } = taken;
    const { turn, spend, workedMs, lastAction, sameActions } = this.#now;
    if (outputDigests !== null) this.#saw(outputDigests);
    this.#now = {
      ...this.#now,
      turn: turn + 1,
      transcriptHead,
      ...(filesRef !== undefined && { filesRef }),
      spend: { calls: spend.calls + 1, costMicros: spend.costMicros + costMicros },
      workedMs: workedMs + tookMs,
      lastAction: actionDigest,
      sameActions: lastAction === actionDigest ? sameActions + 1 : 1,
    };
  }

  ranTools({ transcriptHead, outputDigests }: ToolsResult, tookMs: number): void {
    this.#saw(outputDigests);
    this.#now = { ...this.#now, transcriptHead, workedMs: this.#now.workedMs + tookMs };
  }

  /** Why no further turn may be taken; null while one may. */
  stop(): FailureNote | null {
    const { turn, sameActions, idleTurns, workedMs } = this.#now;
    const { maxTurns, maxSubtaskSeconds } = this.#limits;
    const subtask = `Subtask "${this.#subtaskId}"`;
    if (sameActions >= MOST_SAME_ACTIONS) {
      return {
        type: 'AgentRepeatsItself',
        message: `${subtask} asked for the same action ${sameActions} times in a row.`,
      };
    }
    if (idleTurns >= MOST_IDLE_TURNS) {
      return { type: 'AgentWithoutProgress', message: `${subtask} saw nothing new for ${idleTurns} turns.` };
    }
    if (turn >= maxTurns)
      return { type: 'TurnLimitReached', message: `${subtask} took ${turn} turns without finishing.` };
    if (workedMs > maxSubtaskSeconds * 1000) {
      return {
        type: 'TimeLimitReached',
        message: `${subtask} worked for ${Math.round(workedMs / 1000)} seconds without finishing.`,
      };
    }
    return null;
  }

  snapshot(): SubagentSnapshot {
    return this.#now;
  }

  /** Tools that brought nothing that was not seen before make a turn idle. */
  #saw(outputDigests: string[]): void {
    const { seenOutputs, idleTurns } = this.#now;
    const news = outputDigests.filter((digest) => !seenOutputs.includes(digest));
    this.#now = {
      ...this.#now,
      idleTurns: news.length > 0 ? 0 : idleTurns + 1,
      seenOutputs: [...seenOutputs, ...news].slice(-REMEMBERED_OUTPUTS),
    };
  }
}
