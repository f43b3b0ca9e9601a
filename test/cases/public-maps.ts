/**
 * Maps over public data, scored against its gold: `node test/cases/public-maps.ts FOLDER`, after `npm run build`. The stand-in is an oracle: it knows the
 * gold of every text, and misses it as often as it is told to. So the accuracy that a map reports has to be 1, then what the oracle really answered.
 *
 * FOLDER holds clones (git clone https://github.com/OWNER/NAME) of what can be had; what is missing is told and left out:
 * PolyAI-LDN/task-specific-datasets (banking77, restaurant8k; CC BY 4.0), justmarkham/pycon-2016-tutorial (SMS spam), lm-sys/RouteLLM (Apache-2.0).
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type MapSummary, MapSummarySchema } from '../../src/contracts/map-summary.ts';
import { SubtaskResultSchema } from '../../src/contracts/results.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { storeFolder } from '../../src/config.ts';
import { sectionText } from '../../src/standin/request.ts';
import { Product } from '../support/product.ts';

type Answer = Record<string, unknown>;

interface Row {
  text: string;
  answer: Answer;
  /** As the gold column holds it. */
  gold: string;
}

interface Case {
  name: string;
  repository: string;
  /** Of one commit, so that everybody scores the same rows. */
  rows: (read: (commitPath: string) => string) => Row[];
  operation: (rows: Row[]) => Answer;
  /** Some other answer of the same form. */
  wrong: (row: Row, rows: Row[]) => Answer;
}

const labelled = (text: string, label: string): Row => ({ text: text.trim(), answer: { label }, gold: label });
const labelsIn = (rows: Row[]): string[] => [...new Set(rows.map(({ gold }) => gold))].toSorted();
const anotherLabel = ({ gold }: Row, rows: Row[]): Answer => ({
  label: labelsIn(rows).find((label) => label !== gold),
});
const classify = (rows: Row[]): Answer => ({ name: 'classify', labels: labelsIn(rows).map((name) => ({ name })) });
const csv = (text: string): Record<string, string>[] => parse(text, { columns: true });

const SLOTS = ['date', 'first_name', 'last_name', 'people', 'time'];

interface Utterance {
  userInput: { text: string };
  labels?: { slot: string; valueSpan: { startIndex?: number; endIndex: number } }[];
}

const CASES: Case[] = [
  {
    name: 'banking77',
    repository: 'task-specific-datasets',
    rows: (read) =>
      csv(read('57ec275d8078:banking_data/test.csv')).map(({ text = '', category = '' }) => labelled(text, category)),
    operation: classify,
    wrong: anotherLabel,
  },
  {
    name: 'restaurant8k',
    repository: 'task-specific-datasets',
    rows: (read) => {
      const all = JSON.parse(read('57ec275d8078:span_extraction/restaurant8k/test.json')) as Utterance[];
      return all.map(({ userInput: { text }, labels = [] }) => {
        const found = labels.map(({ slot, valueSpan: { startIndex = 0, endIndex } }) => [
          slot,
          text.slice(startIndex, endIndex),
        ]);
        const answer = {
          ...Object.fromEntries(SLOTS.map((slot) => [slot, null])),
          ...Object.fromEntries(found),
        } as Answer;
        return { text, answer, gold: JSON.stringify(answer) };
      });
    },
    operation: () => ({
      name: 'extract',
      schema: {
        type: 'object',
        properties: Object.fromEntries(SLOTS.map((slot) => [slot, { type: ['string', 'null'] }])),
        required: SLOTS,
        additionalProperties: false,
      },
    }),
    wrong: ({ answer }) => ({ ...answer, people: 'nobody at all' }),
  },
  {
    name: 'SMS spam',
    repository: 'pycon-2016-tutorial',
    rows: (read) =>
      read('5339710562cc:data/sms.tsv')
        .split('\n')
        .flatMap((line) => {
          const [label = '', text = ''] = line.split('\t');
          return text.trim() === '' ? [] : [labelled(text, label)];
        }),
    operation: classify,
    wrong: anotherLabel,
  },
  {
    name: 'RouteLLM, GSM8K',
    repository: 'RouteLLM',
    rows: (read) =>
      csv(read('0b64fdafe049:routellm/evals/gsm8k/gsm8k_responses.csv')).map((row) => {
        const weak = row['mistralai/Mixtral-8x7B-Instruct-v0.1'] === 'True';
        return {
          ...labelled(row['prompt'] ?? '', weak ? 'mixtral' : 'gpt-4'),
          answer: { label: weak ? 'mixtral' : 'gpt-4', confidence: 0.9 },
        };
      }),
    operation: (rows) => ({ name: 'route', handlers: labelsIn(rows).map((name) => ({ name })) }),
    wrong: (row, rows) => ({ ...anotherLabel(row, rows), confidence: 0.9 }),
  },
];

