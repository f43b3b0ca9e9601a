/** What an answer is worth, by operation: a value, or every problem in words that a model can do something with. */
import { describe, expect, test } from '@jest/globals';
import type { OperationName } from '../../../src/contracts/map.ts';
import { compareOperation } from '../../../src/map/operations/compare.ts';
import { item, operation } from './subjects.ts';

const CODE = ['function a() {', '  risky();', '}', '', 'function b() {', '  risky();', '}'].join('\n');
const PIECE = item(CODE, { file: { path: 'src/a.ts', startLine: 101, lines: 7 } });

const finding = (change: object = {}) => ({
  ...{ startLine: 102, endLine: 102, quote: '  risky();', severity: 'high', title: 'Risky', explanation: 'It is.' },
  ...change,
});

const accept = (name: OperationName, answer: unknown, threshold?: number) =>
  operation(name, 'As usual.', threshold).accept(typeof answer === 'string' ? answer : JSON.stringify(answer), PIECE);

describe('accepted', () => {
  test.each<[string, OperationName, unknown, object, number?]>([
    ['a label', 'classify', { label: 'spam' }, { value: { label: 'spam' } }],
    ['none of the labels, where that may be', 'classify', { label: 'other' }, { value: { label: 'other' } }],
    ['a label in other letters', 'classify', { label: ' SPAM ' }, { value: { label: 'spam' } }],
    [
      'a label and a confidence',
      'classify',
      { label: 'ham', confidence: 0.25 },
      { value: { label: 'ham', confidence: 0.25 }, confidence: 0.25 },
      0.5,
    ],
    [
      'a confidence that nobody asked for, left out',
      'classify',
      { label: 'ham', confidence: 7 },
      { value: { label: 'ham' } },
    ],
    [
      'a handler',
      'route',
      { label: 'sales', confidence: 1 },
      { value: { label: 'sales', confidence: 1 }, confidence: 1 },
    ],
    ['a score at a bound', 'score', { score: 5 }, { value: { score: 5 } }],
    ['a score for a rank', 'rank', { score: 0 }, { value: { score: 0 } }],
    ['an object', 'extract', { price: null, name: 'ab' }, { value: { price: null, name: 'ab' } }],
    [
      'a finding on its line',
      'review',
      { findings: [finding()] },
      { value: { findings: [{ ...finding(), path: 'src/a.ts' }] } },
    ],
    ['no findings', 'review', { findings: [] }, { value: { findings: [] } }],
  ])('%s', (...[, name, answer, expected, threshold]) => {
    expect(accept(name, answer, threshold)).toEqual(expected);
  });
});

