import { describe, expect, test } from '@jest/globals';
import { parsePlan, problemText } from '../../src/contracts/parse-plan.ts';
import { fromDraft } from '../../src/contracts/plan.ts';
import { fleet, limits } from '../support/builders.ts';

const rules = { limits: limits(), checks: ['unit'], fleet: fleet() };
const investigate = (id: string, change: object = {}) => ({
  id,
  kind: 'investigate',
  title: id,
  instructions: 'look',
  ...change,
});
const problemsOf = (plan: unknown) => parsePlan(plan, rules).problems?.map(problemText).join(' | ') ?? '';

describe('a plan from outside', () => {
  test('is completed with what it leaves out', () => {
    const { plan } = parsePlan({ subtasks: [investigate('a')] }, rules);
    expect(plan?.subtasks[0]).toMatchObject({ dependsOn: [], weight: 1, paths: [] });
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /expected object/],
    ['no subtasks', { subtasks: [] }, /at least one subtask/],
    ['an unknown kind', { subtasks: [{ id: 'a', kind: 'dance', title: 'a' }] }, /subtasks\[0\]\.kind: Invalid/],
    ['an unknown tier', { subtasks: [investigate('a', { tier: 'giant' })] }, /subtasks\[0\]\.tier: Invalid option/],
    ['an unknown field', { subtasks: [investigate('a', { sudo: true })] }, /Unrecognized key: "sudo"/],
    ['an unusable id', { subtasks: [investigate('A B')] }, /an id is a lower-case letter/],
    ['instructions that are missing', { subtasks: [{ id: 'a', kind: 'investigate', title: 'a' }] }, /instructions/],
    [
      'a check that nobody named',
      { subtasks: [{ id: 'a', kind: 'check', title: 'a', check: 'rm' }] },
      /"rm", which does not exist \(known are: unit\)/,
    ],
    ['a weight of zero', { subtasks: [investigate('a', { weight: 0 })] }, /weight/],
  ])('is refused for %s, with the place', (_, plan, problem) => {
    expect(problemsOf(plan)).toMatch(problem);
  });

  test('of ten thousand subtasks is refused before any of them is looked at', () => {
    const plan = { subtasks: Array.from({ length: 10_000 }, () => 'not even a subtask') };
    expect(problemsOf(plan)).toBe(
      'subtasks: The plan has 10000 subtasks; at most 100 are allowed (limits.maxSubtasks).',
    );
  });

  test('runs no command that a model writes: a draft names a check, and has no place for anything else', () => {
    const draft = {
      id: 'c',
      kind: 'check' as const,
      title: 'c',
      instructions: 'rm -rf /',
      paths: [],
      dependsOn: [],
      weight: 1,
    };
    const { plan } = parsePlan(fromDraft([{ ...draft, check: 'unit' }]), rules);
    expect(plan?.subtasks[0]).toEqual({ id: 'c', kind: 'check', title: 'c', check: 'unit', dependsOn: [], weight: 1 });
    expect(problemsOf(fromDraft([{ ...draft, check: 'rm -rf /' }]))).toMatch(/which does not exist/);
  });
});
