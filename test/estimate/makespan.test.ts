import { describe, expect, test } from '@jest/globals';
import { makespan, type TimedNode } from '../../src/estimate/makespan.ts';

const node = (id: string, seconds: number, dependsOn: string[] = [], weight = seconds): TimedNode => ({
  ...{ id, dependsOn, weight },
  seconds: { low: seconds, likely: seconds, high: seconds },
});

const spanOf = (slots: number, ...nodes: TimedNode[]): number => makespan(nodes, slots).likely;

describe('the makespan of a plan', () => {
  test('is the longest subtask where everything runs at once, and the sum where nothing does', () => {
    const nodes = [node('a', 3), node('b', 5), node('c', 4)];
    expect([spanOf(3, ...nodes), spanOf(2, ...nodes), spanOf(1, ...nodes)]).toEqual([5, 7, 12]);
  });

  test('follows dependencies, the longest chain first', () => {
    const chain = [node('a', 2), node('b', 4, ['a']), node('c', 1, ['b'])];
    expect(spanOf(8, ...chain)).toBe(7);
    expect(spanOf(2, node('short', 2), node('other', 2), ...chain)).toBe(7);
    expect(spanOf(1, node('short', 2), node('other', 2), ...chain)).toBe(11);
  });

  test('takes what lies outside the plan as there', () => {
    expect(spanOf(1, node('a', 2, ['earlier']))).toBe(2);
    expect(makespan([], 1)).toEqual({ low: 0, likely: 0, high: 0 });
  });

  // Graham's anomaly: with each subtask a second shorter, list scheduling ends later.
  test('stays in order where shorter subtasks take longer together', () => {
    const lasts = [3, 2, 2, 2, 4, 4, 4, 4, 9];
    const weights = [100, 50, 40, 30, 5, 4, 3, 2, 1];
    const needs: Record<number, string[]> = { 4: ['n3'], 5: ['n3'], 6: ['n3'], 7: ['n3'], 8: ['n0'] };
    const nodes = lasts.map((seconds, at) => ({
      id: `n${at}`,
      dependsOn: needs[at] ?? [],
      weight: weights[at] ?? 0,
      seconds: { low: seconds - 1, likely: seconds, high: seconds },
    }));
    expect(makespan(nodes, 3)).toEqual({ low: 12, likely: 12, high: 13 });
  });
});
