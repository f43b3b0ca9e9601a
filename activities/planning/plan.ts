/**
 * `draftPlan`, `adoptPlan`, `reviewProgress`: where plans come from. Side effects: journaled calls and the plan as an object in
 * the store; a retry finds both. What a Workflow gets is ids, titles and references.
 */
import { MANAGER_SUBTASK, subtaskAccountId } from '../../src/contracts/addresses.ts';
import { plannableKinds } from '../../src/contracts/capabilities.ts';
import { KINDS } from '../../src/contracts/kinds.ts';
import { toMicros } from '../../src/contracts/money.ts';
import type { ObjectiveInput, PlannedSubtask, SubtaskRecord } from '../../src/contracts/objective.ts';
import { parsePlan, type PlanRules, problemText } from '../../src/contracts/parse-plan.ts';
import {
  acceptanceOf,
  type Checks,
  fromDraft,
  type Plan,
  PlanDraftSchema,
  PlanSchema,
} from '../../src/contracts/plan.ts';
import { ReviewDraftSchema } from '../../src/contracts/results.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import { operationProblems } from '../../src/map/operations/registry.ts';
import { underHeartbeat } from '../heartbeat.ts';
import { planPrompt } from '../prompts/plan.ts';
import { reviewPrompt } from '../prompts/review.ts';
import { clip } from '../../src/prompts/sections.ts';
import type { Services } from '../services.ts';
import { structuredCall } from '../structured-call.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { loadChecks } from './objective-texts.ts';

export interface DraftedPlan {
  subtasks: PlannedSubtask[];
  rationale: string;
  costMicros: number;
  calls: number;
}

export interface Review extends DraftedPlan {
  verdict: 'sufficient' | 'extend';
  /** Failed subtasks that the new ones make up for. */
  replaces: string[];
}

const RATIONALE_CHARACTERS = 300;

