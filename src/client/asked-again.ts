/** The input of an objective as the options of another one: what `prepareObjective` made of them, undone. */
import { msToHours } from '../contracts/budget.ts';
import { toUsd } from '../contracts/money.ts';
import type { ObjectiveInput } from '../contracts/objective.ts';
import { ChecksSchema, WorkRulesSchema } from '../contracts/plan.ts';
import type { Blobs } from '../store/blobs.ts';
import type { StartOptions } from './prepare.ts';

/** Not its plan, its id, nor its tiers, which are today's. */
export async function askedAgain(
  input: ObjectiveInput,
  blobs: Blobs,
): Promise<Pick<StartOptions, 'objective' | 'workspace' | 'include' | 'isWithoutAnswer' | 'policy'>> {
  const { limits, ladders, budgetMicros, approveAboveMicros, maxWallMs = null, caps = {} } = input;
  const policy = {
    ...{ limits, ladders, checks: await blobs.getJson(input.checksRef, ChecksSchema) },
    ...(input.workRulesRef !== undefined && (await blobs.getJson(input.workRulesRef, WorkRulesSchema))),
    caps: given({ ...caps, hours: maxWallMs === null ? null : msToHours(maxWallMs) }),
    ...(budgetMicros !== null && { budgetUsd: toUsd(budgetMicros) }),
    ...(approveAboveMicros !== undefined && { approveAboveUsd: toUsd(approveAboveMicros) }),
  };
  return {
    objective: await blobs.getText(input.textRef),
    workspace: input.workspace ? null : input.workspacePath,
    ...(input.include && { include: input.include }),
    ...(input.isWithoutAnswer && { isWithoutAnswer: true }),
    policy,
  };
}

const given = (caps: Record<string, number | null>): Record<string, number> =>
  Object.fromEntries(Object.entries(caps).filter((cap): cap is [string, number] => cap[1] !== null));
