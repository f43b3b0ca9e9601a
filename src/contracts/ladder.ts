/**
 * Which tier an attempt runs on. Pure and free of zod: Workflows load it. The ladders enter as input: a deploy never changes the climb of a run
 * under way.
 */
import type { Tier } from './addresses.ts';
import type { Kind, Ladders } from './kinds.ts';

export interface Climber {
  kind: Kind;
  /** Its own, where it has one. */
  tier: Tier | null;
}

/** How many attempts a subtask has; one where no model takes part. */
export const attemptsOf = (subtask: Climber, ladders: Ladders): number => Math.max(1, climb(subtask, ladders).length);

/** The tier of attempt 1, 2, …; null where no model takes part. */
export const tierOfAttempt = (subtask: Climber, attempt: number, ladders: Ladders): Tier | null =>
  climb(subtask, ladders)[attempt - 1] ?? null;

/** One tier per attempt. A subtask's own tier is where it starts, also beside the ladder. */
export function climb({ kind, tier }: Climber, ladders: Ladders): Tier[] {
  // An objective that began before a kind existed has no ladder for it.
  const rungs = (ladders as Partial<Ladders>)[kind] ?? [];
  const tiers = rungs.flatMap((rung) => Array.from({ length: rung.tries }, () => rung.tier));
  if (tier === null || tiers.length === 0) return tiers;
  const from = tiers.indexOf(tier);
  return from >= 0 ? tiers.slice(from) : [tier];
}
