/** What kinds of subtask need of a model, against what the models of the tiers can do. Pure and free of zod; the words name kind, tier and model. */
import type { Tier } from './addresses.ts';
import { type Kind, KIND_NAMES, KINDS, type Ladders } from './kinds.ts';
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

/** The kinds that a manager may plan with: what it is told of is what is accepted of it. `checks` are the commands that the caller named. */
export const plannableKinds = (fleet: Fleet, checks: string[]): Kind[] =>
  KIND_NAMES.filter((kind) => obstaclesOf(kind, fleet, checks).length === 0);

/** Why a manager could plan nothing that does anything; null when it can. */
export function unplannable(fleet: Fleet, checks: string[]): string | null {
  if (plannableKinds(fleet, checks).some((kind) => !KINDS[kind].buildsOnOthers)) return null;
  const obstacles = KIND_NAMES.flatMap((kind) => obstaclesOf(kind, fleet, checks));
  return `There is no kind of subtask to plan with: ${obstacles.join('; ')}.`;
}

function obstaclesOf(kind: Kind, fleet: Fleet, checks: string[]): string[] {
  if (kind === 'check' && checks.length === 0) return ['the kind "check" needs a command, and none is named'];
  return lacksOf({ kind, tier: null }, fleet);
}
