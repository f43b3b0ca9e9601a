/**
 * Subtasks on their way: starts what the state lets start, brings every end home. A subagent is a child Workflow, awaited, and asked
 * to cancel when its parent closes; a subtask of one step is an Activity. Contract: what runs here never rejects.
 */
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  condition,
  isCancellation,
  ParentClosePolicy,
  type SignalDefinition,
  startChild,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { subtaskWorkflowId, taskQueueOf, type Tier } from '../src/contracts/addresses.ts';
import { type Kind, KINDS } from '../src/contracts/kinds.ts';
import type { ObjectiveInput, Pause, SubtaskOutcome, SubtaskRecord } from '../src/contracts/objective.ts';
import type { Assignment, WorkAssignment } from '../src/contracts/subagent.ts';
import type { SingleActivities } from '../activities/index.ts';
import type { Judgement } from '../activities/planning/judge.ts';
import { failureOf, payable } from './halting.ts';
import { judged } from './judging.ts';
import { pauseSignal } from './messages.ts';
import type { ObjectiveState } from './objective-state.ts';
import { checks, managerModel, singles } from './proxies.ts';
import type { mapWorkflow } from './map.ts';
import type { subagentWorkflow } from './subagent.ts';
import { NOTHING_SPENT } from './subtask-record.ts';
import { subagentAttributes } from './visibility.ts';

/** Both are given an assignment and bring an outcome. */
type Child = typeof subagentWorkflow | typeof mapWorkflow;

/** Of a kind that is one Activity over its assignment: which. */
const ACTIVITIES: Partial<Record<Kind, keyof SingleActivities>> = { triage: 'triageFindings', ask: 'answerQuestions' };

const NO_SANDBOX = { sandbox: 'none, by the word of the operator' };

export interface DispatchHooks {
  /** A subtask came home. */
  onEnd: () => void;
  /** A paid Activity met something that a person must mend; resolves when the objective goes on. */
  halt: (pause: Pause) => Promise<void>;
}

export class Dispatch {
  readonly #input: ObjectiveInput;
  readonly #state: ObjectiveState;
  readonly #hooks: DispatchHooks;
  readonly #children = new Map<string, ChildWorkflowHandle<Child>>();
  readonly #underway = new Set<Promise<void>>();
  #merging: Promise<unknown> = Promise.resolve();
  /** In this run: each time is an event. */
  #isMemoWritten = false;

  constructor(input: ObjectiveInput, state: ObjectiveState, hooks: DispatchHooks) {
    this.#input = input;
    this.#state = state;
    this.#hooks = hooks;
  }

  startAll(): void {
    for (const subtask of this.#state.takeStartable(Date.now())) {
      const underway = this.#carryOut(subtask).finally(() => this.#underway.delete(underway));
      this.#underway.add(underway);
    }
  }

