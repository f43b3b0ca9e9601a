/** Signals, queries and updates, by the names they have on the wire. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ApprovalAnswer } from '../src/contracts/approval.ts';
import type { EndedAttempt } from '../src/contracts/attempts.ts';
import type { BudgetRaiseMessage, BudgetState } from '../src/contracts/budget.ts';
import type { MapProgress } from '../src/contracts/map-run.ts';
import type { Halt, Progress } from '../src/contracts/objective.ts';

/** No new turn or subtask starts; calls in flight end and are kept. To an objective from a person, to a subagent from its parent. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');

/** From a subagent to its parent: a failure that only a person can mend. */
export const haltSignal = defineSignal<[Halt]>('halt');

export const progressQuery = defineQuery<Progress>('progress');

/** Attempts that have ended since the run began; what earlier runs of the objective had is in the store. */
export const attemptsQuery = defineQuery<EndedAttempt[]>('attempts');

/** How far a map is: shards that have ended. */
export const mapProgressQuery = defineQuery<MapProgress>('mapProgress');

/** What is added to the caps, and to the time; answered with the account once it stands in the books. */
export const raiseBudgetUpdate = defineUpdate<BudgetState, [BudgetRaiseMessage]>('raiseBudget');

/** Yes or no to the estimate that waits; answered once the objective goes on or ends. */
export const approveUpdate = defineUpdate<{ decision: ApprovalAnswer['decision'] }, [ApprovalAnswer]>('approve');