export function createPlanActivities(services: Services, workspaces: Workspaces) {
  const { store, sandbox } = services;

  async function draftPlan(input: ObjectiveInput, workspaceRef: string): Promise<DraftedPlan> {
    return underHeartbeat(async (cancelled) => {
      const checks = await loadChecks(store.blobs, input);
      const rules = await managersRules(input, checks);
      const { value, costMicros, calls } = await structuredCall(
        services,
        {
          address: managerCall(input, 0, 'plan'),
          tier: 'manager',
          profile: input.tiers.manager,
          prompt: planPrompt({
            text: await store.blobs.getText(input.textRef),
            workspace: await workspaces.open(workspaceRef),
            checks,
            kinds: plannableKinds(rules.fleet, rules.checks, rules.canWrite),
            limits: input.limits,
          }),
          format: { name: 'plan', schema: PlanDraftSchema },
          failure: 'PlanInvalid',
          accept: (draft) => {
            const parsed = parsePlan(fromDraft(draft.subtasks), rules);
            if (!parsed.plan) return { problems: parsed.problems.map(problemText) };
            return { value: { plan: parsed.plan, rationale: draft.rationale } };
          },
        },
        cancelled,
      );
      const subtasks = await planned(input, value.plan, 1);
      return { subtasks, rationale: clip(value.rationale, RATIONALE_CHARACTERS), costMicros, calls };
    });
  }

  /** A plan of the caller's; it was validated before the start, and is validated again where it is used. */
  async function adoptPlan(input: ObjectiveInput): Promise<DraftedPlan> {
    if (input.planRef === null) throw new TypedFailure('PlanMissing', 'There is no plan to adopt.');
    const plan = await store.blobs.getJson(input.planRef, PlanSchema);
    const checks = await loadChecks(store.blobs, input);
    const parsed = parsePlan(plan, { ...rulesOf(input, checks), readsOutside: true });
    if (!parsed.plan) throw new TypedFailure('PlanInvalid', clip(parsed.problems.map(problemText).join(' '), 1000));
    return {
      subtasks: await planned(input, parsed.plan, 1),
      rationale: 'The plan is the caller’s.',
      costMicros: 0,
      calls: 0,
    };
  }

  async function reviewProgress(input: ObjectiveInput, round: number, subtasks: SubtaskRecord[]): Promise<Review> {
    return underHeartbeat(async (cancelled) => {
      const rules = await managersRules(input, await loadChecks(store.blobs, input));
      const known = subtasks.map(({ id }) => id);
      const { value, costMicros, calls } = await structuredCall(
        services,
        {
          address: managerCall(input, round, 'review'),
          tier: 'manager',
          profile: input.tiers.manager,
          prompt: reviewPrompt({
            text: await store.blobs.getText(input.textRef),
            subtasks,
            checks: rules.checks,
            kinds: plannableKinds(rules.fleet, rules.checks, rules.canWrite),
            room: input.limits.maxSubtasks - subtasks.length,
          }),
          format: { name: 'review', schema: ReviewDraftSchema },
          failure: 'PlanInvalid',
          accept: (draft) => {
            const accepted = (plan: Plan | null) => ({ value: { draft, plan } });
            if (draft.verdict === 'sufficient') return accepted(null);
            const parsed = parsePlan(fromDraft(draft.subtasks), { ...rules, known });
            return parsed.plan ? accepted(parsed.plan) : { problems: parsed.problems.map(problemText) };
          },
        },
        cancelled,
      );
      const failed = subtasks.filter(({ state }) => state === 'failed' || state === 'skipped').map(({ id }) => id);
      return {
        verdict: value.draft.verdict,
        rationale: clip(value.draft.reason, RATIONALE_CHARACTERS),
        subtasks: value.plan ? await planned(input, value.plan, round + 1) : [],
        replaces: value.draft.replaces.filter((id) => failed.includes(id)),
        costMicros,
        calls,
      };
    });
  }

  /** This host's sandbox is taken for that of the hosts where subagents work. */
  async function managersRules(input: ObjectiveInput, checks: Checks) {
    const canWrite = input.workspacePath !== '' && (await sandbox.state()).kind !== 'refused';
    return { ...rulesOf(input, checks), canWrite };
  }

  async function planned({ objectiveId }: ObjectiveInput, plan: Plan, round: number): Promise<PlannedSubtask[]> {
    const planRef = await store.blobs.putJson(plan);
    for (const { id, budgetUsd } of plan.subtasks) {
      if (budgetUsd === undefined) continue;
      const account = { accountId: subtaskAccountId(objectiveId, id), parentId: objectiveId };
      await store.ledger.openAccount({ ...account, caps: { micros: toMicros(budgetUsd) } });
    }
    return plan.subtasks.map((subtask) => ({
      id: subtask.id,
      kind: subtask.kind,
      title: subtask.title,
      tier: subtask.tier ?? null,
      dependsOn: [...new Set(subtask.dependsOn)],
      weight: subtask.weight,
      planRef,
      round,
      ...(acceptanceOf(subtask) !== undefined && { isJudged: true }),
      ...(sandbox.isSwitchedOff && KINDS[subtask.kind].writes && { isUnsandboxed: true as const }),
    }));
  }

  return { draftPlan, adoptPlan, reviewProgress };
}

/** What a plan of this objective must satisfy that a model writes. */
const rulesOf = ({ limits, tiers, ladders }: ObjectiveInput, checks: Checks): PlanRules => ({
  limits,
  checks: Object.keys(checks),
  fleet: { tiers, ladders },
  operationProblems,
  readsOutside: false,
});

/** The manager's calls: `turn` is the round that has ended, 0 for the first plan. */
export const managerCall = ({ objectiveId }: Pick<ObjectiveInput, 'objectiveId'>, turn: number, purpose: string) => ({
  objectiveId,
  subtaskId: MANAGER_SUBTASK,
  attempt: 1,
  turn,
  purpose,
});
