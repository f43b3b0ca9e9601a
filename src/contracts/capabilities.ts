/** What kinds of subtask need of a model, against what the models of the tiers can do. Pure and free of zod; the words name kind, tier and model. */
import type { Tier } from './addresses.ts';
import { type Kind, KINDS, type Ladders } from './kinds.ts';
import { climb, type Climber } from './ladder.ts';
import { type RecordedProfile, wholeProfile } from './profile.ts';

/** Who carries subtasks out. */
export interface Fleet {
  tiers: Record<Tier, RecordedProfile>;
  ladders: Ladders;
}

/** Why the model of a tier can't carry a kind out; null when it can. */
export function lackOf(kind: Kind, tier: Tier, tiers: Fleet['tiers']): string | null {
  const { model, capabilities } = wholeProfile(tiers[tier]);
  const lacking = KINDS[kind].needs.filter((need) => !capabilities.includes(need));
  if (lacking.length === 0) return null;
  return `the kind "${kind}" needs a model with ${KINDS[kind].needs.join(', ')}, and that of the tier "${tier}" (${model}) lacks ${lacking.join(', ')}`;
}

/** The same for every tier that a subtask may come to, its own one included. */
export const lacksOf = (subtask: Climber, { tiers, ladders }: Fleet): string[] =>
  [...new Set(climb(subtask, ladders))].flatMap((tier) => lackOf(subtask.kind, tier, tiers) ?? []);
