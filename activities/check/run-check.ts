/**
 * `runCheck`: a command that the caller named, on a copy of the files as they are: in a pod, or as it is where the host has none and no agent has changed
 * anything. Side effects: a scratch folder, removed again, and the result in the store. The copy is new each time, so a retry starts clean.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailureType } from '../../src/contracts/failures.ts';
import type { SubtaskOutcome } from '../../src/contracts/objective.ts';
import { type Check, ChecksSchema, PlanSchema } from '../../src/contracts/plan.ts';
import type { CheckEnd, CheckResult, Evidence } from '../../src/contracts/results.ts';
import type { PlannedSubtask } from '../../src/contracts/objective.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { WorkAssignment } from '../../src/contracts/subagent.ts';
import { commandText } from '../../src/run-command.ts';
import { judgeFiles } from '../code/judge-files.ts';
import { protectsOf } from '../code/protects.ts';
import { assertUsable } from '../code/usable.ts';
import { whileAttended } from '../heartbeat.ts';
import type { Services } from '../services.ts';
import { writableCopy } from '../workspace/tree.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { runCommand } from './command.ts';

export interface RunCheckInput {
  subtask: PlannedSubtask;
  checksRef: string;
  workspaceRef: string;
  /** Missing in histories of before anything could change the files. */
  work?: WorkAssignment;
}

const NO_SPEND = { calls: 0, costMicros: 0 };

export function createCheckActivity({ store, sandbox, scratchFolder, commandPath }: Services, workspaces: Workspaces) {
  async function runCheck({ subtask, checksRef, workspaceRef, work }: RunCheckInput): Promise<SubtaskOutcome> {
    return whileAttended(async (signal) => {
      const { name, check } = await checkOf(subtask, checksRef);
      const judging = work ?? { checksRef, originRef: workspaceRef };
      const state = await sandbox.state();
      if (state.kind !== 'refused' || workspaceRef !== judging.originRef) {
        assertUsable(state);
        const checks = [{ name, check }];
        const protects = await protectsOf(store.blobs, judging, [], checks);
        const asked = { ref: workspaceRef, work: judging, protects, checks };
        const [end] = await judgeFiles(store, sandbox, asked, signal);
        return await outcomeOf(check, end as CheckEnd);
      }
      const scratch = join(scratchFolder, randomUUID());
      try {
        await mkdir(join(scratch, 'home'), { recursive: true });
        await writableCopy(store.blobs, await workspaces.open(workspaceRef), join(scratch, 'workspace'));
        const end = await runCommand({
          command: check.command,
          folder: join(scratch, 'workspace'),
          home: join(scratch, 'home'),
          path: commandPath,
          timeoutMs: check.timeoutSeconds * 1000,
          signal,
        }).catch((error: unknown) => {
          signal.throwIfAborted();
          throw new TypedFailure(
            'CheckNotRunnable',
            `The check "${name}" could not be started: ${(error as Error).message}`,
          );
        });
        return await outcomeOf(check, { name, command: commandText(check.command), ...end });
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    });
  }

  async function checkOf(subtask: PlannedSubtask, checksRef: string): Promise<{ name: string; check: Check }> {
    const plan = await store.blobs.getJson(subtask.planRef, PlanSchema);
    const planned = plan.subtasks.find(({ id }) => id === subtask.id);
    const name = planned?.kind === 'check' ? planned.check : '';
    const check = (await store.blobs.getJson(checksRef, ChecksSchema))[name];
    if (!check)
      throw new TypedFailure(
        'PlanInvalid',
        `The check "${name}" of subtask "${subtask.id}" was not named by the caller.`,
      );
    return { name, check };
  }

  async function outcomeOf(check: Check, end: CheckEnd): Promise<SubtaskOutcome> {
    const { name, exitCode, signal, durationMs, output, isTimedOut } = end;
    const result: CheckResult = { kind: 'check', ...end };
    const resultRef = await store.blobs.putJson(result);
    if (exitCode === 0) {
      const summary = `${name}: exit code 0 after ${(durationMs / 1000).toFixed(1)} s`;
      return { status: 'completed', resultRef, summary, findings: 0, spend: NO_SPEND };
    }
    const type: FailureType = isTimedOut ? 'CheckTimedOut' : 'CheckFailed';
    const message = isTimedOut
      ? `The check "${name}" was stopped after ${check.timeoutSeconds} seconds.`
      : `The check "${name}" ended with ${exitCode === null ? `signal ${signal}` : `exit code ${exitCode}`}.`;
    const evidence: Evidence = { type, message, details: output.text };
    return {
      status: 'failed',
      failure: { type, message },
      evidenceRef: await store.blobs.putJson(evidence),
      spend: NO_SPEND,
    };
  }

  return { runCheck };
}
