import { describe, expect, test } from '@jest/globals';
import { finishInvestigation } from '../../activities/subagent/finish.ts';
import { SubtaskResultSchema } from '../../src/contracts/results.ts';
import { locate } from '../../src/quotes.ts';
import { frozen } from '../support/workspace.ts';

const CODE = ['function a() {', '  risky();', '}', '', 'function b() {', '  risky();', '  more();', '}'].join('\n');

const finding = (change: object = {}) => ({
  path: 'src/a.ts',
  startLine: 2,
  endLine: 2,
  quote: '  risky();',
  severity: 'high',
  title: 'Risky',
  explanation: 'It is.',
  ...change,
});

async function finish(findings: object[], rejectedBefore = 0) {
  const { blobs, workspace } = await frozen({ 'src/a.ts': CODE, 'bin.dat': Buffer.from([0, 1]) });
  const call = {
    type: 'function_call' as const,
    call_id: 'c',
    name: 'finish',
    arguments: JSON.stringify({ summary: 's', findings, uncertain: [] }),
  };
  const { answer, result } = await finishInvestigation(blobs, workspace, 'sub', call, rejectedBefore);
  const stored = result && (await blobs.getJson(result.resultRef, SubtaskResultSchema));
  return {
    answer,
    result,
    findings: stored?.kind === 'investigate' ? stored.findings : [],
    uncertain: stored?.kind === 'investigate' ? stored.uncertain : [],
  };
}

describe('evidence', () => {
  test('that stands where it was said is accepted', async () => {
    const { answer, findings } = await finish([finding()]);
    expect(answer).toBe('Accepted.');
    expect(findings).toEqual([{ ...finding(), id: 'sub-1' }]);
  });

  test('is moved to where the quote stands, nearest to the line that was said', async () => {
    expect((await finish([finding({ startLine: 7, endLine: 9 })])).findings[0]).toMatchObject({
      startLine: 6,
      endLine: 6,
    });
    expect((await finish([finding({ startLine: 900 })])).findings[0]).toMatchObject({ startLine: 6 });
  });

  test('becomes the file’s own lines: indentation, numbers of read_file and pieces of a line are mended', async () => {
    expect((await finish([finding({ quote: 'risky();\nmore();', startLine: 1 })])).findings[0]).toMatchObject({
      startLine: 6,
      endLine: 7,
      quote: '  risky();\n  more();',
    });
    expect((await finish([finding({ quote: '    5| function b() {\n    6|   risky();' })])).findings[0]).toMatchObject({
      startLine: 5,
      endLine: 6,
    });
    expect((await finish([finding({ quote: 'function b()' })])).findings[0]).toMatchObject({
      startLine: 5,
      quote: 'function b() {',
    });
  });

  test.each([
    ['a quote that is nowhere', { quote: 'never written' }, /does not stand in src\/a.ts/],
    ['an empty quote', { quote: '  \n ' }, /its quote is empty/],
    ['a file that does not exist', { path: 'src/z.ts' }, /does not exist/],
    ['a path that leads out', { path: '../a.ts' }, /leads out/],
    ['a binary file', { path: 'bin.dat' }, /is binary/],
    ['a quote of half the file', { quote: Array.from({ length: 30 }, () => 'x').join('\n') }, /20 are enough/],
  ])('that is %s is sent back with the reason', async (_, change, reason) => {
    const { answer, result } = await finish([finding(), finding(change)]);
    expect(result).toBeNull();
    expect(answer).toMatch(reason);
    expect(answer).toMatch(/^Not accepted:\n- finding 2/);
  });

  test('that could not be shown after two chances is dropped and named; the rest is kept', async () => {
    const { findings, uncertain } = await finish(
      [finding(), finding({ quote: 'never written', title: 'Invented' })],
      2,
    );
    expect(findings.map(({ id }) => id)).toEqual(['sub-1']);
    expect(uncertain).toEqual([expect.stringMatching(/^Dropped, its evidence was not found: finding 2 \("Invented"/)]);
  });

  test('of which nothing can be shown fails the attempt', async () => {
    await expect(finish([finding({ quote: 'never written' })], 2)).rejects.toMatchObject({ type: 'EvidenceMissing' });
  });

  test('is not needed where nothing was found', async () => {
    expect((await finish([])).answer).toBe('Accepted.');
  });

  test('outside the schema is sent back twice, then fails the attempt', async () => {
    expect((await finish([finding({ severity: 'apocalyptic' })])).answer).toMatch(/findings\[0\]\.severity/);
    await expect(finish([finding({ severity: 'apocalyptic' })], 2)).rejects.toMatchObject({
      type: 'ModelAnswerInvalid',
    });
  });
});

test.each([
  [['a', 'b', 'a'], ['a'], 1, 1],
  [['a', 'b', 'a'], ['a'], 3, 3],
  [['a', 'b', 'a', 'b'], ['a', 'b'], 9, 3],
  [['short', 'x'], ['sho'], 1, null],
  [['a long enough piece'], ['enough piece'], 1, 1],
  [[], ['a'], 1, null],
])('in %j the quote %j near line %i is at %s', (lines, quote, near, at) => {
  expect(locate(lines, quote, near)).toBe(at);
});
