/**
 * `flotilla run --estimate`: what a plan may cost. With a plan file nothing is started and no stack is needed; else the manager plans first, and
 * its call is shown as spent.
 */
import type { Flotilla } from '../../client/connect.ts';
import { estimatePlan, type PlannedBy } from '../../client/estimate.ts';
import type { ObjectiveHandle } from '../../client/objective-handle.ts';
import type { StartOptions } from '../../client/prepare.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { attend } from '../attend.ts';
import { type Context, withFlotilla } from '../context.ts';
import { estimateLines, subtaskLines } from '../estimate-view.ts';
import { EXIT } from '../exit-codes.ts';
import { say } from '../terminal.ts';

interface Flags {
  json?: boolean;
  detach?: boolean;
  planOnly?: boolean;
}

export async function estimateRun(
  context: Context,
  options: StartOptions,
  { json = false, detach, planOnly }: Flags,
): Promise<number> {
  if (detach || planOnly)
    throw new InputInvalid(
      `--estimate starts nothing else, so that --${detach ? 'detach' : 'plan-only'} does not go with it.`,
    );
  const print = async (planned: StartOptions, by: PlannedBy | null): Promise<void> => {
    const estimate = await estimatePlan({ ...planned, home: context.config.home }, by);
    if (json) return void context.terminal.json(estimate);
    for (const line of estimateLines(context.terminal, estimate)) context.terminal.line(line);
    if (by) context.terminal.line(say`Carry it out with: flotilla run --plan-of ${by.objectiveId}`);
  };
  if (options.plan !== undefined && options.planOf === undefined) {
    await print(options, null);
    return EXIT.done;
  }
  return withFlotilla(context, async (flotilla) => {
    if (options.planOf !== undefined) {
      const planned = await flotilla.withPlanOf(options, options.planOf);
      await print(planned, null);
      return EXIT.done;
    }
    return afterPlanning(context, flotilla, options, json, print);
  });
}

async function afterPlanning(
  context: Context,
  flotilla: Flotilla,
  options: StartOptions,
  json: boolean,
  print: (planned: StartOptions, by: PlannedBy) => Promise<void>,
): Promise<number> {
  const handle = await flotilla.start({ ...options, planOnly: true });
  if (!json) context.terminal.line(say`Objective ${context.terminal.style('bold', handle.id)} plans.`);
  const onCompleted = async (): Promise<void> => {
    const plan = await handle.plan();
    if (!json) for (const line of subtaskLines(context.terminal, plan)) context.terminal.line(line);
    await print(
      { ...options, plan, planOf: handle.id },
      { objectiveId: handle.id, spentMicros: await spentBy(handle) },
    );
  };
  return attend(context, handle, { json, onCompleted });
}

async function spentBy(handle: ObjectiveHandle): Promise<number> {
  const { spend } = await handle.view();
  return spend.reduce((sum, { settledMicros, inDoubtMicros }) => sum + settledMicros + inDoubtMicros, 0);
}
