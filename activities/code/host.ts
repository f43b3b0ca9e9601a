/**
 * The Activities of a host that takes workspaces in. `runWorkspaceTools` runs the tools of one turn and leaves outputs and a snapshot, in one
 * transaction under the turn: done again it finds them, and changes nothing twice.
 */
import { activityInfo } from '@temporalio/activity';
import { z } from 'zod';
import type { FunctionCallItem } from '../../src/contracts/model.ts';
import type { ToolsResult, WorkspaceSite, WorkspaceTurn } from '../../src/contracts/subagent.ts';
import { whileAttended } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { type Answerer, answerCalls, runNamed } from '../subagent/answer-calls.ts';
import { endOfTurn } from '../subagent/end-of-turn.ts';
import { KeptOutputs } from '../tools/kept-output.ts';
import { isWritingTool, podTool, readingTool } from '../tools/registry.ts';
import type { PodContext } from '../tools/tool.ts';
import { finishCode } from './finish.ts';
import { layersOf } from './layers.ts';
import { podFiles } from './pod-files.ts';
import { assertUsable } from './usable.ts';
import type { Workbench } from './workbench.ts';
import { Workshop } from './workshop.ts';

const ToolsResultSchema = z.object({
  transcriptHead: z.string(),
  outputDigests: z.array(z.string()),
  finished: z.object({ resultRef: z.string(), summary: z.string(), findings: z.number() }).nullable(),
});

/** Told to the model where tools may have begun before: outside of the workspace nothing can have come of it. */
const AGAIN =
  '(The machine was lost while these tools ran. The workspace was set back to how it was before them, and they were run again.)';

/** On every host: who answers takes the workspace in. */
export function createHostFinder({ sandbox, hostQueue }: Pick<Services, 'sandbox' | 'hostQueue'>) {
  async function leaseHost(): Promise<{ taskQueue: string }> {
    assertUsable(await sandbox.state());
    return { taskQueue: hostQueue };
  }
  return { leaseHost };
}

export function createWorkspaceActivities({ store, sandbox, hostId }: Services) {
  const workshop = new Workshop(store, sandbox, hostId);

  /** What the setup installs: all that can fail before an agent has begun. Its tools find it, or make it again. */
  async function prepareWorkspace({ work }: WorkspaceSite): Promise<void> {
    await whileAttended((signal) => layersOf(store, sandbox, work, signal));
  }

  async function runWorkspaceTools({ site, transcriptHead, isAgain }: WorkspaceTurn): Promise<ToolsResult> {
    return whileAttended(async (signal) => {
      const kept = await keptTurn();
      if (kept) return kept;
      return workshop.use(site, signal, async (bench) => {
        // An attempt that was given up may have kept the turn until the lease was taken from it.
        const meanwhile = await keptTurn();
        if (meanwhile) return meanwhile;
        const note = isAgain || activityInfo().attempt > 1 ? AGAIN : undefined;
        const answered = await answerCalls(store, transcriptHead, writer(bench, site, signal), note);
        const snapshot = await bench.snapshot(signal);
        const result = await endOfTurn(store, transcriptHead, answered);
        await store.workspaces.keepTurn({
          ...{ workspaceId: site.workspaceId, token: bench.token, turnHead: transcriptHead },
          ...{ snapshotRef: snapshot, outputsRef: await store.blobs.putJson(result) },
        });
        return result;
      });
    });

    async function keptTurn(): Promise<ToolsResult | null> {
      const turn = await store.workspaces.turn(site.workspaceId, transcriptHead);
      return turn && store.blobs.getJson(turn.outputsRef, ToolsResultSchema);
    }
  }

  async function releaseWorkspace(workspaceId: string): Promise<void> {
    await whileAttended(() => workshop.release(workspaceId));
  }

  function writer(bench: Workbench, site: WorkspaceSite, signal: AbortSignal): Answerer {
    const { maxToolOutputBytes } = site;
    const outputs = new KeptOutputs(store.blobs, site.workspaceId);
    const context: PodContext = { pod: bench, files: podFiles(bench, signal), outputs, maxToolOutputBytes, signal };
    return {
      isWrite: isWritingTool,
      carryOut: async (call: FunctionCallItem) => {
        const reading = readingTool(call.name);
        return reading ? runNamed(reading, call, context) : runNamed(podTool(call.name), call, context);
      },
      finish: async (call, rejectedBefore) =>
        finishCode({ store, sandbox }, site, await bench.snapshot(signal), call, rejectedBefore, signal),
    };
  }

  return { prepareWorkspace, runWorkspaceTools, releaseWorkspace };
}
