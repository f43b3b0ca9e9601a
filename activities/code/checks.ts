/** Which commands judge the changes of subtasks: named by the plan, worded by the caller alone. */
import { type Check, ChecksSchema, type Subtask, type WorkRules, WorkRulesSchema } from '../../src/contracts/plan.ts';
import type { WorkAssignment } from '../../src/contracts/subagent.ts';
import type { Blobs } from '../../src/store/blobs.ts';

export interface NamedCheck {
  name: string;
  check: Check;
}

/** Those of all of them, each once, in the caller's order. A subtask that names none is judged by all. */
export async function checksOf(
  blobs: Blobs,
  { checksRef }: WorkAssignment,
  subtasks: Subtask[],
): Promise<NamedCheck[]> {
  const known = await blobs.getJson(checksRef, ChecksSchema);
  const wanted = subtasks.flatMap((subtask) => (subtask.kind === 'code' ? (subtask.checks ?? Object.keys(known)) : []));
  return Object.entries(known)
    .filter(([name]) => wanted.includes(name))
    .map(([name, check]) => ({ name, check }));
}

export async function workRulesOf(blobs: Blobs, { workRulesRef }: WorkAssignment): Promise<WorkRules> {
  return workRulesRef === undefined ? WorkRulesSchema.parse({}) : blobs.getJson(workRulesRef, WorkRulesSchema);
}
