/** How one attempt of a map goes about the items of a phase, live or in batches: under the same keys. */
import type { MapPhase } from '../../src/contracts/map-run.ts';
import type { Assignment } from '../../src/contracts/subagent.ts';
import type { Services } from '../services.ts';
import type { MapCalls } from './ask.ts';
import type { ClimbRules } from './climb.ts';
import { KeptItems } from './kept-items.ts';
import { questionOf } from './question.ts';

export interface Approach {
  rules: ClimbRules;
  kept: KeptItems;
  calls: MapCalls;
  /** Items in one call. */
  pack: number;
}

export async function approachOf(
  services: Pick<Services, 'store' | 'answererOf'>,
  assignment: Assignment,
  phase: MapPhase,
): Promise<Approach> {
  const { objectiveId, subtask, attempt, tier, profile } = assignment;
  const { operation, threshold, pack, keyOf, prefix } = await questionOf(services, assignment, phase);
  const tiers = assignment.tiers ?? { manager: profile, mini: profile, nano: profile };
  return {
    rules: { operation, threshold, tier },
    kept: new KeptItems(services.store.items, { keyOf, map: `${objectiveId}/${subtask.id}/${attempt}`, threshold }),
    calls: { address: { objectiveId, subtaskId: subtask.id, attempt }, prefix, tiers },
    pack,
  };
}
