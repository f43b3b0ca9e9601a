/** `flotilla models`: the catalogue in force, and which tier uses what. */
import { z } from 'zod';
import { ModelSchema } from '../../catalogue/schema.ts';
import { TIERS } from '../../contracts/addresses.ts';
import { EFFORTS } from '../../contracts/model.ts';
import { safeLine } from '../../safe-text.ts';
import { loadFleet } from '../../tiers.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { cut, GAP, tableRows } from '../table.ts';
import { say, type Styled, type Terminal } from '../terminal.ts';

const ModelLineSchema = ModelSchema.omit({ shutdown: true }).extend({
  shutdown: z
    .string()
    .nullable()
    .describe('from this day on the provider no longer serves it; null where none is known'),
  tiers: z.array(z.enum(TIERS)).describe('which tiers use it'),
});
type ModelLine = z.infer<typeof ModelLineSchema>;

/** What `models --json` prints. Fields are only ever added. */
export const ModelsJsonSchema = z.array(ModelLineSchema);

export async function models({ config, terminal }: Context, { json = false }: { json?: boolean }): Promise<number> {
  const { catalogue, tiers } = loadFleet(config);
  const lines = catalogue.models.map((row): ModelLine => ({
    ...row,
    shutdown: row.shutdown ?? null,
    tiers: TIERS.filter((tier) => catalogue.figuresOf(tiers[tier].model) === row),
  }));
  if (json) terminal.json(lines);
  else for (const line of tableOf(terminal, lines)) terminal.line(line);
  return EXIT.done;
}

const HEADS = ['model', 'provider', 'in', 'cached', 'out', 'context', 'efforts', 'shutdown'];
const NUMBERS = ['in', 'cached', 'out', 'context'];
const MARK = '● ';

/** Two lines a model: its figures, and under them what it can do and who uses it. No line is wider than the terminal. */
export function tableOf(terminal: Pick<Terminal, 'columns' | 'style'>, lines: ModelLine[]): Styled[] {
  const width = terminal.columns - MARK.length;
  const [head = '', ...figures] = tableRows([HEADS, ...lines.map(cellsOf)], NUMBERS, width);
  const legend = `${MARK}in force. US dollars per million tokens. Rows of yours: FLOTILLA_MODELS (flotilla schema catalogue)`;
  return [
    terminal.style('dim', `  ${head}`),
    ...lines.flatMap(({ capabilities, tiers }, index) => {
      const text = figures[index] ?? '';
      const uses = tiers.length > 0 ? [`used by ${tiers.join(', ')};`] : [];
      const can = wrapped([...uses, capabilities.join(', ') || 'plain answers only'].join(' '), width - GAP);
      return [
        tiers.length > 0 ? terminal.style('bold', `${MARK}${text}`) : say`  ${text}`,
        ...can.map((line) => terminal.style('dim', `    ${line}`)),
      ];
    }),
    ...wrapped(legend, terminal.columns).map((line) => terminal.style('dim', line)),
  ];
}

/** As they are shown: what could steer a terminal takes more room as its code. */
function cellsOf({ id, provider, prices, contextTokens, efforts, shutdown }: ModelLine): string[] {
  const { input, cachedInput, output } = prices;
  return [
    safeLine(id),
    safeLine(provider),
    `${input}`,
    `${cachedInput}`,
    `${output}`,
    tokensText(contextTokens),
    effortsText(efforts),
    shutdown ?? '',
  ];
}

const tokensText = (tokens: number): string => (tokens < 1000 ? `${tokens}` : `${Math.round(tokens / 1000)}K`);

/** `low…max` where nothing between is missing. */
function effortsText(efforts: ModelLine['efforts']): string {
  const [first = 'none', last = first] = [efforts[0], efforts.at(-1)];
  // Few models know `minimal`.
  const between = EFFORTS.slice(EFFORTS.indexOf(first), EFFORTS.indexOf(last) + 1).filter((each) => each !== 'minimal');
  return efforts.length > 2 && between.join() === efforts.join() ? `${first}…${last}` : efforts.join(' ');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(cut(word, width));
  }
  return lines;
}
