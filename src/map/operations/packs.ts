/** Several answers in one: joined to their subjects by id, whatever their order, with what is missing, invented or doubled told. */
import type { JsonSchema } from '../../model/json-schema.ts';
import type { OperationRules, PackVerdict, Verdict } from './operation.ts';
import { said } from './said.ts';

type Joining = OperationRules<never>['inPack'];

const IDS_TOLD = 20;

/** The answer to a pack. Ids are places in it, from 1: its schema is the same for packs of all sizes. */
export function packSchema(answer: JsonSchema, inPack: Joining): JsonSchema {
  const own = inPack === 'beside-id' ? (answer['properties'] as Record<string, JsonSchema>) : { value: answer };
  const properties = { id: { type: 'integer' }, ...own };
  return closed({ items: { type: 'array', items: closed(properties) } });
}

const closed = (properties: Record<string, JsonSchema>): JsonSchema => ({
  ...{ type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
});

export function splitPack(answer: unknown, count: number, inPack: Joining, judge: Judge): PackVerdict {
  const entries = entriesOf(answer);
  if (entries === null) return withMissing(new Array<null>(count).fill(null), ['The answer has no list "items".']);
  const { found, invented, doubled } = join(entries, count);
  const verdicts = Array.from({ length: count }, (_, place) => {
    const entry = found.get(place + 1);
    return entry === undefined ? null : judge(inPack === 'beside-id' ? withoutId(entry) : entry['value'], place);
  });
  return withMissing(verdicts, [
    ...(invented.length > 0 ? [`These ids were not asked about: ${told(invented)}.`] : []),
    ...(doubled.length > 0 ? [`Answered more than once: ${told(doubled)}.`] : []),
  ]);
}

type Judge = (answer: unknown, place: number) => Verdict;
type Entry = Record<string, unknown>;

function entriesOf(answer: unknown): unknown[] | null {
  const items = isEntry(answer) ? answer['items'] : undefined;
  return Array.isArray(items) ? (items as unknown[]) : null;
}

/** Which of two answers to one id is meant can't be known: neither counts. */
function join(entries: unknown[], count: number) {
  const found = new Map<number, Entry>();
  const invented: unknown[] = [];
  const doubled = new Set<number>();
  for (const entry of entries) {
    const id = isEntry(entry) ? idOf(entry['id']) : NaN;
    if (!isEntry(entry) || !(id >= 1 && id <= count)) invented.push(isEntry(entry) ? entry['id'] : entry);
    else if (found.has(id)) doubled.add(id);
    else found.set(id, entry);
  }
  for (const id of doubled) found.delete(id);
  return { found, invented, doubled: [...doubled] };
}

/** Not every provider holds an answer to its schema, and `"3"` is the third all the same. */
function idOf(id: unknown): number {
  const number = typeof id === 'string' && /^\d{1,4}$/.test(id) ? Number(id) : id;
  return Number.isInteger(number) ? (number as number) : NaN;
}

function withMissing(verdicts: (Verdict | null)[], problems: string[]): PackVerdict {
  const missing = [...verdicts.keys()].filter((place) => verdicts[place] === null);
  const unanswered = missing.length > 0 ? [`No answer for: ${told(missing.map((place) => place + 1))}.`] : [];
  return { verdicts, missing, problems: [...unanswered, ...problems] };
}

function told(ids: unknown[]): string {
  const listed = ids.slice(0, IDS_TOLD).map((id) => said(id));
  return [...listed, ...(ids.length > IDS_TOLD ? ['…'] : [])].join(', ');
}

const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null;

function withoutId({ id: _id, ...answer }: Entry): Entry {
  return answer;
}
