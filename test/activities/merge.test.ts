import { describe, expect, test } from '@jest/globals';
import { type Classified, mergeFindings, triageProblems } from '../../activities/triage/merge.ts';
import type { Finding } from '../../src/contracts/finding.ts';

const finding = (id: string, startLine = Number(id.slice(1))): Finding => ({
  id,
  path: 'a.ts',
  startLine,
  endLine: startLine,
  quote: 'x',
  severity: 'info',
  title: id,
  explanation: '',
});
const item = (id: string, duplicateOf: string | null = null): Classified => ({
  id,
  severity: 'high',
  area: 'area',
  duplicateOf,
});
const merged = (findings: Finding[], items: Classified[]) =>
  mergeFindings(findings, new Map(items.map((each) => [each.id, each]))).map(({ id, duplicates }) => [
    id,
    ...duplicates,
  ]);

describe('merging', () => {
  test('takes severity and area from the classification', () => {
    expect(mergeFindings([finding('f1')], new Map([['f1', item('f1')]]))[0]).toMatchObject({
      severity: 'high',
      area: 'area',
      duplicates: [],
    });
  });

  test('follows chains of duplicates to the first', () => {
    expect(
      merged([finding('f1'), finding('f2'), finding('f3')], [item('f1'), item('f2', 'f1'), item('f3', 'f2')]),
    ).toEqual([['f1', 'f2', 'f3']]);
  });

  test('takes the same lines of the same file for the same finding', () => {
    expect(merged([finding('f1', 5), finding('f2', 5)], [item('f1'), item('f2')])).toEqual([['f1', 'f2']]);
  });

  test('ignores a duplicate of itself, of what comes later, and of what does not exist', () => {
    const items = [item('f1', 'f1'), item('f2', 'f3'), item('f3', 'nothing')];
    expect(merged([finding('f1'), finding('f2'), finding('f3')], items)).toEqual([['f1'], ['f2'], ['f3']]);
  });

  test('loses no id', () => {
    const findings = Array.from({ length: 50 }, (_, i) => finding(`f${i}`, i % 7));
    expect(merged(findings, []).flat().toSorted()).toEqual(findings.map(({ id }) => id).toSorted());
  });
});

test.each([
  ['a missing id', ['a', 'b'], ['a'], /No answer for: b/],
  ['an invented id', ['a'], ['a', 'z'], /not asked about: z/],
  ['a repeated id', ['a'], ['a', 'a'], /more than once: a/],
])('an answer with %s is sent back', (_, ids, answered, problem) => {
  expect(
    triageProblems(
      ids,
      answered.map((id) => item(id)),
    ).join(' '),
  ).toMatch(problem);
});

test('a whole answer has no problems', () => {
  expect(triageProblems(['a', 'b'], [item('b'), item('a')])).toEqual([]);
});
