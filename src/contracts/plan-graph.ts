/**
 * What a plan as a graph must satisfy, and its arithmetic. Pure and free of zod: Workflows load it.
 * `planProblems` names every problem at once, so that one repair can mend them all, and the subtask where each stands.
 */
import type { Limits } from './limits.ts';

export interface PlanNode {
  id: string;
  dependsOn: string[];
  weight: number;
}

/** A problem and where it stands, as a path into the value (`['subtasks', 3, 'kind']`). */
export interface PlanProblem {
  path: (string | number)[];
  message: string;
}

type GraphLimits = Pick<Limits, 'maxSubtasks' | 'maxDepth' | 'maxFanOut'>;

/** Every rule that the graph breaks, with its place in the plan; empty when it stands. `known` are the ids of earlier rounds. */
export function planProblems(nodes: PlanNode[], limits: GraphLimits, known: string[] = []): PlanProblem[] {
  const total = nodes.length + known.length;
  if (total > limits.maxSubtasks) {
    return [
      problem([], `The plan has ${total} subtasks; at most ${limits.maxSubtasks} are allowed (limits.maxSubtasks).`),
    ];
  }
  const duplicates = duplicateIds(nodes, known);
  const problems = [...duplicates, ...missingDependencies(nodes, known), ...fanOutProblems(nodes, limits.maxFanOut)];
  if (duplicates.length > 0) return problems;
  const cycle = cycleProblem(nodes);
  return [...problems, ...(cycle ? [cycle] : depthProblems(nodes, limits.maxDepth))];
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

const problem = (path: PlanProblem['path'], message: string): PlanProblem => ({ path: ['subtasks', ...path], message });

function duplicateIds(nodes: PlanNode[], known: string[]): PlanProblem[] {
  const seen = new Set(known);
  const twice = new Map<string, number>();
  for (const [index, { id }] of nodes.entries()) {
    if (!seen.has(id)) seen.add(id);
    else if (!twice.has(id)) twice.set(id, index);
  }
  return [...twice].map(([id, index]) => problem([index, 'id'], `Two subtasks are called "${id}"; ids are unique.`));
}

function missingDependencies(nodes: PlanNode[], known: string[]): PlanProblem[] {
  const ids = new Set([...known, ...nodes.map(({ id }) => id)]);
  return nodes.flatMap(({ id, dependsOn }, index) =>
    dependsOn.flatMap((needed, entry) => {
      const message = `Subtask "${id}" needs "${needed}", which the plan does not contain.`;
      return ids.has(needed) ? [] : [problem([index, 'dependsOn', entry], message)];
    }),
  );
}

/** Told at the subtask that too many depend on; one of an earlier round does not stand in this plan. */
function fanOutProblems(nodes: PlanNode[], most: number): PlanProblem[] {
  return [...dependentsOf(nodes)]
    .filter(([, dependents]) => dependents.length > most)
    .map(([id, { length }]) => {
      const index = nodes.findIndex((node) => node.id === id);
      const message = `${length} subtasks depend on "${id}"; at most ${most} are allowed (limits.maxFanOut).`;
      return problem(index < 0 ? [] : [index, 'id'], message);
    });
}

/** Told at the dependency that is the circle's first step. */
function cycleProblem(nodes: PlanNode[]): PlanProblem | undefined {
  const cycle = findCycle(nodes);
  if (!cycle) return undefined;
  const [id = '', needed = ''] = cycle;
  const index = nodes.findIndex((node) => node.id === id);
  const message = `Subtasks depend on each other in a circle: ${cycle.join(' → ')}.`;
  return problem([index, 'dependsOn', nodes[index]?.dependsOn.indexOf(needed) ?? 0], message);
}

/** Told at the last subtask of the longest chain: it hangs too deep. */
function depthProblems(nodes: PlanNode[], most: number): PlanProblem[] {
  const depths = depthsOf(nodes);
  const depth = Math.max(0, ...depths.values());
  if (depth <= most) return [];
  const index = nodes.findIndex(({ id }) => depths.get(id) === depth);
  const message = `The longest chain has ${depth} subtasks; at most ${most} are allowed (limits.maxDepth).`;
  return [problem([index, 'id'], message)];
}

/** How many subtasks the longest chain that leads to each holds, itself included. */
function depthsOf(nodes: PlanNode[]): Map<string, number> {
  const depths = new Map<string, number>();
  for (const { id, dependsOn } of topological(nodes)) {
    depths.set(id, 1 + Math.max(0, ...dependsOn.map((needed) => depths.get(needed) ?? 0)));
  }
  return depths;
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
