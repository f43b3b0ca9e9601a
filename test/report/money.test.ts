/** The money of a report as a reader meets it: signs, shares, and what older reports lack. */
import { describe, expect, test } from '@jest/globals';
import { type Report, ReportSchema } from '../../src/contracts/report.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { caseRows, costFacts, costRows, counterfactualFacts, signedUsd } from '../../src/report/money-words.ts';
import { report } from '../support/report.ts';

const { costs, counterfactual } = report();
if (!costs || !counterfactual) throw new Error('the builder has both');

test.each([
  [1_200_000, '+$1.20'],
  [-300, '−$0.0003'],
  [0, '$0'],
])('%i micro-dollars saved are %s', (micros, text) => {
  expect(signedUsd(micros)).toBe(text);
});

describe('what the money went into', () => {
  test('is told with its share of the whole', () => {
    expect(costRows(costs)).toEqual([
      ['planning', '$0.0002', '13.3 %'],
      ['judging', '$0.0001', '6.7 %'],
      ['the answer', '$0.0003', '20 %'],
      ['accepted work', '$0.0006', '40 %'],
      ['work that was not accepted', '$0.0003', '20 %'],
    ]);
  });

  test('has no shares of nothing', () => {
    const free = { planningMicros: 0, judgingMicros: 0, answerMicros: 0, acceptedMicros: 0, notAcceptedMicros: 0 };
    expect(costRows({ ...costs, ...free }).map(([, , share]) => share)).toEqual(['–', '–', '–', '–', '–']);
  });

  test('is told by accepted subtask, with the caches and what was paid for nothing', () => {
    expect(costFacts(costs)).toEqual([
      '$0.0015 by accepted subtask: everything that was spent, over 1 subtask with a model.',
      '10 % of the input tokens were read from a cache.',
      '$0.00003 paid again for requests that had been billed or may have been, $0.00004 for answers that could not be used, $0 in doubt.',
    ]);
    expect(costFacts({ ...costs, perAcceptedMicros: null, cacheHitRate: null }).slice(0, 2)).toEqual([
      'No subtask with a model was accepted.',
      'No input was counted.',
    ]);
  });
});

describe('the flagship alone', () => {
  test('is a range with signs', () => {
    expect(counterfactualFacts(counterfactual)).toEqual([
      'Alone, gpt-5.4 would have cost $0.0012 to $0.006; this run cost $0.0015.',
      'Saved: −$0.0003 (−25 %) to +$0.0045 (+75 %). Where that is negative, the flagship alone would have been cheaper.',
    ]);
    expect(caseRows(counterfactual)).toEqual([
      ['right at once', '$0.0012', '−$0.0003'],
      ['the same', '$0.006', '+$0.0045'],
    ]);
  });

  test('has no percent where there is none', () => {
    const [, saved] = counterfactualFacts({ ...counterfactual, savedPercent: null });
    expect(saved).toMatch(/^Saved: −\$0\.0003 to \+\$0\.0045\. /);
  });

  test('is only a sentence where no model was called', () => {
    const zero = { costMicros: 0, lowMicros: 0, highMicros: 0, savedMicros: { low: 0, high: 0 }, savedPercent: null };
    const shown = report({ counterfactual: { ...counterfactual, ...zero, assumptions: ['No model was called.'] } });
    const [, section = ''] = /## The flagship alone\n\n([^]*?)\n\n## /.exec(renderMarkdown(shown)) ?? [];
    expect(section).toBe('Assumed:\n\n- No model was called.');
  });
});

describe.each([
  ['Markdown', renderMarkdown],
  [
    'HTML',
    (shown: Report) =>
      renderHtml(shown)
        .replace(/<[^>]*>/g, ' ')
        .replaceAll('&#39;', "'"),
  ],
])('the %s', (_, render) => {
  const text = (shown: Report): string => render(shown).replace(/[ \n|]+/g, ' ');

  test('shows every sum, case and assumption', () => {
    const shown = text(report());
    const lines = [...costFacts(costs), ...counterfactualFacts(counterfactual), ...counterfactual.assumptions];
    const rows = [...costRows(costs), ...caseRows(counterfactual)].map((row) => row.join(' '));
    for (const line of [...lines, ...rows, 'completed 1 $0.00075 1']) expect(shown).toContain(line);
  });

  test('of an older report shows what it has', () => {
    const { costs: _costs, counterfactual: _compared, subtasks, ...rest } = report();
    const older = ReportSchema.parse({ ...rest, subtasks: subtasks.map(({ costMicros: _cost, ...each }) => each) });
    const shown = text(older);
    expect(shown).toContain('$0.0015 in all');
    expect(shown).toContain('completed 1 – 1');
    expect(shown).not.toMatch(/went into|flagship|null|undefined/);
  });
});
