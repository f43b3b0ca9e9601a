/** What kinds of subtask need of a model, against what the models of the tiers can do. Pure and free of zod; the words name kind, tier and model. */
import type { Tier } from './addresses.ts';
import { type Capability, type Kind, KIND_NAMES, KINDS, type Ladders } from './kinds.ts';
import { climb, type Climber } from './ladder.ts';
import { type RecordedProfile, wholeProfile } from './profile.ts';

/** Who carries subtasks out. */
export interface Fleet {
  tiers: Record<Tier, RecordedProfile>;
  ladders: Ladders;
}

/** How a kind is carried out, where that asks more of a model. */
interface Way {
  /** Of a map. */
  lane?: string | undefined;
}

/** Why the model of a tier can't carry a kind out; null when it can. */
export function lackOf(kind: Kind, tier: Tier, tiers: Fleet['tiers'], { lane }: Way = {}): string | null {
  const { model, capabilities } = wholeProfile(tiers[tier]);
  const ofLane: Capability[] = lane === 'batch' ? ['batch'] : [];
  const needs = [...KINDS[kind].needs, ...ofLane];
  const lacking = needs.filter((need) => !capabilities.includes(need));
  if (lacking.length === 0) return null;
  const what = `the kind "${kind}"${ofLane.length > 0 ? ' in the lane "batch"' : ''}`;
  return `${what} needs a model with ${needs.join(', ')}, and that of the tier "${tier}" (${model}) lacks ${lacking.join(', ')}`;
}

/** The same for every tier that a subtask may come to, its own one included. */
export const lacksOf = (subtask: Climber & Way, { tiers, ladders }: Fleet): string[] =>
  [...new Set(climb(subtask, ladders))].flatMap((tier) => lackOf(subtask.kind, tier, tiers, subtask) ?? []);

/**
 * The kinds that a manager may plan with: what it is told of is what is accepted of it. `checks` are the commands that the caller named; `canWrite`: there are
 * files, and a sandbox to change them in.
 */
export const plannableKinds = (fleet: Fleet, checks: string[], canWrite: boolean): Kind[] =>
  KIND_NAMES.filter((kind) => {
    if (kind === 'check') return checks.length > 0;
    return (canWrite || !KINDS[kind].writes) && lacksOf({ kind, tier: null }, fleet).length === 0;
  });
