/** From a kill to the next request that the work makes: how long nobody works. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Measurement, withStack } from './harness.ts';
import { planOf } from './work.ts';

const LATENCY_MS = 100;
const TURNS = 60;
const GOAL_S = 10;

export async function measureRecovery(): Promise<Measurement[]> {
  return withStack(LATENCY_MS, async (bench) => {
    const measurements: Measurement[] = [];
    for (const name of ['mini', 'manager', 'temporal'] as const) {
      const seconds = await recoveryFrom(bench, name);
      measurements.push({
        name: `recovery from kill -9 of ${name}`,
        value: `${seconds.toFixed(1)} s`,
        goal: `≤ ${GOAL_S} s`,
        isMet: seconds <= GOAL_S,
        note: NOTES[name],
      });
    }
    return measurements;
  });
}

const NOTES = {
  mini: 'to the next model call of its subagent: restart, heartbeat time-out of 5 s, sticky queue of 1 s',
  manager: 'to the next answer of the progress query: restart and replay; subagents go on meanwhile',
  temporal: 'to the next model call: restart on its SQLite file, reconnection of the workers',
};

async function recoveryFrom(
  { product, workspace, modelUrl }: Bench,
  name: 'mini' | 'manager' | 'temporal',
): Promise<number> {
  const plan = { ...planOf([{ id: 'loop', calls: TURNS, dependsOn: [] }]), limits: { maxTurns: 5000 } };
  const handle = await product.flotilla.start({ objective: 'bench', workspace, plan });
  const callsSoFar = async (): Promise<number> =>
    ((await (await fetch(new URL('/stand-in/log', modelUrl))).json()) as unknown[]).length;
  const first = await callsSoFar();
  while ((await callsSoFar()) < first + 5) await sleep(20);
  product.kill(name);
  const killedAt = performance.now();
  await sleep(LATENCY_MS);
  const before = await callsSoFar();
  const isBack =
    name === 'manager' ? async () => (await handle.view()).notice === null : async () => (await callsSoFar()) > before;
  while (!(await isBack())) await sleep(20);
  const seconds = (performance.now() - killedAt) / 1000;
  const { status } = await handle.result();
  if (status !== 'completed') throw new Error(`The objective ended ${status} after a kill of ${name}.`);
  return seconds;
}
