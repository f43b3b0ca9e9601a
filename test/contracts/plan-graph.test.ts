import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chainLengths, type PlanNode, planProblems } from '../../src/contracts/plan-graph.ts';
import { limits } from '../support/builders.ts';

const messages = (...args: Parameters<typeof planProblems>): string[] =>
  planProblems(...args).map(({ message }) => message);

const node = (id: string, dependsOn: string[] = [], weight = 1): PlanNode => ({ id, dependsOn, weight });

describe('a plan as a graph', () => {
  test('stands when every dependency is in it and none leads back', () => {
    expect(planProblems([node('a'), node('b', ['a']), node('c', ['a', 'b'])], limits())).toEqual([]);
  });

  test.each<[string, PlanNode[], RegExp]>([
    ['an id that is used twice', [node('a'), node('a')], /"a"; ids are unique/],
    ['a dependency that is missing', [node('a', ['s9'])], /"a" needs "s9", which the plan does not contain/],
    ['a subtask that needs itself', [node('a', ['a'])], /circle: a → a/],
    ['a circle of three', [node('a', ['c']), node('b', ['a']), node('c', ['b'])], /circle: \w → \w → \w → \w/],
    ['a circle behind a tail', [node('x', ['a']), node('a', ['b']), node('b', ['a'])], /circle: (a → b → a|b → a → b)/],
    ['a chain that is too long', chain(21), /longest chain has 21 subtasks; at most 20/],
    ['too many dependents of one', [node('a'), ...fan('a', 51)], /51 subtasks depend on "a"; at most 50/],
    ['too many subtasks', Array.from({ length: 101 }, (_, i) => node(`s${i}`)), /101 subtasks; at most 100/],
  ])('names %s', (_, nodes, problem) => {
    expect(messages(nodes, limits()).join(' ')).toMatch(problem);
  });

  test('names every problem at once', () => {
    expect(planProblems([node('a', ['x']), node('b', ['y'])], limits())).toHaveLength(2);
  });

  test.each<[string, PlanNode[], (string | number)[][]]>([
    ['the second of two with one id', [node('x'), node('a'), node('b'), node('a')], [[3, 'id']]],
    [
      'each dependency that is missing',
      [node('a'), node('b', ['a', 's8', 's9'])],
      [
        [1, 'dependsOn', 1],
        [1, 'dependsOn', 2],
      ],
    ],
    [
      'a step of a circle',
      [node('x', ['a']), node('c'), node('a', ['c', 'b']), node('b', ['a'])],
      [[2, 'dependsOn', 1]],
    ],
    ['the end of the longest chain', [...chain(21).toReversed(), node('x')], [[0, 'id']]],
    ['the one that too many depend on', [...fan('a', 51), node('a')], [[51, 'id']]],
    ['the plan that has too many', Array.from({ length: 101 }, (_, i) => node(`s${i}`)), [[]]],
  ])('is told of at %s', (_, nodes, places) => {
    expect(planProblems(nodes, limits()).map(({ path }) => path)).toEqual(
      places.map((place) => ['subtasks', ...place]),
    );
  });

  test('may lean on subtasks of earlier rounds, but not take their ids', () => {
    expect(planProblems([node('b', ['a'])], limits(), ['a'])).toEqual([]);
    expect(messages([node('a')], limits(), ['a'])).toEqual(['Two subtasks are called "a"; ids are unique.']);
  });

  test('weighs each subtask by the longest chain that hangs on it', () => {
    const lengths = chainLengths([node('a', [], 2), node('b', ['a'], 3), node('c', ['a'], 1), node('d', ['c'], 5)]);
    expect(Object.fromEntries(lengths)).toEqual({ a: 8, b: 3, c: 6, d: 5 });
  });

  test('has a circle exactly when no order puts dependencies first', () => {
    const graphs = fc.integer({ min: 1, max: 8 }).chain((size) =>
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), {
        minLength: size,
        maxLength: size,
      }),
    );
    fc.assert(
      fc.property(graphs, (edges) => {
        const nodes = edges.map((needed, i) =>
          node(
            `n${i}`,
            needed.map((k) => `n${k}`),
          ),
        );
        const hasProblem = messages(nodes, limits()).some((message) => message.includes('circle'));
        expect(hasProblem).toBe(!canBeOrdered(nodes));
      }),
      { numRuns: 2000 },
    );
  });
});

function chain(length: number): PlanNode[] {
  return Array.from({ length }, (_, i) => node(`s${i}`, i === 0 ? [] : [`s${i - 1}`]));
}

function fan(of: string, count: number): PlanNode[] {
  return Array.from({ length: count }, (_, i) => node(`f${i}`, [of]));
}

/** Takes away what waits for nothing, until nothing is left or nothing can be taken. */
function canBeOrdered(nodes: PlanNode[]): boolean {
  const left = new Map(nodes.map(({ id, dependsOn }) => [id, dependsOn]));
  for (;;) {
    const free = [...left].find(([, dependsOn]) => dependsOn.every((needed) => !left.has(needed)));
    if (!free) return left.size === 0;
    left.delete(free[0]);
  }
}
