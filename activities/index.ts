/** The Activities of each Task Queue. Their names live in every history. */
import { createAskActivity } from './ask/answer-questions.ts';
import { createCheckActivity } from './check/run-check.ts';
import { createMapBatchActivities } from './map/batch.ts';
import { createHostFinder, createWorkspaceActivities } from './code/host.ts';
import { createMergeActivity } from './code/merge.ts';
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

/** Kinds that are one Activity each, on the queue of the tier that the attempt has reached. */
const single = (services: Services) => ({
  ...createTriageActivity(services),
  ...createAskActivity(services),
});

/** A map begins on any tier. */
const map = (services: Services) => ({
  ...createMapShardActivity(services),
  ...createMapBatchActivities(services),
});

/** Planning, judging, reporting; and what was escalated to the flagship. */
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
    ...single(services),
    ...map(services),
    ...subagent(services, workspaces),
  };
}

/** Subagents, the commands that judge them, and single Activities that were escalated. */
export function createMiniActivities(services: Services) {
  const workspaces = workspacesOf(services);
  return {
    ...subagent(services, workspaces),
    ...createCheckActivity(services, workspaces),
    ...createHostFinder(services),
    ...createMergeActivity(services),
    ...single(services),
    ...map(services),
  };
}

export function createNanoActivities(services: Services) {
  return {
    ...single(services),
    ...map(services),
    ...subagent(services, workspacesOf(services)),
  };
}

/** What runs on the very host that has a workspace: its own Task Queue. */
export const createHostActivities = (services: Services) => createWorkspaceActivities(services);

export type HostActivities = ReturnType<typeof createHostActivities>;
export type ManagerActivities = ReturnType<typeof createManagerActivities>;
export type MiniActivities = ReturnType<typeof createMiniActivities>;
export type NanoActivities = ReturnType<typeof createNanoActivities>;
export type SingleActivities = ReturnType<typeof single>;
export type SubagentActivities = ReturnType<typeof subagent>;
