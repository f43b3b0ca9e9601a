/** Maps of 100,000 items with twenty kills of their worker, and of 300,000 without: every id once, and the memory of the worker. */
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Measurement, withStack } from './harness.ts';
import { answered, benchRows, madeTwice, MOST_IN_FLIGHT, startMap } from './maps.ts';

const KILLS = 20;
const GOAL_MB = 600;
const LOOK_MS = 100;

export async function measureVolume(): Promise<Measurement[]> {
  return withStack(0, async (bench) => [
    ...(await measure(bench, { count: 100_000, kills: KILLS })),
    ...(await measure(bench, { count: 300_000, kills: 0 })),
  ]);
}

async function measure(bench: Bench, { count, kills }: { count: number; kills: number }): Promise<Measurement[]> {
  const { product } = bench;
  const file = join(bench.workspace, `${count}.jsonl`);
  writeFileSync(file, benchRows(count, `${count}`));
  const startedAt = performance.now();
  const handle = await startMap(bench, file);
  let [isDone, killed, mostMb] = [false, 0, 0];
  const ended = handle.result().finally(() => (isDone = true));
  // Spread over the work, whatever its speed.
  const killAt = Array.from({ length: kills }, (_, index) => ((index + 0.5) * count) / kills);
  while (!isDone) {
    mostMb = Math.max(mostMb, residentMb(product.endpoint.processes['nano']));
    const done = await answered(handle);
    if (killed < kills && done >= (killAt[killed] ?? Infinity) && product.endpoint.processes['nano'] !== undefined) {
      product.kill('nano');
      killed += 1;
    }
    await sleep(LOOK_MS);
  }
  const { status } = await ended;
  const twice = await madeTwice(handle, count);
  const seconds = (performance.now() - startedAt) / 1000;
  const inOrder = await areInOrder(join(product.home, 'reports', handle.id, 'map', 'results.jsonl'), count);
  const what = `a map of ${count.toLocaleString('en')} items${kills > 0 ? ` and ${killed} kills of its worker` : ''}`;
  const perSecond = Math.round(count / seconds);
  return [
    {
      name: what,
      value: `${status}, every id ${inOrder ? 'once and in order' : 'NOT once and in order'}, ${twice} calls made twice, ${perSecond} items/s`,
      goal: `every id once, at most ${kills * MOST_IN_FLIGHT} calls twice`,
      isMet: status === 'completed' && inOrder && twice <= kills * MOST_IN_FLIGHT,
      note: 'from start to result, recoveries included',
    },
    {
      name: `memory of the worker at ${count.toLocaleString('en')} items`,
      value: `${mostMb} MB`,
      goal: `≤ ${GOAL_MB} MB`,
      isMet: mostMb <= GOAL_MB,
      note: `resident, looked at each ${LOOK_MS} ms`,
    },
  ];
}

function residentMb(pid: number | undefined): number {
  const file = `/proc/${pid}/status`;
  if (pid === undefined || !existsSync(file)) return 0;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024);
}

async function areInOrder(file: string, count: number): Promise<boolean> {
  let index = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if ((JSON.parse(line) as { id: string }).id !== `item-${index}`) return false;
    index += 1;
  }
  return index === count;
}
