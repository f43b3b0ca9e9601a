/**
 * Plans as they were read last: an attempt of one subtask of a thousand would parse all of them for itself. A reference is the hash of its bytes,
 * so what was read once stays true.
 */
import { PlanSchema, type Subtask } from '../../src/contracts/plan.ts';
import type { Blobs } from '../../src/store/blobs.ts';

type Subtasks = ReadonlyMap<string, Subtask>;

const MOST_KEPT = 16;
const kept = new WeakMap<Blobs, Map<string, Promise<Subtasks>>>();

/** The subtasks of a plan, by id. */
export async function subtasksOf(blobs: Blobs, planRef: string): Promise<Subtasks> {
  const plans = kept.get(blobs) ?? new Map<string, Promise<Subtasks>>();
  kept.set(blobs, plans);
  const reading = plans.get(planRef) ?? read(blobs, planRef);
  plans.delete(planRef);
  plans.set(planRef, reading);
  const [oldest] = plans.keys();
  if (plans.size > MOST_KEPT && oldest !== undefined) plans.delete(oldest);
  try {
    return await reading;
  } catch (error) {
    plans.delete(planRef);
    throw error;
  }
}

async function read(blobs: Blobs, planRef: string): Promise<Subtasks> {
  const { subtasks } = await blobs.getJson(planRef, PlanSchema);
  return new Map(subtasks.map((subtask) => [subtask.id, subtask]));
}
