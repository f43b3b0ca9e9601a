/** From anything to a plan that stands, or to every reason why not. Used on plan files and on what a model wrote. */
import type { z } from 'zod';
import { type Fleet, lacksOf } from './capabilities.ts';
import { KINDS } from './kinds.ts';
import type { Limits } from './limits.ts';
import { type PlanProblem, planProblems } from './plan-graph.ts';
import { mapProblems, type MapRules } from './plan-maps.ts';
import { type Plan, PlanSchema } from './plan.ts';

export type { PlanProblem } from './plan-graph.ts';

export interface PlanRules extends MapRules {
  limits: Limits;
  /** Names of the checks that the caller allows. */
  checks: string[];
  fleet: Fleet;
  /** Are there files, and a sandbox to change them in? Default: that is found out where they are changed. */
  canWrite?: boolean;
  /** Ids of earlier rounds, which new subtasks may depend on. */
  known?: string[];
}

export type ParsedPlan = { plan: Plan; problems?: never } | { plan?: never; problems: PlanProblem[] };

export function parsePlan(value: unknown, rules: PlanRules): ParsedPlan {
  const tooMany = sizeProblem(value, rules.limits.maxSubtasks);
  if (tooMany) return { problems: [tooMany] };
  const parsed = PlanSchema.safeParse(value);
  if (!parsed.success) return { problems: zodProblems(parsed.error) };
  const plan = parsed.data;
  const problems = [
    ...planProblems(plan.subtasks, rules.limits, rules.known),
    ...unknownChecks(plan, rules.checks),
    ...unfitTiers(plan, rules.fleet),
    ...writesNowhere(plan, rules),
    ...mapProblems(plan, rules),
  ];
  return problems.length > 0 ? { problems } : { plan };
}

function writesNowhere(plan: Plan, { canWrite = true }: PlanRules): PlanProblem[] {
  if (canWrite) return [];
  return plan.subtasks.flatMap(({ id, kind }, index) => {
    const message = `Subtask "${id}" is of the kind "${kind}", which changes files: there is no workspace, or no sandbox to change them in.`;
    return KINDS[kind].writes ? [{ path: ['subtasks', index, 'kind'], message }] : [];
  });
}

/** A plan of ten thousand nodes is refused before any of them is looked at. */
function sizeProblem(value: unknown, most: number): PlanProblem | undefined {
  const subtasks = (value as { subtasks?: unknown } | null)?.subtasks;
  if (!Array.isArray(subtasks) || subtasks.length <= most) return undefined;
  const message = `The plan has ${subtasks.length} subtasks; at most ${most} are allowed (limits.maxSubtasks).`;
  return { path: ['subtasks'], message };
}

function unknownChecks(plan: Plan, names: string[]): PlanProblem[] {
  const known = names.length > 0 ? `known are: ${names.join(', ')}` : 'the caller named none';
  return plan.subtasks.flatMap((subtask, index) =>
    checksIn(subtask)
      .filter(({ name }) => !names.includes(name))
      .map(({ name, path }) => ({
        path: ['subtasks', index, ...path],
        message: `Subtask "${subtask.id}" runs the check "${name}", which does not exist (${known}).`,
      })),
  );
}

function checksIn(subtask: Plan['subtasks'][number]): { name: string; path: (string | number)[] }[] {
  if (subtask.kind === 'check') return [{ name: subtask.check, path: ['check'] }];
  if (subtask.kind !== 'code') return [];
  return (subtask.checks ?? []).map((name, index) => ({ name, path: ['checks', index] }));
}

function unfitTiers(plan: Plan, fleet: Fleet): PlanProblem[] {
  return plan.subtasks.flatMap((subtask, index) => {
    const { id, kind, tier } = subtask;
    const lane = subtask.kind === 'map' ? subtask.lane : undefined;
    return lacksOf({ kind, tier: tier ?? null, lane }, fleet).map((lack) => ({
      path: ['subtasks', index, lane === 'batch' ? 'lane' : tier === undefined ? 'kind' : 'tier'],
      message: `Subtask "${id}" can't be carried out: ${lack}.`,
    }));
  });
}

/** Zod's issues as problems; symbols cannot occur in what JSON or YAML hold. */
export function zodProblems(error: z.ZodError): PlanProblem[] {
  return error.issues.map(({ path, message }) => ({
    path: path.map((key) => (typeof key === 'number' ? key : String(key))),
    message,
  }));
}

/** `subtasks[3].kind: Invalid option` */
export const problemText = ({ path, message }: PlanProblem): string =>
  path.length === 0 ? message : `${pathText(path)}: ${message}`;

const pathText = (path: (string | number)[]): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
