/** `flotilla instance`: a real change of a repository as a task for an agent, its tests as the judge. With `--null` and `--oracle` no model is asked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeFolder } from '../../config.ts';
import { judge, type OpenInstance, openInstance, oracleOf, patched } from '../../instances/run.ts';
import type { Bench } from '../../instances/evaluate.ts';
import { validate } from '../../instances/validate.ts';
import { InputInvalid } from '../../located-yaml.ts';
import { Blobs } from '../../store/blobs.ts';
import { type Context, interruptible } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { solve } from '../instance-agent.ts';
import { type InstanceRunJson, printRun, runJson, validationJson } from '../instance-view.ts';
import { say } from '../terminal.ts';

export interface InstanceFlags {
  null?: boolean;
  oracle?: string;
  json?: boolean;
}

interface Opened {
  bench: Bench;
  opened: OpenInstance;
  scratch: string;
}

export async function runInstance(context: Context, file: string, flags: InstanceFlags): Promise<number> {
  if (flags.null && flags.oracle !== undefined)
    throw new InputInvalid('Either --null or --oracle: no change, or the one of a patch.');
  const isForAgent = !flags.null && flags.oracle === undefined;
  return withInstance(context, file, isForAgent, async (opened) => {
    const run = isForAgent ? await ofAgent(context, opened) : await withoutModel(opened, flags.oracle);
    if (flags.json) context.terminal.json(run);
    else printRun(context.terminal, run);
    return run.isAsItMustBe ? EXIT.done : EXIT.failed;
  });
}

export async function validateInstance(context: Context, file: string, flags: InstanceFlags): Promise<number> {
  return withInstance(context, file, false, async ({ bench, opened }) => {
    const patch = flags.oracle ?? oracleOf(opened);
    if (patch === undefined)
      throw new InputInvalid('Name the patch that solves it: --oracle PATCH, or "oracle" in the instance.');
    const validation = await validate(bench, opened, await patched(opened, patch, bench.blobs));
    const json = validationJson(opened, validation);
    const { terminal } = context;
    if (flags.json) terminal.json(json);
    else {
      for (const run of [json.null, json.oracle]) printRun(terminal, run);
      for (const problem of json.problems) terminal.line(say`${terminal.style('red', '✗')} ${problem}`);
      if (json.isValid) terminal.line(say`${file} is a valid instance.`);
    }
    return json.isValid ? EXIT.done : EXIT.failed;
  });
}

async function withoutModel({ bench, opened }: Opened, oracle: string | undefined): Promise<InstanceRunJson> {
  if (oracle === undefined) return runJson(opened, await judge(bench, opened, null), 'null');
  return runJson(opened, await judge(bench, opened, await patched(opened, oracle, bench.blobs)), 'oracle');
}

async function ofAgent(context: Context, { bench, opened, scratch }: Opened): Promise<InstanceRunJson> {
  const { objectiveId, manifest } = await solve(context, opened, { blobs: bench.blobs, scratch });
  return runJson(opened, await judge(bench, opened, manifest), 'agent', objectiveId);
}

/** What an agent makes is in the store of the home; of everything else nothing is left. */
async function withInstance(
  context: Context,
  file: string,
  isForAgent: boolean,
  work: (opened: Opened) => Promise<number>,
): Promise<number> {
  const { config, terminal } = context;
  const scratch = await mkdtemp(join(tmpdir(), 'flotilla-instance-'));
  const { signal, release } = interruptible();
  try {
    const blobs = new Blobs(join(isForAgent ? storeFolder(config.home) : scratch, 'blobs'));
    const opened = await openInstance(file, { blobs, scratch, path: config.path });
    if (config.sandbox === 'none')
      terminal.error(
        terminal.style('red', 'Without a sandbox: setup and tests run on this machine, with its network.'),
      );
    const pods = { podsFolder: config.podsFolder, sandbox: config.sandbox, paths: config.podPaths };
    return await work({ bench: { blobs, pods, signal }, opened, scratch });
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.errorText('Stopped; nothing was judged.');
    return EXIT.cancelled;
  } finally {
    release();
    await rm(scratch, { recursive: true, force: true });
  }
}
