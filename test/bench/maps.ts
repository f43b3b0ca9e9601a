/** Maps of 10,000 items on a whole stack, beside the bare `openai` client with `p-limit` over the same texts; and how long nobody works after a kill at half. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { subtaskWorkflowId } from '../../src/contracts/addresses.ts';
import type { ObjectiveHandle } from '../../src/client/objective-handle.ts';
import { activityTimes } from '../support/history.ts';
import { type Bench, type Measurement, median, timed, withStack } from './harness.ts';

const COUNT = 10_000;
const ROUNDS = 3;
export const MOST_IN_FLIGHT = 100;
const LABELS = ['fruit', 'vegetable', 'neither'];
const RECOVERY_GOAL_S = 10;
const LOOK_MS = 20;
const DYING_MS = 100;
const CALLER = fileURLToPath(new URL('./caller.ts', import.meta.url));
const GOALS = [
  { latencyMs: 0, goal: 0.6 },
  { latencyMs: 50, goal: 1.05 },
];

export async function measureMaps(): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const { latencyMs, goal } of GOALS) {
    measurements.push(
      await withStack(latencyMs, async (bench) => {
        const rounds: ({ bareMs: number } & MapTimes)[] = [];
        for (let round = 0; round < ROUNDS; round += 1)
          rounds.push({ bareMs: await bare(bench, COUNT), ...(await ours(bench, COUNT, `round-${round}`)) });
        const ratio = median(rounds.map(({ bareMs, callsMs }) => callsMs / bareMs));
        const whole = median(rounds.map(({ bareMs, wholeMs }) => wholeMs / bareMs));
        const perSecond = median(rounds.map(({ callsMs }) => (COUNT / callsMs) * 1000));
        return {
          name: `a map of ${COUNT} items at ${latencyMs} ms`,
          value: `${ratio.toFixed(2)} × the time of the bare client (${perSecond.toFixed(0)} items/s); with all that an objective does besides ${whole.toFixed(2)} ×`,
          goal: `≤ ${goal}`,
          isMet: ratio <= goal,
          note: `the bare client has its texts in memory and keeps nothing; of the map, from the first shard's start to the last one's end, every result on disk; besides: freezing, results files, report and books. 100 calls in flight; median of ${ROUNDS} rounds, in turns`,
        };
      }),
    );
  }
  return [...measurements, await withStack(50, recoveryAtHalf)];
}

async function recoveryAtHalf(bench: Bench): Promise<Measurement> {
  const file = join(bench.workspace, 'killed.jsonl');
  writeFileSync(file, benchRows(COUNT, 'killed'));
  const handle = await startMap(bench, file);
  while ((await answered(handle)) < COUNT / 2) await sleep(LOOK_MS);
  bench.product.kill('nano');
  const killedAt = performance.now();
  // What it booked last is not the next one's.
  await sleep(DYING_MS);
  const before = await answered(handle);
  while ((await answered(handle)) === before) await sleep(LOOK_MS);
  const seconds = (performance.now() - killedAt) / 1000;
  const { status } = await handle.result();
  const twice = await madeTwice(handle, COUNT);
  return {
    name: `a map of ${COUNT} items, its worker killed at half`,
    value: `at work again after ${seconds.toFixed(1)} s; ${status}, ${twice} calls made twice`,
    goal: `≤ ${RECOVERY_GOAL_S} s, at most those in flight twice`,
    isMet: seconds <= RECOVERY_GOAL_S && status === 'completed' && twice <= MOST_IN_FLIGHT,
    note: 'from kill -9 to the next answer that is booked: restart, heartbeat time-out of 5 s',
  };
}

/** How many calls of it are booked as answered by now. */
export const answered = async (handle: ObjectiveHandle): Promise<number> => (await callsOf(handle)).settled;

/** Of as many items, with a call each: whoever was killed may have been billed for what it could not book. */
export async function madeTwice(handle: ObjectiveHandle, count: number): Promise<number> {
  const { settled, inDoubt } = await callsOf(handle);
  return settled + inDoubt - count;
}

async function callsOf(handle: ObjectiveHandle): Promise<{ settled: number; inDoubt: number }> {
  const [account] = await handle.accounts();
  return account?.calls ?? { settled: 0, inDoubt: 0 };
}

export const benchRows = (count: number, about: string): string =>
  Array.from({ length: count }, (_, index) => {
    const text = `Item ${index} of ${about}: ${'say whether this is a fruit or a vegetable. '.repeat(7)}`;
    return `${JSON.stringify({ id: `item-${index}`, text })}\n`;
  }).join('');

export const startMap = ({ product }: Bench, file: string) =>
  product.flotilla.start({
    objective: 'Sort them.',
    workspace: null,
    isWithoutAnswer: true,
    plan: {
      subtasks: [
        {
          ...{ id: 'map', kind: 'map', title: 'Sort' },
          operation: { name: 'classify', labels: LABELS.map((name) => ({ name })) },
          input: { path: file },
        },
      ],
    },
  });

async function bare({ modelUrl }: Bench, count: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [CALLER, 'bare', modelUrl, String(count)]);
  return (JSON.parse(stdout) as { ms: number }).ms;
}

interface MapTimes {
  wholeMs: number;
  /** From the first shard's start to the last one's end. */
  callsMs: number;
}

async function ours(bench: Bench, count: number, about: string): Promise<MapTimes> {
  const file = join(bench.workspace, `${about}.jsonl`);
  writeFileSync(file, benchRows(count, about));
  let id = '';
  const wholeMs = await timed(async () => {
    const handle = await startMap(bench, file);
    id = handle.id;
    const result = await handle.result();
    if (result.status !== 'completed') throw new Error(`The map ended ${result.status}.`);
  });
  const shards = await activityTimes(bench.product, subtaskWorkflowId(id, 'map', 1), 'mapShard');
  const callsMs = Math.max(...shards.map(({ endMs }) => endMs)) - Math.min(...shards.map(({ startMs }) => startMs));
  return { wholeMs, callsMs };
}
