/** `flotilla run`: starts an objective and follows it, or leaves it to itself. */
import { readPlanFile, readPolicyFile } from '../../client/plan-file.ts';
import type { ObjectiveHandle } from '../../client/objective-handle.ts';
import type { StartOptions } from '../../client/prepare.ts';
import { attendStarted } from '../attend.ts';
import { type Context, withFlotilla } from '../context.ts';
import { subtaskLines } from '../estimate-view.ts';
import { say, type Terminal } from '../terminal.ts';
import { estimateRun } from './estimate.ts';

export interface RunFlags {
  workspace?: string;
  include?: string[];
  allowHost?: string[];
  plan?: string;
  planOf?: string;
  policy?: string;
  planOnly?: boolean;
  estimate?: boolean;
  budget?: number;
  approveAbove?: number;
  slots?: number;
  background?: boolean;
  id?: string;
  detach?: boolean;
  json?: boolean;
}

export async function run(context: Context, objective: string | undefined, flags: RunFlags): Promise<number> {
  const options = startOptions(objective, flags);
  if (flags.estimate) return estimateRun(context, options, flags);
  return withFlotilla(context, async (flotilla) => {
    const handle = await flotilla.start(options);
    const { planOnly, json = false } = flags;
    const onCompleted = planOnly ? () => printPlan(context.terminal, handle, json) : undefined;
    return attendStarted(context, handle, { ...flags, ...(onCompleted && { onCompleted }) });
  });
}

function startOptions(objective: string | undefined, flags: RunFlags): StartOptions {
  const plan = flags.plan === undefined ? null : readPlanFile(flags.plan);
  const policy = flags.policy === undefined ? null : readPolicyFile(flags.policy);
  return {
    ...(objective !== undefined && { objective }),
    ...(flags.workspace !== undefined && { workspace: flags.workspace }),
    ...(flags.include !== undefined && { include: flags.include }),
    ...(flags.allowHost !== undefined && { allowHosts: flags.allowHost }),
    ...(flags.planOf !== undefined && { planOf: flags.planOf }),
    ...(plan && { plan: plan.value, describePlanProblems: plan.describe }),
    ...(policy && { policy: policy.value, describePolicyProblems: policy.describe }),
    ...(flags.planOnly && { planOnly: true }),
    ...(flags.budget !== undefined && { budgetUsd: flags.budget }),
    ...(flags.approveAbove !== undefined && { approveAboveUsd: flags.approveAbove }),
    ...(flags.slots !== undefined && { slots: flags.slots }),
    ...(flags.background && { priority: 'background' }),
    ...(flags.id !== undefined && { id: flags.id }),
  };
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
