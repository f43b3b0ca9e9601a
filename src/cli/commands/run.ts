/** `flotilla run`: starts an objective and follows it, or leaves it to itself. */
import { readPlanFile, readPolicyFile } from '../../client/plan-file.ts';
import type { ObjectiveHandle } from '../../client/objective-handle.ts';
import type { StartOptions } from '../../client/prepare.ts';
import { attend } from '../attend.ts';
import { type Context, reportsFolderOf, withFlotilla } from '../context.ts';
import { subtaskLines } from '../estimate-view.ts';
import { EXIT } from '../exit-codes.ts';
import { reportFolder } from '../follow.ts';
import { say, type Terminal } from '../terminal.ts';
import { toObjectiveJson } from '../view-json.ts';
import { estimateRun } from './estimate.ts';

export interface RunFlags {
  workspace?: string;
  plan?: string;
  planOf?: string;
  policy?: string;
  planOnly?: boolean;
  estimate?: boolean;
  budget?: number;
  approveAbove?: number;
  slots?: number;
  id?: string;
  detach?: boolean;
  json?: boolean;
}

export async function run(context: Context, objective: string | undefined, flags: RunFlags): Promise<number> {
  const options = startOptions(objective, flags);
  if (flags.estimate) return estimateRun(context, options, flags);
  return withFlotilla(context, async (flotilla) => {
    const handle = await flotilla.start(options);
    const json = flags.json ?? false;
    if (!json) context.terminal.line(say`Objective ${context.terminal.style('bold', handle.id)} started.`);
    if (flags.detach) return leave(context, handle, json);
    const onCompleted = flags.planOnly ? () => printPlan(context.terminal, handle, json) : undefined;
    return attend(context, handle, { json, ...(onCompleted && { onCompleted }) });
  });
}

function startOptions(objective: string | undefined, flags: RunFlags): StartOptions {
  const plan = flags.plan === undefined ? null : readPlanFile(flags.plan);
  const policy = flags.policy === undefined ? null : readPolicyFile(flags.policy);
  return {
    ...(objective !== undefined && { objective }),
    ...(flags.workspace !== undefined && { workspace: flags.workspace }),
    ...(flags.planOf !== undefined && { planOf: flags.planOf }),
    ...(plan && { plan: plan.value, describePlanProblems: plan.describe }),
    ...(policy && { policy: policy.value, describePolicyProblems: policy.describe }),
    ...(flags.planOnly && { planOnly: true }),
    ...(flags.budget !== undefined && { budgetUsd: flags.budget }),
    ...(flags.approveAbove !== undefined && { approveAboveUsd: flags.approveAbove }),
    ...(flags.slots !== undefined && { slots: flags.slots }),
    ...(flags.id !== undefined && { id: flags.id }),
  };
}

async function leave({ terminal, config }: Context, handle: ObjectiveHandle, json: boolean): Promise<number> {
  if (json) terminal.json(toObjectiveJson(await handle.view(), reportFolder(reportsFolderOf(config), handle.id)));
  else terminal.line(say`Watch it with: flotilla watch ${handle.id}`);
  return EXIT.done;
}

/** The plan in the shape of a plan file: what `--json` prints can be given to `--plan`. */
async function printPlan(terminal: Terminal, handle: ObjectiveHandle, json: boolean): Promise<void> {
  const plan = await handle.plan();
  if (json) return void terminal.json(plan);
  for (const line of subtaskLines(terminal, plan)) terminal.line(line);
  terminal.line(
    say`${plan.subtasks.length} subtasks; nothing else was started. Carry them out with: flotilla run --plan-of ${handle.id}   or, changed: --plan FILE, FILE being what --plan-only --json prints.`,
  );
}
