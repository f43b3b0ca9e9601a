/** An instance in the hands of an agent: an objective of one subtask, on the files of the base alone. */
import { join } from 'node:path';
import { SubtaskResultSchema } from '../contracts/results.ts';
import { type Manifest, ManifestSchema } from '../contracts/workspace.ts';
import type { OpenInstance } from '../instances/run.ts';
import type { Instance } from '../instances/schema.ts';
import { commandText } from '../run-command.ts';
import { restore } from '../snapshots/restore.ts';
import type { Blobs } from '../store/blobs.ts';
import { type Context, withFlotilla } from './context.ts';
import { say } from './terminal.ts';

export interface Solved {
  objectiveId: string;
  /** The files as the agent left them; null where it came to nothing. */
  manifest: Manifest | null;
}

/** `scratch`: a folder in which that of the base is made. */
export async function solve(
  context: Context,
  { instance, base }: OpenInstance,
  { blobs, scratch }: { blobs: Blobs; scratch: string },
): Promise<Solved> {
  const workspace = join(scratch, 'base');
  await restore(blobs, base, workspace);
  return withFlotilla(context, async (flotilla) => {
    // What a repository holds although it says that it is ignored belongs to the base, too.
    const handle = await flotilla.start({ plan: planOf(instance), workspace, include: ['**'], isWithoutAnswer: true });
    context.terminal.error(say`Objective ${handle.id} works on it: flotilla watch ${handle.id}`);
    await handle.result();
    const { subtasks } = await handle.progress();
    const resultRef = subtasks.find(({ id }) => id === SUBTASK)?.resultRef ?? null;
    const result = resultRef === null ? null : await blobs.getJson(resultRef, SubtaskResultSchema);
    const manifest = result?.kind === 'code' ? await blobs.getJson(result.snapshotRef, ManifestSchema) : null;
    return { objectiveId: handle.id, manifest };
  });
}

const SUBTASK = 'fix';

function planOf({ problem, setup, test, allowHosts, setupTimeoutSeconds }: Instance): unknown {
  const instructions = `${problem}\n\nThe tests are run with: ${commandText(test)}`;
  const fix = { id: SUBTASK, kind: 'code', title: 'Solve the problem', instructions, checks: [] };
  return {
    objective: problem,
    ...(setup !== null && { setup: { command: setup, allowHosts, timeoutSeconds: setupTimeoutSeconds } }),
    subtasks: [fix],
  };
}