  /** To every subagent that is out. One that has just ended needs to hear nothing. */
  tellAll(signal: SignalDefinition): void {
    for (const child of this.#children.values()) void child.signal(signal).catch(() => undefined);
  }

  async allHome(): Promise<void> {
    await Promise.all(this.#underway);
  }

  async #carryOut(subtask: SubtaskRecord): Promise<void> {
    this.#state.record(subtask.id, await this.#outcomeOf(subtask), Date.now());
    this.#hooks.onEnd();
  }

  async #outcomeOf(subtask: SubtaskRecord): Promise<SubtaskOutcome> {
    try {
      const outcome =
        KINDS[subtask.kind].runsAs === 'activity' ? await this.#runActivity(subtask) : await this.#runChild(subtask);
      if (outcome.status === 'failed') return outcome;
      this.#children.delete(subtask.id);
      const accepted = subtask.isJudged
        ? await judged(outcome, () => this.#judge(subtask, outcome.resultRef))
        : outcome;
      return KINDS[subtask.kind].writes ? await this.#mergeInTurn(subtask, accepted) : accepted;
    } catch (error) {
      const { type, message, evidenceRef } = lostOr(error, subtask);
      return { status: 'failed', failure: { type, message }, evidenceRef, spend: NOTHING_SPENT };
    } finally {
      this.#children.delete(subtask.id);
    }
  }

  /** A call of the manager's: not while paused. */
  async #judge({ id, planRef, title, attempt }: SubtaskRecord, resultRef: string): Promise<Judgement> {
    const { objectiveId, textRef, limits, tiers } = this.#input;
    const { judge } = managerModel({ limits, summary: `judge: ${title}`.slice(0, 180) });
    const asked = { objectiveId, textRef, subtask: { id, planRef }, attempt, resultRef, profile: tiers.manager };
    await condition(() => !this.#state.isPaused);
    return payable(() => judge(asked), this.#hooks.halt);
  }

  /** One at a time, in the order in which they were accepted: each meets what the one before has made. */
  #mergeInTurn(subtask: SubtaskRecord, outcome: SubtaskOutcome): Promise<SubtaskOutcome> {
    const merge = this.#merging.then(() => this.#merge(subtask, outcome));
    this.#merging = merge.catch(() => undefined);
    return merge;
  }

  /** What can't be merged is a failed attempt; the next one begins with what was merged meanwhile. */
  async #merge(subtask: SubtaskRecord, outcome: SubtaskOutcome): Promise<SubtaskOutcome> {
    if (outcome.status === 'failed') return outcome;
    const { id, planRef, title } = subtask;
    const { mergeChanges } = checks({ limits: this.#input.limits, summary: `merge: ${title}`.slice(0, 180) });
    const merged = await mergeChanges({
      ...{ subtask: { id, planRef, title }, resultRef: outcome.resultRef },
      filesRef: this.#state.files.ref,
      before: this.#state.subtasks
        .filter((other) => this.#state.files.merged.some(({ subtaskId }) => subtaskId === other.id))
        .map((other) => ({ id: other.id, planRef: other.planRef })),
      work: this.#work,
    });
    if (merged.status === 'failed') return { ...merged, spend: outcome.spend };
    const { status: _, ...change } = merged;
    this.#state.files.mergedIn({ subtaskId: id, title, ...change });
    // Of others it stands there since they were started.
    if (change.isUnsandboxed && !subtask.isUnsandboxed) upsertMemo(NO_SANDBOX);
    return outcome;
  }

  async #runChild(subtask: SubtaskRecord): Promise<SubtaskOutcome> {
    const { objectiveId, hasSearchAttributes } = this.#input;
    const assignment = this.#assignment(subtask);
    if (subtask.isUnsandboxed && !this.#isMemoWritten) upsertMemo(NO_SANDBOX);
    this.#isMemoWritten ||= subtask.isUnsandboxed === true;
    const child = await startChild<Child>(KINDS[subtask.kind].runsAs === 'map' ? 'mapWorkflow' : 'subagentWorkflow', {
      args: [{ assignment, parentWorkflowId: workflowInfo().workflowId, hasSearchAttributes }],
      workflowId: subtaskWorkflowId(objectiveId, subtask.id, subtask.attempt),
      taskQueue: taskQueueOf(assignment.tier),
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      workflowTaskTimeout: '5s',
      staticSummary: `${subtask.title}${subtask.attempt > 1 ? ` (attempt ${subtask.attempt})` : ''}`,
      staticDetails: `Subtask **${subtask.id}** of objective ${objectiveId}: ${subtask.kind} on ${assignment.tier} (${assignment.profile.model}, effort ${assignment.profile.effort})`,
      memo: { title: subtask.title, objective: objectiveId },
      ...(hasSearchAttributes && { typedSearchAttributes: subagentAttributes(subtask.kind, assignment.tier) }),
    });
    this.#children.set(subtask.id, child);
    if (this.#state.isPaused) await child.signal(pauseSignal);
    return child.result();
  }

  #runActivity(subtask: SubtaskRecord): Promise<SubtaskOutcome> {
    const { limits, checksRef } = this.#input;
    const options = { limits, summary: `${subtask.kind}: ${subtask.title}`.slice(0, 180) };
    const activity = ACTIVITIES[subtask.kind];
    if (!activity) {
      const { id, kind, title, tier, dependsOn, weight, planRef, round } = subtask;
      const planned = { id, kind, title, tier, dependsOn, weight, planRef, round };
      const work = this.#work;
      return checks(options).runCheck({ subtask: planned, checksRef, workspaceRef: this.#state.files.ref, work });
    }
    const assignment = this.#assignment(subtask);
    return payable(() => singles(options, taskQueueOf(assignment.tier))[activity](assignment), this.#hooks.halt);
  }

  #assignment(subtask: SubtaskRecord): Assignment {
    const { objectiveId, textRef, limits, tiers } = this.#input;
    const tier: Tier = subtask.runsOn ?? 'mini';
    const { id, kind, title, dependsOn, weight, planRef, round, attempt, failure, evidenceRef } = subtask;
    const completed = this.#state.subtasks.filter((needed) => dependsOn.includes(needed.id));
    return {
      objectiveId,
      subtask: { id, kind, title, tier: subtask.tier, dependsOn, weight, planRef, round },
      attempt,
      tier,
      profile: tiers[tier],
      ...(KINDS[kind].runsAs === 'map' && { tiers }),
      textRef,
      workspaceRef: this.#state.files.ref,
      ...(KINDS[kind].writes && { work: this.#work }),
      dependencies: completed.flatMap((needed) =>
        needed.resultRef === null ? [] : [{ subtaskId: needed.id, title: needed.title, resultRef: needed.resultRef }],
      ),
      previous: failure && { failure, evidenceRef },
      limits,
    };
  }

  get #work(): WorkAssignment {
    const { checksRef, workRulesRef } = this.#input;
    return { checksRef, workRulesRef, originRef: this.#state.files.frozen?.workspaceRef ?? '' };
  }
}

/** A child that was cancelled, terminated or refused from outside is lost; the objective goes on without it. */
function lostOr(error: unknown, { id }: SubtaskRecord) {
  const lost = (how: string) => ({
    type: 'SubagentLost' as const,
    message: `The Workflow of subtask "${id}" ${how}.`,
    evidenceRef: null,
  });
  if (isCancellation(error))
    return lost(CancellationScope.current().consideredCancelled ? 'was cancelled' : 'was cancelled from outside');
  if ((error as Error).name === 'WorkflowExecutionAlreadyStartedError')
    return lost('could not start: its id is in use');
  return failureOf(error);
}
