/** The Activities of each Task Queue. Their names live in every history. */
import { createCheckActivity } from './check/run-check.ts';
import { createMapBatchActivities } from './map/batch.ts';
import { createFinishMapActivity } from './map/finish.ts';
import { createFreezeItemsActivity } from './map/freeze.ts';
import { createPairItemsActivity } from './map/pair.ts';
import { createMapShardActivity } from './map/shard.ts';
import { createEstimateActivity } from './planning/estimate-plan.ts';
import { createJudgeActivity } from './planning/judge.ts';
import { createOpenCloseActivities } from './planning/open-close.ts';
import { createPlanActivities } from './planning/plan.ts';
import { createSynthesizeActivity } from './planning/synthesize.ts';
import { createReportActivity } from './report/write-report.ts';
import type { Services } from './services.ts';
import { createRunTools } from './subagent/run-tools.ts';
import { createTakeTurn } from './subagent/take-turn.ts';
import { createTriageActivity } from './triage/triage-findings.ts';
import { createFreezeActivity } from './workspace/freeze-workspace.ts';
import { Workspaces } from './workspace/workspaces.ts';

const workspacesOf = ({ store, cacheFolder }: Services): Workspaces => new Workspaces(store.blobs, cacheFolder);

const subagent = (services: Services, workspaces: Workspaces) => ({
  ...createTakeTurn(services, workspaces),
  ...createRunTools(services, workspaces),
});

/** A map begins on any tier. */
const map = (services: Services) => ({
  ...createMapShardActivity(services),
  ...createMapBatchActivities(services),
});

/** Planning, judging, reporting; and subagents and triages that were escalated to the flagship. */
export function createManagerActivities(services: Services) {
  const workspaces = workspacesOf(services);
  return {
    ...createOpenCloseActivities(services),
    ...createFreezeActivity(services),
    ...createFreezeItemsActivity(services),
    ...createFinishMapActivity(services),
    ...createPairItemsActivity(services),
    ...createPlanActivities(services, workspaces),
    ...createEstimateActivity(services, workspaces),
    ...createJudgeActivity(services),
    ...createSynthesizeActivity(services),
    ...createReportActivity(services, workspaces),
    ...createTriageActivity(services),
    ...map(services),
    ...subagent(services, workspaces),
  };
}

/** Subagents, the commands that judge them, and triages that were escalated. */
export function createMiniActivities(services: Services) {
  const workspaces = workspacesOf(services);
  return {
    ...subagent(services, workspaces),
    ...createCheckActivity(services, workspaces),
    ...createTriageActivity(services),
    ...map(services),
  };
}

export function createNanoActivities(services: Services) {
  return {
    ...createTriageActivity(services),
    ...map(services),
    ...subagent(services, workspacesOf(services)),
  };
}

export type ManagerActivities = ReturnType<typeof createManagerActivities>;
export type MiniActivities = ReturnType<typeof createMiniActivities>;
export type NanoActivities = ReturnType<typeof createNanoActivities>;
export type SubagentActivities = ReturnType<typeof subagent>;
