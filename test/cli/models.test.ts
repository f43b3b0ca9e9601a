/** The table of models: whole, within the terminal, and harmless. */
import { describe, expect, test } from '@jest/globals';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { tableOf } from '../../src/cli/commands/models.ts';
import { Styled } from '../../src/cli/terminal.ts';
import { CAPABILITIES } from '../../src/contracts/kinds.ts';
import { TIERS } from '../../src/contracts/addresses.ts';

const catalogue = loadCatalogue();
type Line = Parameters<typeof tableOf>[1][number];

const rows = (change: Partial<Line> = {}): Line[] =>
  catalogue.models.map((model) => ({ ...model, shutdown: model.shutdown ?? null, tiers: [], ...change }));

const shown = (lines: Line[], columns = 100): string[] => {
  const style = (_: string, part: unknown): Styled => (part instanceof Styled ? part : new Styled(String(part)));
  return tableOf({ columns, style }, lines).map(({ source }) => source);
};
const only = (change: Partial<Line>, columns?: number): string[] => shown(rows(change).slice(0, 1), columns);

describe('the table of models', () => {
  test('has a line of figures for each, and under it what it can do', () => {
    const lines = shown(rows());
    for (const { id } of catalogue.models) expect(lines.filter((line) => line.startsWith(`  ${id} `))).toHaveLength(1);
    expect(lines).toContain('  gpt-5.4-nano            openai      0.2    0.02  1.25     400K  none…xhigh  2027-04-01');
    expect(lines).toContain('    tools, strictSchema, images');
  });

  test('marks those in force, with their tiers', () => {
    const [, figures, can] = only({ tiers: ['mini', 'nano'] });
    expect(figures).toMatch(/^● gpt-5\.4 /);
    expect(can).toMatch(/^ {4}used by mini, nano; tools, /);
    expect(shown(rows()).join('\n')).not.toMatch(/^●.*openai|used by/m);
  });

  test.each([40, 60, 80, 100, 200])('fits %i columns, whatever a row says', (columns) => {
    const long = { id: 'x'.repeat(300), provider: 'p'.repeat(90), capabilities: [...CAPABILITIES], tiers: [...TIERS] };
    for (const line of [
      ...shown(rows(), columns),
      ...only(long, columns),
      ...only({ id: '\u001b'.repeat(60) }, columns),
    ])
      expect(line.length).toBeLessThanOrEqual(columns);
  });

  test('loses no figure at 80 columns', () => {
    const lines = shown(rows(), 80).join('\n');
    for (const { prices, shutdown } of catalogue.models) {
      for (const figure of [prices.input, prices.cachedInput, prices.output, shutdown ?? ''])
        expect(lines).toContain(`${figure}`);
    }
  });

  test('shows what could steer a terminal as its codes', () => {
    const text = only({ id: '\u001b[31mred\u202e', provider: '\u0007bell' }).join('\n');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('\\u{1b}[31mred\\u{202e}');
  });

  test('writes efforts that are not in a row one by one', () => {
    expect(only({ efforts: ['none', 'high'] })[1]).toContain('none high');
    expect(only({ efforts: ['none', 'low', 'high'] })[1]).toContain('none low high');
    expect(only({ efforts: ['none'] })[1]).toMatch(/ none$/);
  });
});
