/** Builders that show only what matters to a test. */
import { DEFAULT_LADDERS } from '../../src/contracts/kinds.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Tier } from '../../src/contracts/addresses.ts';
import type { Fleet } from '../../src/contracts/capabilities.ts';
import { type Limits, LimitsSchema } from '../../src/contracts/limits.ts';
import type { PlanRules } from '../../src/contracts/parse-plan.ts';
import { operationProblems } from '../../src/map/operations/registry.ts';
import type { TierProfile } from '../../src/contracts/model.ts';
import type { PlannedSubtask, SubtaskOutcome } from '../../src/contracts/objective.ts';
import { loadTiers } from '../../src/tiers.ts';

export const limits = (change: Partial<Limits> = {}): Limits => ({ ...LimitsSchema.parse({}), ...change });

interface WholeFleet extends Fleet {
  tiers: Record<Tier, TierProfile>;
}

/** The built-in tiers and ladders. */
export const fleet = (change: Partial<WholeFleet> = {}): WholeFleet => ({
  tiers: loadTiers(loadCatalogue()),
  ladders: DEFAULT_LADDERS,
  ...change,
});

/** Of a plan that a model writes. */
export const planRules = (change: Partial<PlanRules> = {}): PlanRules => ({
  limits: limits(),
  checks: [],
  fleet: fleet(),
  operationProblems,
  readsOutside: false,
  ...change,
});

export const rules = (change: Partial<Limits> = {}) => ({
  objectiveId: 'test',
  title: 'Test',
  limits: limits(change),
  ladders: DEFAULT_LADDERS,
});

export const subtask = (
  id: string,
  dependsOn: string[] = [],
  change: Partial<PlannedSubtask> = {},
): PlannedSubtask => ({
  id,
  kind: 'investigate',
  title: `Subtask ${id}`,
  tier: null,
  dependsOn,
  weight: 1,
  planRef: 'sha256:plan',
  round: 1,
  ...change,
});

const spend = { calls: 1, costMicros: 10 };

export const completed = (): SubtaskOutcome => ({
  status: 'completed',
  resultRef: 'sha256:result',
  summary: 'done',
  findings: 1,
  spend,
});

export const failed = (
  type: Extract<SubtaskOutcome, { status: 'failed' }>['failure']['type'] = 'ModelRefused',
): SubtaskOutcome => ({
  status: 'failed',
  failure: { type, message: 'it did not work' },
  evidenceRef: null,
  spend,
});
