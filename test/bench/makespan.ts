/** Makespan of a tree of subtasks over the least time that list scheduling needs for its model calls. */
import { type Measurement, median, timed, withStack } from './harness.ts';
import { listSchedule, planOf, tree } from './work.ts';

const LATENCY_MS = 500;
const SUBTASKS = 50;
const SLOTS = 16;
const ROUNDS = 3;
const GOAL = 1.1;

export async function measureMakespan(): Promise<Measurement[]> {
  const subtasks = tree(SUBTASKS);
  // One more call: the manager writes the answer.
  const boundMs = (listSchedule(subtasks, SLOTS) + 1) * LATENCY_MS;
  return withStack(LATENCY_MS, async ({ product, workspace }) => {
    const ratios: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const tookMs = await timed(async () => {
        const handle = await product.flotilla.start({
          objective: 'bench',
          workspace,
          plan: planOf(subtasks),
          slots: SLOTS,
        });
        const { status } = await handle.result();
        if (status !== 'completed') throw new Error(`The tree ended ${status}.`);
      });
      if (round > 0) ratios.push(tookMs / boundMs);
    }
    const ratio = median(ratios);
    return [
      {
        name: 'makespan over the bound',
        value: `${ratio.toFixed(2)} × ${boundMs} ms`,
        goal: `≤ ${GOAL}`,
        isMet: ratio <= GOAL,
        note: `${SUBTASKS} subtasks of 1 to 4 calls of ${LATENCY_MS} ms, ${SLOTS} slots, a child Workflow each; freezing, synthesis and report included; median of ${ROUNDS}`,
      },
    ];
  });
}
