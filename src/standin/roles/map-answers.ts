/** The rules of each operation of a map, for texts that do not say themselves what they want to be answered. */
import { sampleOf } from './by-schema.ts';
import { type Asked, type Marker, type Markers, markersOf } from './map-markers.ts';
import { likeliestLabel } from './map-labels.ts';
import { type Topic, TOPICS } from './topics.ts';

export type Schema = Record<string, unknown>;

export interface Question {
  texts: string[];
  /** Of each text. */
  markers: Markers[];
  /** Of the answer. */
  schema: Schema;
  asked: Asked;
}

export const ANSWERS: Record<string, (question: Question) => object> = {
  classify: label,
  route: label,
  score,
  rank: score,
  compare,
  extract,
  review,
};

const CONFIDENCE = 0.9;
/** Of a label that nothing in the text speaks for. */
const GUESS = 0.5;

const one = <T>(values: T[]): T => values[0] as T;
const property = (schema: Schema, name: string): Schema | undefined =>
  (schema['properties'] as Record<string, Schema> | undefined)?.[name];

/** The label whose words the text has the most of, else the first. Wrong is the next one in the list. */
function label({ texts, markers, schema }: Question): object {
  const labels = (property(schema, 'label')?.['enum'] ?? []) as string[];
  const own = one(markers);
  const gold = own.get('gold');
  const place = gold ? labels.indexOf(gold.value) : -1;
  const { label: likeliest, isGuess } =
    place < 0 ? likeliestLabel(one(texts), labels) : { label: labels[place], isGuess: false };
  const chosen = gold?.isWrong && place >= 0 ? labels[(place + 1) % labels.length] : likeliest;
  if (!property(schema, 'confidence')) return { label: chosen };
  return { label: chosen, confidence: numberOf(own.get('confidence')) ?? (isGuess ? GUESS : CONFIDENCE) };
}

/** The first number of the text that lies within the bounds, else its length. Wrong is as far from the other end. */
function score({ texts, markers, schema }: Question): object {
  const { minimum = 0, maximum = 100 } = (property(schema, 'score') ?? {}) as { minimum?: number; maximum?: number };
  const marker = one(markers).get('score');
  const right = numberOf(marker) ?? numberIn(one(texts), minimum, maximum);
  const mirrored = minimum + maximum - right;
  return { score: marker?.isWrong ? (mirrored === right ? maximum : mirrored) : right };
}

const LONG_TEXT = 1000;

function numberIn(text: string, least: number, most: number): number {
  const numbers = (text.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  const length = Math.min(text.length, LONG_TEXT) / LONG_TEXT;
  return numbers.find((number) => number >= least && number <= most) ?? Math.floor(least + length * (most - least));
}

function compare({ texts, markers }: Question): object {
  const [first = 0, second = 0] = markers.map(
    (own, index) => numberOf(own.get('rank') ?? own.get('score')) ?? numberIn(texts[index] ?? '', -Infinity, Infinity),
  );
  const isWrong = markers.some((own) => (own.get('rank') ?? own.get('score'))?.isWrong);
  if (first === second) return { winner: 'tie' };
  return { winner: first > second !== isWrong ? 'first' : 'second' };
}

/** What stands behind a property's name, as in `price: 12`; nothing, or the least value that fits, for the others. */
function extract({ texts, markers, schema }: Question): object {
  const marker = one(markers).get('json');
  const sample = sampleOf(schema) as Schema;
  if (marker) return marker.isWrong ? sample : (parsed(marker.value) ?? sample);
  const properties = Object.keys(schema['properties'] ?? {});
  return Object.fromEntries(
    properties.map((name) => [
      name,
      valueBehind(name, one(texts), schema) ?? (isNullable(property(schema, name)) ? null : sample[name]),
    ]),
  );
}

function valueBehind(name: string, text: string, schema: Schema): unknown {
  const said = text
    .split(/[\n;,]/)
    .find((piece) => piece.trimStart().startsWith(name) && /^\s*[:=]/.test(piece.trimStart().slice(name.length)));
  if (said === undefined) return undefined;
  const value = said.slice(said.search(/[:=]/) + 1).trim();
  const types = [property(schema, name)?.['type']].flat();
  if (types.includes('string')) return value;
  const json = parsed(value);
  const fits = types.includes(Number.isInteger(json) ? 'integer' : typeof json) || types.includes(typeof json);
  return fits ? json : undefined;
}

const isNullable = (schema: Schema | undefined): boolean => [schema?.['type']].flat().includes('null');

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

const PATTERNS = TOPICS.map((topic) => ({ topic, regex: new RegExp(topic.pattern) }));
const MOST_FINDINGS = 30;

/** The lines that a topic's pattern is found in, and those that are marked. */
function review({ texts, asked }: Question): object {
  const findings = one(texts)
    .split('\n')
    .flatMap((line) => {
      const [, number = '', text = ''] = /^(\d+)\| ?([^]*)$/.exec(line) ?? [];
      const found = foundIn(text, asked);
      if (!found) return [];
      const { title, severity, explanation } = found;
      const at = Number(number);
      return [{ startLine: at, endLine: at, quote: text, severity, title, explanation: `[stand-in] ${explanation}` }];
    });
  return { findings: findings.slice(0, MOST_FINDINGS) };
}

function foundIn(line: string, asked: Asked): Pick<Topic, 'title' | 'severity' | 'explanation'> | undefined {
  const marker = markersOf(line, asked).get('finding');
  if (!marker) return PATTERNS.find(({ regex }) => regex.test(line))?.topic;
  if (marker.isWrong) return undefined;
  const explanation = 'The line says that it is to be found.';
  return { title: marker.value || 'A marked line', severity: 'info', explanation };
}

function numberOf(marker: Marker | undefined): number | undefined {
  const number = Number(marker?.value || NaN);
  return Number.isNaN(number) ? undefined : number;
}
