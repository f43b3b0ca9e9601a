/** What the sandbox costs: a pod's start, and a command in it over the same command started directly. Compiled, as the product runs. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freeze } from '../../activities/workspace/freeze.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { restore } from '../../src/snapshots/restore.ts';
import { SnapshotTaker } from '../../src/snapshots/take.ts';
import { Blobs } from '../../src/store/blobs.ts';
import type * as host from '../../src/pod/host.ts';
import type { Pod } from '../../src/pod/pod.ts';
import { DEFAULT_LIMITS } from '../../src/pod/limits.ts';
import { type Measurement, median, timed } from './harness.ts';

const STARTS = 20;
const COMMANDS = 100;
const START_GOAL_MS = 150;
const COMMAND_GOAL_MS = 15;
const FILES = 10_000;
const SNAPSHOTS = 20;
const SNAPSHOT_GOAL_MS = 300;

export async function measurePods(): Promise<Measurement[]> {
  const folder = mkdtempSync('/var/tmp/flotilla-bench-');
  chmodSync(folder, 0o711);
  try {
    return [await measureStarts(folder), await measureCommands(folder), await measureSnapshots(folder)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureStarts(folder: string): Promise<Measurement> {
  const starts: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round <= STARTS; round += 1) {
    let pod: Pod | undefined;
    const ms = await timed(async () => (pod = await podIn(folder, `start-${round}`)));
    await pod?.close();
    // The first one copies Node.
    if (round > 0) starts.push(ms);
    bare.push(await timed(() => spawned(process.execPath, ['-e', '0'])));
  }
  const ms = median(starts);
  return {
    name: 'start of a pod',
    value: `${ms.toFixed(0)} ms`,
    goal: `≤ ${START_GOAL_MS} ms`,
    isMet: ms <= START_GOAL_MS,
    note: `median of ${STARTS}, until its supervisor answers; Node alone starts and ends in ${median(bare).toFixed(0)} ms beside it`,
  };
}

async function measureCommands(folder: string): Promise<Measurement> {
  const pod = await podIn(folder, 'commands');
  const rounds: { bare: number; ours: number }[] = [];
  for (let round = 0; round < COMMANDS; round += 1)
    rounds.push({ bare: await timed(() => spawned('true')), ours: await timed(() => runTrue(pod)) });
  await pod.close();
  const over = median(rounds.map(({ bare, ours }) => ours - bare));
  const bare = median(rounds.map((round) => round.bare));
  return {
    name: 'a command in a running pod',
    value: `${over.toFixed(1)} ms over ${bare.toFixed(1)} ms bare`,
    goal: `≤ ${COMMAND_GOAL_MS} ms over`,
    isMet: over <= COMMAND_GOAL_MS,
    note: `median of ${COMMANDS} runs of \`true\`, each beside one that is spawned directly; limits, process group and sweep included`,
  };
}

/** One file of very many is changed by a command each time. */
async function measureSnapshots(folder: string): Promise<Measurement> {
  const files = join(folder, 'files');
  for (let index = 0; index < FILES; index += 1) {
    const below = join(files, `folder-${index % 100}`);
    if (index < 100) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${index}.txt`), `file ${index}\n`.repeat(100));
  }
  const blobs = new Blobs(join(folder, 'blobs'));
  const { workspaceRef: ref } = await freeze(blobs, files);
  const pod = await podIn(folder, 'snapshots', (workspace) => restoreInto(blobs, ref, workspace));
  const { signal } = new AbortController();
  const taker = await SnapshotTaker.open(pod, blobs, { ref, skip: [], signal });
  const takes: number[] = [];
  for (let round = 0; round < SNAPSHOTS; round += 1) {
    const change = { path: `folder-${round}/${round}.txt`, content: `changed ${round}\n` };
    await pod.request('writeFile', change, signal);
    takes.push(await timed(() => taker.take(signal)));
  }
  await pod.close();
  const ms = median(takes);
  return {
    name: `snapshot of ${FILES.toLocaleString('en')} files, one of them changed`,
    value: `${ms.toFixed(0)} ms`,
    goal: `≤ ${SNAPSHOT_GOAL_MS} ms`,
    isMet: ms <= SNAPSHOT_GOAL_MS,
    note: `median of ${SNAPSHOTS}: looking at all of them inside the pod, bringing in what changed, writing the next manifest`,
  };
}

async function restoreInto(blobs: Blobs, ref: string, workspace: string): Promise<void> {
  await restore(blobs, await blobs.getJson(ref, ManifestSchema), workspace);
}

async function podIn(
  folder: string,
  name: string,
  fill: (workspace: string) => unknown = (workspace) => mkdirSync(workspace),
): Promise<Pod> {
  const compiled = new URL('../../dist/src/pod/host.js', import.meta.url).href;
  const { startPod } = (await import(compiled)) as typeof host;
  const workspace = join(folder, name);
  await fill(workspace);
  return startPod({ workspace, layers: [], allowHosts: [], limits: DEFAULT_LIMITS }, { podsFolder: folder });
}

const runTrue = (pod: Pod) =>
  pod.request(
    'run',
    { command: ['true'], folder: '.', timeoutMs: 60_000, keepBytes: 1024 },
    new AbortController().signal,
  );

const spawned = (program: string, args: string[] = []) =>
  new Promise<void>((resolve, reject) => {
    spawn(program, args, { stdio: 'ignore' })
      .once('error', reject)
      .once('exit', () => resolve());
  });