const ERROR_RATE = 0.1;

const [folder = '.'] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'flotilla-public-'));
const product = new Product(join(scratch, 'home'));
let [scored, wrong] = [0, 0];
await product.start();
try {
  for (const one of CASES) {
    const rows = rowsOf(one);
    if (!rows) continue;
    for (const errorRate of [0, ERROR_RATE]) {
      const isRight = await score(one, rows, errorRate);
      scored += 1;
      if (!isRight) wrong += 1;
    }
  }
} finally {
  await product.stop();
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${scored - wrong} of ${scored} scores are what the oracle answered`);
process.exitCode = wrong > 0 || scored === 0 ? 1 : 0;

/** Texts with more than one gold have no right answer: they are left out. Of the rest the first of each. */
function rowsOf({ name, repository, rows }: Case): Row[] | null {
  const at = join(folder, repository);
  try {
    const all = rows((path) => execFileSync('git', ['-C', at, 'show', path], { maxBuffer: 1e9, encoding: 'utf8' }));
    const golds = Map.groupBy(all, ({ text }) => text);
    return all.filter(({ text }) => new Set(golds.get(text)?.map(({ gold }) => gold)).size === 1);
  } catch (error) {
    console.log(`${name}: not scored, ${at} can't be read (${(error as Error).message.split('\n')[0]})`);
    return null;
  }
}

async function score({ name, operation, wrong: other }: Case, rows: Row[], errorRate: number): Promise<boolean> {
  const byText = new Map(rows.map((row) => [row.text, row]));
  const misses = (text: string): boolean => parseInt(hash('sha256', text).slice(0, 8), 16) / 2 ** 32 < errorRate;
  product.script = ({ request }) => {
    const row = byText.get(sectionText(request, 'item-text'));
    if (!row) return null;
    return { kind: 'answer', utterance: { json: misses(row.text) ? other(row, rows) : row.answer } };
  };
  const file = join(scratch, 'items.jsonl');
  writeFileSync(file, rows.map(({ text, gold }) => `${JSON.stringify({ text, gold })}\n`).join(''));
  const handle = await product.flotilla.map({
    ...{ operation: operation(rows) as never, input: { path: file, textColumn: 'text', goldColumn: 'gold' } },
    reuse: false,
  });
  await handle.result();
  const progress = await handle.progress();
  const ref = progress.subtasks[0]?.resultRef ?? '';
  const result = await new Blobs(join(storeFolder(product.home), 'blobs')).getJson(ref, SubtaskResultSchema);
  const figures = MapSummarySchema.parse(result.kind === 'map' ? result.figures : null);
  const expected = rows.filter(({ text }) => !misses(text)).length / rows.length;
  const measured = shareRight(figures);
  const isRight = figures.done === rows.length && figures.dead === 0 && measured === expected;
  console.log(
    `${isRight ? 'right' : 'WRONG'} ${name}, an oracle that misses ${100 * errorRate} %: ${measured?.toFixed(4)} over ${figures.items} items (answered: ${expected.toFixed(4)})`,
  );
  return isRight;
}

function shareRight({ agreement }: MapSummary): number | null {
  if (agreement?.kind === 'labels') return agreement.accuracy;
  return agreement?.kind === 'fields' ? agreement.exact : null;
}
