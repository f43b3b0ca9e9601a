/** Small calls with the journal on, beside the bare `openai` client: rate and CPU of the calling process, in turns. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { benchStandIn, type Measurement, median } from './harness.ts';

const COUNT = 12_000;
const ROUNDS = 5;
const GOAL = 1.5;
/** A turn of a conversation takes an Activity, which costs many times this. */
const LEAST_KEPT = 1;
const CALLER = fileURLToPath(new URL('./caller.ts', import.meta.url));

interface Taken {
  ms: number;
  cpuMs: number;
}

type Mode = 'bare' | 'single' | 'kept';
type Round = Record<Mode, Taken>;

export async function measureCalls(): Promise<Measurement[]> {
  const { process: standIn, modelUrl } = await benchStandIn(0);
  const take = async (mode: Mode): Promise<Taken> => {
    const { stdout } = await promisify(execFile)(process.execPath, [CALLER, mode, modelUrl, String(COUNT)]);
    return JSON.parse(stdout) as Taken;
  };
  try {
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      rounds.push({ bare: await take('bare'), single: await take('single'), kept: await take('kept') });
    const setting = `${COUNT} foreground calls at 0 ms latency, 100 in flight, median of ${ROUNDS} rounds`;
    return [
      {
        name: 'single calls over the bare client',
        ...besideBare(rounds, 'single', GOAL),
        note: `${setting}; reservation, intent and request, then response and settlement, synced to disk in groups: what Nano's items cost`,
      },
      {
        name: 'calls in a conversation over the bare client',
        ...besideBare(rounds, 'kept', LEAST_KEPT),
        note: `the same, with question and answer kept as chunks of a transcript, which lie anywhere in their index: what a turn costs`,
      },
    ];
  } finally {
    standIn.kill();
  }
}

function besideBare(rounds: Round[], mode: 'single' | 'kept', least: number): Omit<Measurement, 'name' | 'note'> {
  const rate = median(rounds.map(({ bare, [mode]: ours }) => bare.ms / ours.ms));
  const cpu = median(rounds.map(({ bare, [mode]: ours }) => bare.cpuMs / ours.cpuMs));
  const perSecond = median(rounds.map(({ [mode]: ours }) => (COUNT / ours.ms) * 1000));
  const cpuPerCall = median(rounds.map(({ [mode]: ours }) => ours.cpuMs / COUNT));
  return {
    value: `${rate.toFixed(2)} × its rate (${perSecond.toFixed(0)}/s), ${cpu.toFixed(2)} × less CPU a call (${cpuPerCall.toFixed(2)} ms)`,
    goal: `≥ ${least} × its rate`,
    isMet: rate >= least,
  };
}
