/** How long a plan takes with so many slots: list scheduling, the longest chain first, as `ObjectiveState` dispatches. */
import type { Range } from '../contracts/estimate.ts';
import { chainLengths, type PlanNode } from '../contracts/plan-graph.ts';

export interface TimedNode extends PlanNode {
  seconds: Range;
}

/**
 * The three makespans in order: list scheduling may end later when a subtask gets shorter, and a range may not be upside down. Each stays between
 * its longest chain and its serial sum.
 */
export function makespan(nodes: TimedNode[], slots: number): Range {
  const of = (which: keyof Range): number => schedule(nodes, slots, ({ seconds }) => seconds[which]);
  const [low = 0, likely = 0, high = 0] = [of('low'), of('likely'), of('high')].toSorted((a, b) => a - b);
  return { low, likely, high };
}

/** Dependencies from outside the list count as met. Contract: the graph has no cycle. */
function schedule(nodes: TimedNode[], slots: number, lasts: (node: TimedNode) => number): number {
  const chains = chainLengths(nodes);
  const ids = new Set(nodes.map(({ id }) => id));
  const ended = new Set<string>();
  const order = nodes.toSorted((a, b) => (chains.get(b.id) ?? 0) - (chains.get(a.id) ?? 0));
  let waiting = order;
  let running: { id: string; endsAt: number }[] = [];
  for (let now = 0; ;) {
    const isReady = ({ dependsOn }: TimedNode): boolean => dependsOn.every((id) => !ids.has(id) || ended.has(id));
    const starting = waiting.filter(isReady).slice(0, slots - running.length);
    running.push(...starting.map((node) => ({ id: node.id, endsAt: now + lasts(node) })));
    waiting = waiting.filter((node) => !starting.includes(node));
    if (running.length === 0) return now;
    now = Math.min(...running.map(({ endsAt }) => endsAt));
    for (const { id, endsAt } of running) if (endsAt === now) ended.add(id);
    running = running.filter(({ endsAt }) => endsAt > now);
  }
}
