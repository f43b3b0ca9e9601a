/**
 * What a plan as a graph must satisfy, and its arithmetic. Pure and free of zod: Workflows load it.
 * `planProblems` names every problem at once, so that one repair can mend them all.
 */
import type { Limits } from './limits.ts';

export interface PlanNode {
  id: string;
  dependsOn: string[];
  weight: number;
}

type GraphLimits = Pick<Limits, 'maxSubtasks' | 'maxDepth' | 'maxFanOut'>;

/** Every rule that the graph breaks, in words; empty when it stands. `known` are the ids of earlier rounds. */
export function planProblems(nodes: PlanNode[], limits: GraphLimits, known: string[] = []): string[] {
  const total = nodes.length + known.length;
  if (total > limits.maxSubtasks) {
    return [`The plan has ${total} subtasks; at most ${limits.maxSubtasks} are allowed (limits.maxSubtasks).`];
  }
  const duplicates = duplicateIds(nodes, known);
  const problems = [...duplicates, ...missingDependencies(nodes, known), ...fanOutProblems(nodes, limits.maxFanOut)];
  if (duplicates.length > 0) return problems;
  const cycle = findCycle(nodes);
  if (cycle) return [...problems, `Subtasks depend on each other in a circle: ${cycle.join(' → ')}.`];
  const depth = Math.max(0, ...chainLengths(nodes.map((node) => ({ ...node, weight: 1 }))).values());
  if (depth <= limits.maxDepth) return problems;
  return [
    ...problems,
    `The longest chain has ${depth} subtasks; at most ${limits.maxDepth} are allowed (limits.maxDepth).`,
  ];
}

/**
 * The weight of the longest chain that hangs on each node, itself included: what dispatch orders by.
 * Contract: the graph has no cycle.
 */
export function chainLengths(nodes: PlanNode[]): Map<string, number> {
  const after = new Map<string, number>();
  for (const { id, weight, dependsOn } of topological(nodes).toReversed()) {
    const own = weight + (after.get(id) ?? 0);
    after.set(id, own);
    for (const needed of dependsOn) after.set(needed, Math.max(after.get(needed) ?? 0, own));
  }
  return new Map(nodes.map(({ id }) => [id, after.get(id) ?? 0]));
}

function duplicateIds(nodes: PlanNode[], known: string[]): string[] {
  const seen = new Set(known);
  const twice = new Set<string>();
  for (const { id } of nodes) (seen.has(id) ? twice : seen).add(id);
  return [...twice].map((id) => `Two subtasks are called "${id}"; ids are unique.`);
}

function missingDependencies(nodes: PlanNode[], known: string[]): string[] {
  const ids = new Set([...known, ...nodes.map(({ id }) => id)]);
  return nodes.flatMap(({ id, dependsOn }) =>
    dependsOn
      .filter((needed) => !ids.has(needed))
      .map((needed) => `Subtask "${id}" needs "${needed}", which the plan does not contain.`),
  );
}

function fanOutProblems(nodes: PlanNode[], most: number): string[] {
  return [...dependentsOf(nodes)]
    .filter(([, dependents]) => dependents.length > most)
    .map(([id, { length }]) => `${length} subtasks depend on "${id}"; at most ${most} are allowed (limits.maxFanOut).`);
}

/** The ids of one cycle, the first repeated at the end. What a topological order leaves over contains one. */
function findCycle(nodes: PlanNode[]): string[] | undefined {
  const ordered = new Set(topological(nodes).map(({ id }) => id));
  const left = new Map(nodes.filter(({ id }) => !ordered.has(id)).map((node) => [node.id, node]));
  const path: string[] = [];
  let node = [...left.values()][0];
  while (node && !path.includes(node.id)) {
    path.push(node.id);
    const next = node.dependsOn.find((needed) => left.has(needed));
    node = next === undefined ? undefined : left.get(next);
  }
  return node && [...path.slice(path.indexOf(node.id)), node.id];
}

/** Dependencies before dependents; nodes on a cycle are left out, dependencies from outside the list count as met. */
function topological<Node extends PlanNode>(nodes: Node[]): Node[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const waitingFor = new Map(
    nodes.map(({ id, dependsOn }) => [id, dependsOn.filter((needed) => ids.has(needed)).length]),
  );
  const dependents = dependentsOf(nodes);
  const order = nodes.filter(({ id }) => waitingFor.get(id) === 0);
  for (const { id } of order) {
    for (const dependent of dependents.get(id) ?? []) {
      const left = (waitingFor.get(dependent.id) ?? 0) - 1;
      waitingFor.set(dependent.id, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

function dependentsOf<Node extends PlanNode>(nodes: Node[]): Map<string, Node[]> {
  const dependents = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const needed of node.dependsOn) dependents.set(needed, [...(dependents.get(needed) ?? []), node]);
  }
  return dependents;
}
