/** From what a caller says to the input of the objective Workflow: everything is checked, and texts are put into the store, before a start. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Tier } from '../contracts/addresses.ts';
import { allowanceProblems } from '../contracts/allowances.ts';
import { hoursToMs } from '../contracts/budget.ts';
import { lackOf } from '../contracts/capabilities.ts';
import { DEFAULT_LADDERS, KIND_NAMES, KINDS } from '../contracts/kinds.ts';
import { LimitsSchema } from '../contracts/limits.ts';
import type { TierProfile } from '../contracts/model.ts';
import { toMicros } from '../contracts/money.ts';
import { type ObjectiveInput, ObjectiveIdSchema, PrioritySchema } from '../contracts/objective.ts';
import { parsePlan, type PlanProblem, problemText, zodProblems } from '../contracts/parse-plan.ts';
import { type Plan, type PlanFile, PlanFileSchema, type Policy, PolicySchema } from '../contracts/plan.ts';
import { type Priority, priorityOf } from '../contracts/priority.ts';
import type { Manifest, WorkspaceSummary } from '../contracts/workspace.ts';
import { inputProblems } from '../map/input/outside.ts';
import { operationProblems } from '../map/operations/registry.ts';
import type { Store } from '../store/store.ts';
import { InputInvalid } from '../located-yaml.ts';
import { idFrom, titleFrom } from './names.ts';
import { workRulesOf } from './work-rules.ts';
import { includeProblem } from '../workspace/included.ts';

export interface StartOptions {
  /** What is asked for. May be left out where the plan says it. */
  objective?: string;
  /** Directory that the subtasks see, frozen at the start. Default: the current one. Null: they see none. */
  workspace?: string | null;
  /** Globs, from the root of the workspace, of what is frozen although ignore files say otherwise. */
  include?: string[];
  /** What its subtasks bring is all that is asked for: no answer is written. */
  isWithoutAnswer?: boolean;
  /** Instead of planning: the subtasks, with their policy. The same shape as a plan file. */
  plan?: unknown;
  /** Checks, limits, ladders and budget. The same shape as a policy file; what a plan says wins. */
  policy?: unknown;
  /** Ends once the plan stands. */
  planOnly?: boolean;
  /** Instead of planning: the plan of an earlier objective, by its id; with its text, workspace and policy where they are not said. */
  planOf?: string;
  /** Hosts that the commands of agents, and checks, may reach, beside those of plan and policy. */
  allowHosts?: string[];
  budgetUsd?: number;
  /** Waits for `approve` where the estimate of a plan, with what is spent, is above it. */
  approveAboveUsd?: number;
  /** Subtasks at once. */
  slots?: number;
  /** `background` where nobody waits for it: it takes what others leave. Default: `interactive`, save for maps that are all left to batches. */
  priority?: Priority;
  /** Its account is a part of that of this schedule. */
  scheduleId?: string;
  /** Starting twice with one id is starting once. Default: made from the text. */
  id?: string;
  /** How problems of the plan are told; a file knows its lines. */
  describePlanProblems?: Describe;
  /** The same of the policy. */
  describePolicyProblems?: Describe;
}

type Describe = (problems: PlanProblem[]) => string;
type Tiers = Record<Tier, TierProfile>;

const MOST_TEXT_CHARACTERS = 100_000;

/** What a caller asks for, checked: nothing is written yet. */
export interface Asked {
  text: string;
  /** Null when the manager is to plan. */
  plan: Plan | null;
  rules: Rules;
  /** Null: none. */
  workspacePath: string | null;
  include: string[];
}

export async function checkedObjective(options: StartOptions, tiers: Tiers): Promise<Asked> {
  const plan = options.plan === undefined ? null : parsed(PlanFileSchema, options.plan, 'plan');
  const policy = parsed(PolicySchema, options.policy ?? {}, 'policy');
  const text = textOf(options, plan);
  const rules = mergedRules(options, policy, plan);
  assertLadders(options, policy, plan, tiers);
  return {
    ...{ text, rules },
    plan: plan && (await checkedPlan(plan, rules, tiers, options)),
    workspacePath: options.workspace === null ? null : await workspaceOf(options.workspace),
    include: checkedInclude(options),
  };
}

