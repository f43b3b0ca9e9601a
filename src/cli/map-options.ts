/** The flags of `flotilla map`, and what they come to: each operation has some of its own, the rest are for all of them. */
import { Argument, type Command, Option } from 'commander';
import type { MapOptions } from '../client/map.ts';
import { TIERS, type Tier } from '../contracts/addresses.ts';
import { FORMATS, LANES, OPERATION_NAMES, type OperationName } from '../contracts/map.ts';
import { type PlanProblem, problemText } from '../contracts/parse-plan.ts';
import { InputInvalid } from '../located-yaml.ts';
import { handlersFrom, labelsFrom, schemaFrom } from './map-files.ts';
import { comparisons, confidence, hours, pack, score, usd } from './values.ts';

/** Of the operations. */
interface OperationFlags {
  labels?: string;
  labelsFile?: string;
  other?: boolean;
  schema?: string;
  rubric?: string;
  min?: number;
  max?: number;
  by?: string;
  comparisons?: number;
  handlers?: string;
  lookFor?: string;
  instructions?: string;
}

export interface MapFlags extends OperationFlags {
  input: string;
  format?: (typeof FORMATS)[number];
  header: boolean;
  textColumn?: string;
  idColumn?: string;
  goldColumn?: string;
  threshold?: number;
  pack?: number;
  lane?: (typeof LANES)[number];
  deadlineHours?: number;
  tier?: Tier;
  budget?: number;
  reuse: boolean;
  background?: boolean;
  id?: string;
  estimate?: boolean;
  detach?: boolean;
  json?: boolean;
}

type OperationFlag = keyof OperationFlags;

/** `needs`: one of these, and no more than one. */
const OPERATIONS: Record<OperationName, { needs: OperationFlag[]; takes: OperationFlag[] }> = {
  classify: { needs: ['labels', 'labelsFile'], takes: ['other', 'instructions'] },
  extract: { needs: ['schema'], takes: ['instructions'] },
  score: { needs: ['rubric'], takes: ['min', 'max'] },
  rank: { needs: ['by'], takes: ['comparisons'] },
  route: { needs: ['handlers'], takes: ['instructions'] },
  review: { needs: ['lookFor'], takes: [] },
};

export function mapOptions(command: Command): Command {
  return command
    .addArgument(new Argument('<operation>', 'what is asked of each item').choices(OPERATION_NAMES))
    .requiredOption('--input <path>', 'a table (JSONL, CSV, TSV), or text files: a file, a folder or a glob in quotes')
    .optionsGroup('classify, route, extract:')
    .option('--labels <a,b,…>', 'classify: the labels to choose from')
    .option('--labels-file <file>', 'classify: the same, a line each: a label, or "label: description"')
    .option('--other', 'classify: an item may belong to none of them')
    .option('--handlers <a,b,…>', 'route: who may take an item; or a file of them, like --labels-file')
    .option('--schema <file>', 'extract: JSON Schema of what is taken out of an item, JSON or YAML')
    .option('--instructions <text>', 'what else is to be known about the question')
    .optionsGroup('score, rank, review:')
    .option('--rubric <text>', 'score: what it is given for')
    .option('--min <n>', 'score: the lowest (default: 0)', score)
    .option('--max <n>', 'score: the highest (default: 10)', score)
    .option('--by <text>', 'rank: what makes an item stand before another')
    .option('--comparisons <n>', 'rank: pairs compared at most, for each item (default: 2)', comparisons)
    .option('--look-for <text>', 'review: what is to be found')
    .optionsGroup('Input:')
    .addOption(new Option('--format <format>', 'of the input (default: by its name)').choices(FORMATS))
    .option('--no-header', 'of a CSV or TSV: its first row is an item, its columns are called 1, 2, …')
    .option('--text-column <name>', 'which column is asked about (default: the only one, or "text")')
    .option('--id-column <name>', 'which column names an item (default: "id", or its position)')
    .option('--gold-column <name>', 'which column holds the right answer, to be measured against')
    .optionsGroup('Calls:')
    .option('--threshold <confidence>', 'classify, route: below it, an item goes one tier up', confidence)
    .option('--pack <n>', 'items in one call (default: 1)', pack)
    .addOption(
      new Option(
        '--lane <lane>',
        'batch: half the price, within a day; auto: batch, where there is time for it and it saves a cent (default: live)',
      ).choices(LANES),
    )
    .option('--deadline-hours <n>', 'for the lane auto: when it is needed (default: whenever)', hours)
    .addOption(new Option('--tier <tier>', 'where items start (default: nano)').choices(TIERS.toReversed()))
    .option('-b, --budget <usd>', 'the most that it may cost', usd)
    .option('--background', 'nobody waits for it: it takes what other objectives leave')
    .option('--no-reuse', 'pay again for what earlier maps have paid for')
    .optionsGroup('Options:')
    .option('--estimate', 'print what it may cost and how long it may take, and start nothing')
    .option('--id <id>', 'a name of yours (default: made from the input); starting twice with one is starting once')
    .option('-d, --detach', 'do not follow it');
}