describe('refused', () => {
  test.each<[string, OperationName, unknown, RegExp[], number?]>([
    ['no JSON', 'classify', '{"label": "spa', [/not JSON/]],
    ['nothing', 'score', 'null', [/score: nothing/]],
    ['a label that there is not', 'classify', { label: 'eggs' }, [/label: "eggs" is not among/]],
    ['a label that is a list', 'classify', { label: ['spam'] }, [/label: \["spam"\]/]],
    ['a label as long as a book', 'classify', { label: 'x'.repeat(9999) }, [/^.{20,200}$/]],
    ['no confidence where one is asked for', 'classify', { label: 'spam' }, [/confidence: nothing/], 0.5],
    [
      'a confidence beyond 1',
      'route',
      { label: 'sales', confidence: 1.01 },
      [/confidence: 1.01 is not a number from 0 to 1/],
    ],
    ['all of it wrong, each told', 'route', { label: 'x', confidence: 'high' }, [/label: "x"/, /confidence: "high"/]],
    ['a score below the bounds', 'score', { score: 0.9 }, [/score: 0.9 is not a number from 1 to 5/]],
    ['a score in words', 'score', { score: '5' }, [/score: "5"/]],
    ['a score that JSON has no number for', 'rank', '{"score": 1e999}', [/score/]],
    ['a missing property', 'extract', { price: 1 }, [/required property 'name'/]],
    [
      'a property of the wrong type, by its path',
      'extract',
      { price: '1', name: 'ab' },
      [/^\/price must be number,null/],
    ],
    [
      'a property that was not asked for',
      'extract',
      { price: 1, name: 'ab', more: 1 },
      [/additional properties \("more"\)/],
    ],
    [
      'a text that is too short: the length was not sent, and counts',
      'extract',
      { price: 1, name: 'a' },
      [/\/name must NOT have fewer than 2/],
    ],
    ['a list in place of an object', 'extract', [], [/must be object/]],
    ['a finding that is none', 'review', { findings: [{ line: 3 }] }, [/findings\[0\]|findings\.0|findings/]],
    [
      'more findings than are asked for',
      'review',
      { findings: Array.from({ length: 31 }, () => finding()) },
      [/findings/],
    ],
    [
      'a quote that does not stand in the piece',
      'review',
      { findings: [finding(), finding({ quote: 'harmless();' })] },
      [/^Finding 2: its quote does not stand in the piece/],
    ],
    ['an empty quote', 'review', { findings: [finding({ quote: ' ' })] }, [/Finding 1: its quote is empty/]],
  ])('%s', (...[, name, answer, expected, threshold]) => {
    const { problems = [] } = accept(name, answer, threshold);
    expect(problems.length).toBeGreaterThanOrEqual(expected.length);
    for (const [index, one] of expected.entries()) expect(problems[index]).toMatch(one);
  });

  test('an answer without an end', () => {
    expect(accept('classify', `"${'x'.repeat(2_000_001)}"`).problems?.[0]).toMatch(/be brief/);
  });

  test('the answer is kept beside its problems, where it could be read', () => {
    expect(accept('score', { score: 9 })).toMatchObject({ last: { score: 9 } });
    expect(accept('score', 'nine')).not.toHaveProperty('last');
  });
});

describe('a review', () => {
  const found = (change: object, piece = PIECE) => {
    const { value } = operation('review').accept(JSON.stringify({ findings: [finding(change)] }), piece);
    return (value as { findings: object[] } | undefined)?.findings[0];
  };

  test.each<[string, object, object]>([
    [
      'lines that were counted from the start of the piece',
      { startLine: 2, endLine: 2 },
      { startLine: 102, endLine: 102 },
    ],
    ['the nearer of two places', { startLine: 107, endLine: 107 }, { startLine: 106, endLine: 106 }],
    [
      'a quote of several lines',
      { startLine: 1, quote: '  risky();\n}\n\nfunction b() {' },
      { startLine: 102, endLine: 105 },
    ],
    [
      'a quote with the numbers of the prompt',
      { quote: '106|   risky();', startLine: 106 },
      { startLine: 106, quote: '  risky();' },
    ],
    ['a quote without its indentation', { quote: 'risky();' }, { startLine: 102, quote: '  risky();' }],
  ])('comes out on the true lines of the file: %s', (_, change, expected) => {
    expect(found(change)).toMatchObject({ path: 'src/a.ts', ...expected });
  });

  test('of a text that is of no file counts from 1 and names none', () => {
    const one = found({ startLine: 2 }, item(CODE));
    expect(one).toMatchObject({ startLine: 2, endLine: 2 });
    expect(one).not.toHaveProperty('path');
  });

  test('of which a part stands can be used for that part', () => {
    const verdict = accept('review', { findings: [finding(), finding({ quote: 'gone();' })] });
    expect(verdict).toMatchObject({ usable: { findings: [{ startLine: 102 }] } });
    expect(accept('review', { findings: [finding({ quote: 'gone();' })] })).not.toHaveProperty('usable');
  });
});

describe('a comparison', () => {
  const compare = compareOperation({ name: 'rank', criterion: 'older', comparisons: 2 });
  const pair = { first: 'a', second: 'b' };

  test.each(['first', 'second', 'tie'])('may say %s', (winner) => {
    expect(compare.accept(JSON.stringify({ winner }), pair)).toEqual({ value: { winner } });
  });

  test('says nothing else', () => {
    expect(compare.accept('{"winner":"a"}', pair).problems?.[0]).toMatch(/winner: "a" is none of first, second, tie/);
  });
});