export async function prepareObjective(
  options: StartOptions,
  store: Store,
  tiers: Tiers,
  hasSearchAttributes: boolean,
): Promise<ObjectiveInput> {
  const { text, plan, rules, workspacePath, include } = await checkedObjective(options, tiers);
  const { ladders, limits, budgetMicros, approveAboveMicros, caps, maxWallMs } = rules;
  const priority = parsed(PrioritySchema, options.priority ?? priorityOf(plan), 'priority');
  return {
    objectiveId: options.id === undefined ? idFrom(text) : parsed(ObjectiveIdSchema, options.id, 'id'),
    title: titleFrom(text),
    textRef: await store.blobs.put(text),
    workspacePath: workspacePath ?? '',
    ...(workspacePath === null && { workspace: await emptyWorkspace(store.blobs) }),
    ...(include.length > 0 && { include }),
    ...(options.isWithoutAnswer && { isWithoutAnswer: true }),
    planRef: plan && (await store.blobs.putJson(plan)),
    planOnly: options.planOnly ?? false,
    checksRef: await store.blobs.putJson(rules.checks),
    workRulesRef: await store.blobs.putJson(rules.work),
    ...{ tiers, ladders, limits, budgetMicros, caps, maxWallMs },
    scheduleId: options.scheduleId ?? null,
    ...(approveAboveMicros !== null && { approveAboveMicros }),
    ...(priority !== 'interactive' && { priority }),
    hasSearchAttributes,
  };
}

function textOf({ objective }: StartOptions, plan: PlanFile | null): string {
  const text = (objective ?? plan?.objective ?? '').trim();
  if (text === '') {
    throw new InputInvalid(
      'The objective is empty. Say what is to be found out or done, like: flotilla run "Find unhandled errors in src".',
    );
  }
  if (text.length <= MOST_TEXT_CHARACTERS) return text;
  throw new InputInvalid(
    `The objective has ${text.length} characters; at most ${MOST_TEXT_CHARACTERS} are taken. Put material into the workspace instead.`,
  );
}

type Rules = ReturnType<typeof mergedRules>;

/** The command line over the plan, the plan over the policy, the policy over the defaults. A given plan is not extended unless it says so. */
function mergedRules(options: StartOptions, policy: Policy, plan: PlanFile | null) {
  const limits = {
    ...(plan && options.planOf === undefined && { maxReplans: 0 }),
    ...policy.limits,
    ...plan?.limits,
    ...(options.slots !== undefined && { slots: options.slots }),
  };
  const budget = options.budgetUsd ?? plan?.budgetUsd ?? policy.budgetUsd;
  assertAmount('A budget', budget, 'above 0', (usd) => usd > 0);
  const approveAbove = options.approveAboveUsd ?? plan?.approveAboveUsd ?? policy.approveAboveUsd;
  assertAmount('A threshold for approval', approveAbove, 'of at least 0', (usd) => usd >= 0);
  const { hours, tokens = null, calls = null, quota = null } = { ...policy.caps, ...plan?.caps };
  return {
    caps: { tokens, calls, quota },
    maxWallMs: hours === undefined ? null : hoursToMs(hours),
    checks: { ...policy.checks, ...plan?.checks },
    work: workRulesOf(policy, plan, options.allowHosts),
    ladders: { ...DEFAULT_LADDERS, ...policy.ladders, ...plan?.ladders },
    limits: parsed(LimitsSchema, limits, 'limits'),
    budgetMicros: budget === undefined ? null : toMicros(budget),
    approveAboveMicros: approveAbove === undefined ? null : toMicros(approveAbove),
  };
}

