/** The work of the benchmarks: subtasks of a known number of calls, and the least time that any schedule needs for them. */
import type { Incoming, Reaction } from '../../src/standin/reaction.ts';
import { sectionText, turnsOf } from '../../src/standin/request.ts';

export interface BenchSubtask {
  id: string;
  calls: number;
  dependsOn: string[];
}

/** The tree of `shared` benchmarks (W3): seeded, 1 to 4 calls each, dependencies on earlier subtasks. */
export function tree(n: number, seed = 3): BenchSubtask[] {
  let state = seed;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Array.from({ length: n }, (_, i) => {
    const wanted = i < 0.28 * n ? 0 : 1 + Math.floor(random() * 3);
    const needed = Array.from({ length: wanted }, () => Math.max(0, i - Math.ceil(0.14 * n + random() * 0.3 * n)));
    return { id: `t${i}`, calls: 1 + Math.floor(random() * 4), dependsOn: [...new Set(needed)].map((k) => `t${k}`) };
  });
}

/** Units of one call that a list schedule, longest chain first, takes on so many slots. */
export function listSchedule(subtasks: BenchSubtask[], slots: number): number {
  const chain = new Map<string, number>();
  for (const { id, calls, dependsOn } of subtasks.toReversed()) {
    const own = calls + (chain.get(id) ?? 0);
    chain.set(id, own);
    for (const needed of dependsOn) chain.set(needed, Math.max(chain.get(needed) ?? 0, own));
  }
  const left = new Map(subtasks.map(({ id, dependsOn }) => [id, dependsOn.length]));
  const ready = subtasks.filter(({ dependsOn }) => dependsOn.length === 0);
  const running: { id: string; end: number }[] = [];
  let now = 0;
  while (ready.length + running.length > 0) {
    ready.sort((a, b) => (chain.get(b.id) ?? 0) - (chain.get(a.id) ?? 0));
    while (ready.length > 0 && running.length < slots) {
      const next = ready.shift();
      if (next) running.push({ id: next.id, end: now + next.calls });
    }
    running.sort((a, b) => a.end - b.end);
    now = running[0]?.end ?? now;
    while (running[0]?.end === now) {
      const { id } = running.shift() ?? { id: '' };
      for (const subtask of subtasks.filter(({ dependsOn }) => dependsOn.includes(id))) {
        left.set(subtask.id, (left.get(subtask.id) ?? 0) - 1);
        if (left.get(subtask.id) === 0) ready.push(subtask);
      }
    }
  }
  return now;
}

export const planOf = (subtasks: BenchSubtask[]) => ({
  subtasks: subtasks.map(({ id, calls, dependsOn }) => ({
    id,
    kind: 'investigate',
    title: `${calls} calls`,
    instructions: `calls=${calls}`,
    dependsOn,
    weight: calls,
  })),
});

/** An agent that reads another line each turn, and finishes with its last call. */
export function benchAgent({ request }: Incoming): Reaction | null {
  const [, calls] = /calls=(\d+)/.exec(sectionText(request, 'assignment')) ?? [];
  if (calls === undefined) return null;
  const turn = turnsOf(request).length + 1;
  if (turn < Number(calls)) {
    return {
      kind: 'answer',
      utterance: { calls: [{ name: 'read_file', args: { path: 'lines.txt', startLine: turn, endLine: turn } }] },
    };
  }
  return {
    kind: 'answer',
    utterance: { calls: [{ name: 'finish', args: { summary: 'done', findings: [], uncertain: [] } }] },
  };
}
