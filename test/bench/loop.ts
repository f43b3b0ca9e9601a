/** Overhead per turn: a subagent of many turns, against a bare loop of the `openai` client over the same conversation, round by round. */
import { OpenAI } from 'openai';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import { toolSpecs } from '../../activities/tools/registry.ts';
import { type Bench, type Measurement, median, timed, withStack } from './harness.ts';
import { planOf } from './work.ts';

const TURNS = 200;
const ROUNDS = 4;
const GOAL_MS = 25;

export async function measureLoop(): Promise<Measurement[]> {
  return withStack(0, async (bench) => {
    const rounds: { bare: number; ours: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const bare = (await timed(() => bareLoop(bench.modelUrl))) / TURNS;
      const ours = (await timed(() => ourLoop(bench))) / TURNS;
      // The first round warms both.
      if (round > 0) rounds.push({ bare, ours });
    }
    const over = median(rounds.map(({ bare, ours }) => ours - bare));
    const bare = median(rounds.map((round) => round.bare));
    return [
      {
        name: 'overhead per turn',
        value: `${over.toFixed(1)} ms over ${bare.toFixed(1)} ms bare`,
        goal: `≤ ${GOAL_MS} ms`,
        isMet: over <= GOAL_MS,
        note: `${TURNS} turns at 0 ms latency, median of ${ROUNDS} rounds; a turn is one Activity, two commits of the store and three of the server`,
      },
    ];
  });
}

async function ourLoop({ product, workspace }: Bench): Promise<void> {
  const plan = { ...planOf([{ id: 'loop', calls: TURNS, dependsOn: [] }]), limits: { maxTurns: 5000 } };
  const handle = await product.flotilla.start({ objective: 'bench', workspace, plan });
  const { status } = await handle.result();
  if (status !== 'completed') throw new Error(`The loop ended ${status}.`);
}

/** What a hand-made agent does: the whole conversation in memory, nothing kept. */
async function bareLoop(baseURL: string): Promise<void> {
  const client = new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0 });
  const tools = toolSpecs('investigate').map((spec) => ({ type: 'function' as const, strict: true, ...spec }));
  const input: ResponseInputItem[] = [
    { role: 'developer', content: 'You are an agent.'.repeat(40) },
    { role: 'user', content: `<assignment id="loop">\ncalls=${TURNS}\n</assignment>` },
  ];
  for (let turn = 1; turn <= TURNS; turn += 1) {
    const response = await client.responses.create({
      model: 'gpt-5.4-mini',
      input,
      tools,
      reasoning: { effort: 'medium' },
    });
    for (const item of response.output) {
      if (item.type !== 'function_call') continue;
      const output = `lines.txt, lines ${turn}–${turn} of 6000:\n ${turn}| line ${turn}\n… more lines; continue with startLine ${turn + 1}.`;
      input.push(item, { type: 'function_call_output', call_id: item.call_id, output });
    }
  }
}