function assertAmount(what: string, usd: number | undefined, least: string, isEnough: (usd: number) => boolean): void {
  if (usd === undefined || (Number.isFinite(usd) && isEnough(usd) && usd <= 1_000_000)) return;
  throw new InputInvalid(`${what} is an amount in US dollars ${least} and at most 1,000,000, not ${usd}.`);
}

async function checkedPlan(
  { subtasks }: PlanFile,
  { limits, checks, ladders, budgetMicros }: Rules,
  tiers: Tiers,
  { workspace, describePlanProblems: describe }: StartOptions,
): Promise<Plan> {
  const { plan, problems = [] } = parsePlan(
    { subtasks },
    { limits, checks: Object.keys(checks), fleet: { tiers, ladders }, operationProblems, readsOutside: true },
  );
  if (!plan) return refuse('plan', problems, describe);
  const more = [
    ...(workspace === null ? writesNowhere(plan) : []),
    ...allowanceProblems(plan.subtasks, budgetMicros),
    ...(await inputProblems(plan.subtasks)),
  ];
  return more.length === 0 ? plan : refuse('plan', more, describe);
}

const writesNowhere = ({ subtasks }: Plan): PlanProblem[] =>
  subtasks.flatMap(({ id, kind }, index) =>
    KINDS[kind].writes
      ? [{ path: ['subtasks', index, 'kind'], message: `Subtask "${id}" changes files, and there is no workspace.` }]
      : [],
  );

/** Ladders that the caller lays down must hold, whether or not a plan is there to use them. A ladder that the plan replaces is not in force. */
function assertLadders(
  { describePlanProblems, describePolicyProblems }: StartOptions,
  policy: Policy,
  plan: PlanFile | null,
  tiers: Tiers,
): void {
  const ofPlan = unfitRungs(plan?.ladders ?? {}, tiers);
  if (ofPlan.length > 0) refuse('plan', ofPlan, describePlanProblems);
  const ofPolicy = unfitRungs({ ...policy.ladders, ...emptied(plan?.ladders) }, tiers);
  if (ofPolicy.length > 0) refuse('policy', ofPolicy, describePolicyProblems);
}

const emptied = (ladders: Policy['ladders'] = {}): Policy['ladders'] =>
  Object.fromEntries(Object.keys(ladders).map((kind) => [kind, []]));

/** Rungs whose models can't do what the kind needs. */
function unfitRungs(ladders: Policy['ladders'], tiers: Tiers): PlanProblem[] {
  return KIND_NAMES.flatMap((kind) =>
    (ladders[kind] ?? []).flatMap(({ tier }, index) => {
      const lack = lackOf(kind, tier, tiers);
      return lack === null ? [] : [{ path: ['ladders', kind, index, 'tier'], message: `${lack}.` }];
    }),
  );
}

function refuse(what: string, problems: PlanProblem[], describe?: Describe): never {
  throw new InputInvalid(describe?.(problems) ?? `The ${what} is not valid: ${problems.map(problemText).join(' ')}`);
}

async function emptyWorkspace(blobs: Store['blobs']): Promise<WorkspaceSummary> {
  const nothing: Manifest = { version: 1, files: [], links: [], leftOut: [] };
  return { workspaceRef: await blobs.putJson(nothing), files: 0, bytes: 0, leftOut: 0 };
}

async function workspaceOf(path = '.'): Promise<string> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch(() => null);
  if (!found) throw new InputInvalid(`The workspace ${absolute} does not exist. Name a directory with --workspace.`);
  if (!found.isDirectory()) throw new InputInvalid(`The workspace ${absolute} is not a directory.`);
  return absolute;
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InputInvalid(`The ${what} is not valid: ${zodProblems(result.error).map(problemText).join('; ')}`);
}

function checkedInclude({ include = [], workspace }: StartOptions): string[] {
  if (include.length > 0 && workspace === null)
    throw new InputInvalid('There is no workspace that anything could be included in. Leave include (--include) out.');
  const problem = includeProblem(include);
  if (problem !== null) throw new InputInvalid(`What is to be included (--include) is not valid. ${problem}`);
  return include;
}
