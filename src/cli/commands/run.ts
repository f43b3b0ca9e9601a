/** `flotilla run`: starts an objective and follows it, or leaves it to itself. */
import { readPlanFile, readPolicyFile } from '../../client/plan-file.ts';
import type { ObjectiveHandle } from '../../client/objective-handle.ts';
import type { StartOptions } from '../../client/prepare.ts';
import { type Context, interruptible, reportsFolderOf, withFlotilla } from '../context.ts';
import { printEnding } from '../ending.ts';
import { EXIT } from '../exit-codes.ts';
import { follow, followedExitCode, reportFolder } from '../follow.ts';
import { say, type Styled, type Terminal } from '../terminal.ts';
import { type ObjectiveJson, toObjectiveJson } from '../view-json.ts';

export interface RunFlags {
  workspace?: string;
  plan?: string;
  policy?: string;
  planOnly?: boolean;
  budget?: number;
  slots?: number;
  id?: string;
  detach?: boolean;
  json?: boolean;
}

export async function run(context: Context, objective: string | undefined, flags: RunFlags): Promise<number> {
  const options = startOptions(objective, flags);
  return withFlotilla(context, async (flotilla) => {
    const handle = await flotilla.start(options);
    const json = flags.json ?? false;
    if (!json) context.terminal.line(say`Objective ${context.terminal.style('bold', handle.id)} started.`);
    if (flags.detach) return leave(context, handle, json);
    return attend(context, handle, { json, planOnly: flags.planOnly ?? false });
  });
}

function startOptions(objective: string | undefined, flags: RunFlags): StartOptions {
  const plan = flags.plan === undefined ? null : readPlanFile(flags.plan);
  const policy = flags.policy === undefined ? null : readPolicyFile(flags.policy);
  return {
    ...(objective !== undefined && { objective }),
    ...(flags.workspace !== undefined && { workspace: flags.workspace }),
    ...(plan && { plan: plan.value, describePlanProblems: plan.describe }),
    ...(policy && { policy: policy.value, describePolicyProblems: policy.describe }),
    ...(flags.planOnly && { planOnly: true }),
    ...(flags.budget !== undefined && { budgetUsd: flags.budget }),
    ...(flags.slots !== undefined && { slots: flags.slots }),
    ...(flags.id !== undefined && { id: flags.id }),
  };
}

export interface AttendOptions {
  json?: boolean;
  planOnly?: boolean;
  /** Ctrl-C ends the stack, too. */
  endsStack?: boolean;
}

/** Follows an objective that was started or found, and says how it ended. Also what `watch` does. */
export async function attend(
  { terminal, config }: Context,
  handle: ObjectiveHandle,
  { json = false, planOnly = false, endsStack = false }: AttendOptions = {},
): Promise<number> {
  const { signal, release } = interruptible();
  const reportsFolder = reportsFolderOf(config);
  const later = endsStack
    ? say`it goes on once the stack is up again (flotilla up). Then: flotilla watch ${handle.id}`
    : say`it goes on. Come back with: flotilla watch ${handle.id}`;
  const hint = terminal.style('dim', say`Ctrl-C ${endsStack ? 'stops everything' : 'lets go of it'}; ${later}`);
  try {
    const last = await follow(handle, { terminal, reportsFolder, json, detached: signal, hint });
    const exitCode = followedExitCode(last, signal);
    if (planOnly && last.status === 'completed') await printPlan(terminal, handle, last, json);
    else if (json) terminal.json(last);
    else if (last.phase === 'ended') await printEnding(terminal, handle, last);
    else printStanding(terminal, last, exitCode, later);
    return exitCode;
  } finally {
    release();
  }
}

async function leave({ terminal, config }: Context, handle: ObjectiveHandle, json: boolean): Promise<number> {
  if (json) terminal.json(toObjectiveJson(await handle.view(), reportFolder(reportsFolderOf(config), handle.id)));
  else terminal.line(say`Watch it with: flotilla watch ${handle.id}`);
  return EXIT.done;
}

function printStanding(
  terminal: Terminal,
  { objectiveId, pause }: ObjectiveJson,
  exitCode: number,
  later: Styled,
): void {
  if (exitCode === EXIT.stoppedByBudget) {
    terminal.line(terminal.style('yellow', say`The budget stops it: ${pause?.message ?? ''}`));
    const raise = pause?.reason === 'WallTimeReached' ? '--raise-hours 1' : '--raise 5';
    return void terminal.line(
      say`Go on with: flotilla budget ${objectiveId} ${raise}   or end it with: flotilla cancel ${objectiveId}`,
    );
  }
  terminal.line(say`Let go of ${objectiveId}; ${later}`);
}

/** The plan in the shape of a plan file: what `--json` prints can be given to `--plan`. */
async function printPlan(
  terminal: Terminal,
  handle: ObjectiveHandle,
  { subtasks }: ObjectiveJson,
  json: boolean,
): Promise<void> {
  const plan = await handle.plan();
  if (json) return void terminal.json(plan);
  for (const subtask of plan.subtasks) {
    const needs =
      subtask.dependsOn.length > 0 ? terminal.style('dim', `  needs ${subtask.dependsOn.join(', ')}`) : say``;
    terminal.line(say`${terminal.style('bold', subtask.id)} (${subtask.kind}): ${subtask.title}${needs}`);
    if ('instructions' in subtask && subtask.instructions !== '')
      terminal.line(terminal.style('dim', say`    ${subtask.instructions}`));
  }
  terminal.line(
    say`${subtasks.length} subtasks; nothing else was started. Run them with --plan FILE, FILE being what --plan-only --json prints.`,
  );
}
