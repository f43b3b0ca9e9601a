/**
 * The tools of an agent that writes: they run where its workspace is, on one host at a time. Contract of `run`: the tools of a turn have run on the
 * last snapshot, and left the next one; where a host is lost they run again on another, and are told so. Replay depends on the order of `leaseHost`,
 * `prepareWorkspace` and `runWorkspaceTools`.
 */
import { ActivityFailure, ApplicationFailure, CancellationScope, TimeoutFailure } from '@temporalio/workflow';
import type { HostActivities } from '../activities/index.ts';
import type { FailureType } from '../src/contracts/failures.ts';
import type { Assignment, ToolsResult, WorkspaceSite } from '../src/contracts/subagent.ts';
import { atHost, hosts } from './proxies.ts';

/** Of one step: what kills every host that it comes to is not tried on all of them. */
const MOST_LOSSES = 5;

export class LeasedTools {
  readonly #assignment: Assignment;
  readonly #site: WorkspaceSite;
  #queue: string | null;

  /** `host`: where the run before left the workspace. */
  constructor(assignment: Assignment, host: string | null = null) {
    this.#assignment = assignment;
    this.#site = siteOf(assignment);
    this.#queue = host;
  }

  /** The Task Queue of the host that has the workspace. */
  get host(): string | null {
    return this.#queue;
  }

  /** Before anything is paid for: a host without pods, or a setup that fails, ends the attempt here. */
  open(): Promise<void> {
    return this.#onHost('prepare the workspace', ({ prepareWorkspace }) => prepareWorkspace(this.#site));
  }

  /** `filesRef`: the workspace to begin with, where that is more than the files that were given. */
  run(
    { transcriptHead, filesRef }: { transcriptHead: string; filesRef: string | undefined },
    summary: string,
  ): Promise<ToolsResult> {
    const { baseRef: givenRef } = this.#site;
    const site = filesRef === undefined ? this.#site : { ...this.#site, baseRef: filesRef, givenRef };
    return this.#onHost(summary, ({ runWorkspaceTools }, isAgain) =>
      runWorkspaceTools({ site, transcriptHead, isAgain }),
    );
  }

  async #onHost<T>(summary: string, work: (host: HostActivities, isAgain: boolean) => Promise<T>): Promise<T> {
    const { limits, subtask } = this.#assignment;
    for (let losses = 0; ; losses += 1) {
      this.#queue ??= (await hosts({ limits, summary: 'find a host' }).leaseHost()).taskQueue;
      try {
        return await work(atHost({ limits, summary }, this.#queue), losses > 0);
      } catch (error) {
        if (!isLost(error)) throw error;
        this.#queue = null;
        if (losses + 1 < MOST_LOSSES) continue;
        const message = `The host of subtask "${subtask.id}" was lost ${MOST_LOSSES} times in one step.`;
        throw ApplicationFailure.nonRetryable(message, 'SubagentLost' satisfies FailureType);
      }
    }
  }

  /** Pod and folder go at once; a host that can't be told gives them up by itself. */
  async release(): Promise<void> {
    const queue = this.#queue;
    if (queue === null) return;
    const { limits } = this.#assignment;
    const { releaseWorkspace } = atHost({ limits, summary: 'give up the workspace', isBrief: true }, queue);
    await CancellationScope.nonCancellable(() => releaseWorkspace(this.#site.workspaceId)).catch(() => undefined);
  }
}

/** Nobody took it up there, or who did fell silent. */
const isLost = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  (error.cause.timeoutType === 'SCHEDULE_TO_START' || error.cause.timeoutType === 'HEARTBEAT');

function siteOf({ objectiveId, subtask, attempt, workspaceRef, work, limits }: Assignment): WorkspaceSite {
  if (!work)
    throw ApplicationFailure.nonRetryable(`Subtask "${subtask.id}" has nothing to be judged by.`, 'Unexpected');
  const { id, planRef, title } = subtask;
  return {
    workspaceId: `${objectiveId}/${id}/${attempt}`,
    ...{ objectiveId, subtask: { id, planRef, title }, work },
    baseRef: workspaceRef,
    maxToolOutputBytes: limits.maxToolOutputBytes,
  };
}