/** Throws `InputInvalid`, which names the flag. */
export function mapOptionsFrom(name: OperationName, flags: MapFlags): MapOptions {
  assertFlags(name, flags);
  const {
    input: path,
    format,
    header,
    textColumn,
    idColumn,
    goldColumn,
    threshold,
    pack,
    lane,
    deadlineHours,
    tier,
    budget,
    id,
  } = flags;
  const columns = given({ format, header: header ? undefined : false, textColumn, idColumn, goldColumn });
  return {
    operation: settingsOf(name, flags),
    input: { path, ...columns },
    ...given({ threshold, pack, lane, deadlineHours, tier, budgetUsd: budget, id }),
    reuse: flags.reuse,
    ...(flags.background && { priority: 'background' }),
    describeProblems: (problems) => problems.map((problem) => told(problem, flags)).join('\n'),
  };
}

function assertFlags(name: OperationName, flags: OperationFlags): void {
  const { needs, takes } = OPERATIONS[name];
  const own = [...needs, ...takes];
  const foreign = Object.entries(OPERATIONS).flatMap(([, other]) => [...other.needs, ...other.takes]);
  const problems = [...new Set(foreign)]
    .filter((flag) => flags[flag] !== undefined && !own.includes(flag))
    .map((flag) => `${flagText(flag)} is for ${takersOf(flag)}; ${name} takes ${texts(own, 'and')}.`);
  const chosen = needs.filter((flag) => flags[flag] !== undefined);
  if (chosen.length === 0) problems.push(`${name} needs ${texts(needs, 'or')}.`);
  if (chosen.length > 1) problems.push(`${texts(chosen, 'and')} say the same; use one of them.`);
  if (problems.length > 0) throw new InputInvalid(problems.join('\n'));
}

const takersOf = (flag: OperationFlag): string =>
  listed(
    OPERATION_NAMES.filter((name) => [...OPERATIONS[name].needs, ...OPERATIONS[name].takes].includes(flag)),
    'and',
  );

/** What the operation's own flags say; those that it needs are there. */
function settingsOf(name: OperationName, flags: OperationFlags): MapOptions['operation'] {
  const instructions = given({ instructions: flags.instructions });
  switch (name) {
    case 'classify':
      return { name, labels: labelsFrom(flags), ...given({ other: flags.other }), ...instructions };
    case 'extract':
      return { name, schema: schemaFrom(flags.schema ?? ''), ...instructions };
    case 'score':
      return { name, rubric: flags.rubric ?? '', ...given({ min: flags.min, max: flags.max }) };
    case 'rank':
      return { name, criterion: flags.by ?? '', ...given({ comparisons: flags.comparisons }) };
    case 'route':
      return { name, handlers: handlersFrom(flags.handlers ?? ''), ...instructions };
    case 'review':
      return { name, lookFor: flags.lookFor ?? '' };
  }
}

/** Settings whose flag has another name. */
const FLAGS: Record<string, keyof MapFlags> = { criterion: 'by', path: 'input' };

/** A problem of the options, by the flag that they came from. */
function told({ path, message }: PlanProblem, flags: MapFlags): string {
  const isNested = path[0] === 'operation' || path[0] === 'input';
  const [setting = '', ...rest] = isNested ? path.slice(1) : path;
  const said = problemText({ path: rest, message });
  if (setting === 'labels' && flags.labelsFile !== undefined) return `${flagText('labelsFile')}: ${said}`;
  const flag = FLAGS[setting] ?? setting;
  return flag in flags ? `${flagText(String(flag))}: ${said}` : problemText({ path, message });
}

const flagText = (flag: string): string => `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const texts = (flags: OperationFlag[], last: 'and' | 'or'): string => listed(flags.map(flagText), last);

const listed = (words: string[], last: 'and' | 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;

type Given<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Without what was not said. */
const given = <Values extends object>(values: Values): Given<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>;
