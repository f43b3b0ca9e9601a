/** Small calls with the journal on, beside the bare `openai` client: rate and CPU of the calling process, in turns. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { benchStandIn, type Measurement, median } from './harness.ts';

const COUNT = 24_000;
const ROUNDS = 3;
const GOAL = 1.5;
const CALLER = fileURLToPath(new URL('./caller.ts', import.meta.url));

interface Taken {
  ms: number;
  cpuMs: number;
}

export async function measureCalls(): Promise<Measurement[]> {
  const { process: standIn, modelUrl } = await benchStandIn(0);
  try {
    const rounds: { bare: Taken; ours: Taken }[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      rounds.push({ bare: await take('bare', modelUrl), ours: await take('ours', modelUrl) });
    const rate = median(rounds.map(({ bare, ours }) => bare.ms / ours.ms));
    const cpu = median(rounds.map(({ bare, ours }) => bare.cpuMs / ours.cpuMs));
    const perSecond = median(rounds.map(({ ours }) => (COUNT / ours.ms) * 1000));
    const cpuPerCall = median(rounds.map(({ ours }) => ours.cpuMs / COUNT));
    return [
      {
        name: 'journaled calls over the bare client',
        value: `${rate.toFixed(2)} × its rate (${perSecond.toFixed(0)}/s), ${cpu.toFixed(2)} × fewer CPU a call (${cpuPerCall.toFixed(2)} ms)`,
        goal: `≥ ${GOAL} × its rate`,
        isMet: rate >= GOAL,
        note: `${COUNT} foreground calls at 0 ms latency, 100 in flight, median of ${ROUNDS} rounds; reservation and intent, then response and settlement, synced to disk in groups`,
      },
    ];
  } finally {
    standIn.kill();
  }
}

async function take(mode: 'bare' | 'ours', modelUrl: string): Promise<Taken> {
  const { stdout } = await promisify(execFile)(process.execPath, [CALLER, mode, modelUrl, String(COUNT)]);
  return JSON.parse(stdout) as Taken;
}
