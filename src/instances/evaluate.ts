/**
 * One state of the files, put to the tests of an instance. Setup and tests run each in a pod and a folder of its own, the tests without any network,
 * on the state's own files and what the setup has added to them. Side effects: folders and pods, gone at its end.
 */
import { join } from 'node:path';
import type { Manifest } from '../contracts/workspace.ts';
import { PodLost } from '../pod/errors.ts';
import { type PodOptions, startPod } from '../pod/host.ts';
import { OwnFolder } from '../pod/own-folder.ts';
import type { PodLimits } from '../pod/pod.ts';
import { restore } from '../snapshots/restore.ts';
import type { Blobs } from '../store/blobs.ts';
import { moveAdditions } from './additions.ts';
import { parseOutput } from './parsers/parse.ts';
import type { Instance } from './schema.ts';
import type { CommandOutcome, TestedState } from './verdict.ts';

/** Where instances are evaluated. */
export interface Bench {
  /** The manifest's. */
  blobs: Blobs;
  pods: PodOptions;
  signal: AbortSignal;
}

export interface Evaluation extends TestedState {
  setupMs: number;
  testMs: number;
  /** Of the command that ran last. */
  output: string;
}

interface Ran extends CommandOutcome {
  output: string;
  durationMs: number;
}

const GIB = 1024 ** 3;
const LIMITS: PodLimits = {
  ...{ cpuSeconds: 86_400, processes: 1024, openFiles: 4096 },
  ...{ dataBytes: 8 * GIB, fileBytes: 2 * GIB, memoryBytes: 6 * GIB, diskBytes: 8 * GIB },
};
/** Results have to be whole to be read; nobody's suite writes as much. */
const KEPT_BYTES = 16 * 1024 ** 2;

export async function evaluate(bench: Bench, instance: Instance, manifest: Manifest): Promise<Evaluation> {
  const own = await OwnFolder.open(bench.pods.podsFolder);
  try {
    const folder = join(await own.make('instance'), 'workspace');
    await restore(bench.blobs, manifest, folder);
    const setup = await setUp(bench, instance, manifest, folder);
    const setupMs = setup?.durationMs ?? 0;
    if (setup && setup.exitCode !== 0) return { setup, test: null, setupMs, testMs: 0, output: setup.output };
    const { test: command, testTimeoutSeconds: timeoutSeconds, parser } = instance;
    const test = await runIn(bench, folder, { command, allowHosts: [], timeoutSeconds });
    return {
      ...{ setup, setupMs, testMs: test.durationMs, output: test.output },
      test: { ...test, ...parseOutput(parser, test.output) },
    };
  } finally {
    await own.close();
  }
}

/** In a folder of its own, from which only what is new is taken. */
async function setUp(bench: Bench, instance: Instance, manifest: Manifest, folder: string): Promise<Ran | null> {
  const { setup: command, allowHosts, setupTimeoutSeconds: timeoutSeconds } = instance;
  if (command === null) return null;
  const scratch = `${folder}-setup`;
  await restore(bench.blobs, manifest, scratch);
  const ran = await runIn(bench, scratch, { command, allowHosts, timeoutSeconds });
  if (ran.exitCode === 0) await moveAdditions(scratch, folder);
  return ran;
}

interface Wanted {
  command: string | string[];
  allowHosts: string[];
  timeoutSeconds: number;
}

/** In a pod of its own. One that broke a bound of its pod has not ended by itself. */
async function runIn(bench: Bench, folder: string, { command, allowHosts, timeoutSeconds }: Wanted): Promise<Ran> {
  const startedAt = performance.now();
  const pod = await startPod({ workspace: folder, layers: [], limits: LIMITS, allowHosts }, bench.pods);
  try {
    const args = { command, folder: '.', timeoutMs: timeoutSeconds * 1000, keepBytes: KEPT_BYTES };
    const { exitCode, isTimedOut, durationMs, output } = await pod.request('run', args, bench.signal);
    return { exitCode, isTimedOut, lost: null, durationMs, output: output.text };
  } catch (error) {
    if (!(error instanceof PodLost)) throw error;
    const durationMs = Math.round(performance.now() - startedAt);
    return { exitCode: null, isTimedOut: false, lost: error.message, durationMs, output: '' };
  } finally {
    await pod.close();
  }
}
