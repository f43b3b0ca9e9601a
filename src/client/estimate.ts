/** Estimates on the caller's side: nothing is started, nothing is written, no server is needed. What a home has seen is taken into account. */
import { existsSync } from 'node:fs';
import { loadConfig, storeFolder } from '../config.ts';
import type { Estimate } from '../contracts/estimate.ts';
import { estimate } from '../estimate/estimate.ts';
import { priceOf } from '../estimate/prices.ts';
import { InputInvalid } from '../located-yaml.ts';
import { inputSizes } from '../map/input/outside.ts';
import type { Past } from '../store/ledger.ts';
import { databaseFile, openStore } from '../store/store.ts';
import { loadFleet } from '../tiers.ts';
import { sizesIn } from '../workspace/sizes.ts';
import { checkedObjective, type StartOptions } from './prepare.ts';

export interface EstimateOptions extends StartOptions {
  /** Default: `FLOTILLA_HOME`, else `~/.flotilla`. */
  home?: string;
}

/** What came before, where there is something. */
export interface PlannedBy {
  objectiveId: string;
  spentMicros: number;
}

/** Contract: the options hold a plan; without one there is nothing to estimate before the manager has planned. */
export async function estimatePlan(options: EstimateOptions, planned: PlannedBy | null = null): Promise<Estimate> {
  const config = loadConfig();
  const { catalogue, tiers } = loadFleet(config);
  const { text, plan, rules, workspacePath, include } = await checkedObjective(options, tiers);
  if (!plan) throw new InputInvalid('There is no plan to estimate. Hand one over, or let an objective plan first.');
  const { limits, ladders, checks, budgetMicros, approveAboveMicros } = rules;
  return estimate({
    ...{ limits, ladders, checks, tiers, budgetMicros, approveAboveMicros },
    objectiveId: planned?.objectiveId ?? null,
    spentMicros: planned?.spentMicros ?? 0,
    subtasks: plan.subtasks,
    priceOf: priceOf(catalogue),
    isWithoutAnswer: options.isWithoutAnswer ?? false,
    textBytes: Buffer.byteLength(text),
    files: [
      ...(workspacePath === null ? [] : await sizesIn(workspacePath, include)),
      ...(await inputSizes(plan.subtasks)),
    ],
    past: await pastOf(storeFolder(options.home ?? config.home)),
    ...{ round: 1, earlier: 0 },
  });
}

/** A home that was never used has none, and is not made. */
async function pastOf(folder: string): Promise<Past> {
  if (!existsSync(databaseFile(folder))) return { attempts: [], objectives: 0 };
  const store = openStore(folder);
  try {
    return await store.ledger.past();
  } finally {
    await store.close();
  }
}
