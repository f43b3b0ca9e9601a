/** Maps of 10,000 items on a whole stack, beside the bare `openai` client with `p-limit` over the same texts; and a kill at half. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bench, type Measurement, median, timed, withStack } from './harness.ts';

const COUNT = 10_000;
const ROUNDS = 3;
const LABELS = ['fruit', 'vegetable', 'neither'];
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
        const ratios: { bare: number; ours: number }[] = [];
        for (let round = 0; round < ROUNDS; round += 1)
          ratios.push({ bare: await bare(bench, COUNT), ours: await ours(bench, COUNT, `round-${round}`) });
        const ratio = median(ratios.map(({ bare, ours }) => ours / bare));
        const perSecond = median(ratios.map(({ ours }) => (COUNT / ours) * 1000));
        return {
          name: `a map of ${COUNT} items at ${latencyMs} ms`,
          value: `${ratio.toFixed(2)} × the time of the bare client (${perSecond.toFixed(0)} items/s)`,
          goal: `≤ ${goal}`,
          isMet: ratio <= goal,
          note: `from start to result, freezing, results files and report included; 100 calls in flight; median of ${ROUNDS} rounds, in turns`,
        };
      }),
    );
  }
  return measurements;
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

async function ours(bench: Bench, count: number, about: string): Promise<number> {
  const file = join(bench.workspace, `${about}.jsonl`);
  writeFileSync(file, benchRows(count, about));
  return timed(async () => {
    const result = await (await startMap(bench, file)).result();
    if (result.status !== 'completed') throw new Error(`The map ended ${result.status}.`);
  });
}
