/**
 * Nano's role in a map: one short answer for each text, by the schema and the text alone. A text may say itself what it wants to be answered
 * (`map-markers.ts`); the rules for all others are in `map-answers.ts`. Answers several at once where the schema asks for a list.
 */
import type { Utterance } from '../reaction.ts';
import { type StandInRequest, userText } from '../request.ts';
import { ANSWERS, type Schema } from './map-answers.ts';
import { type Asked, type Markers, markersOf } from './map-markers.ts';

const PREFIX = 'map-';
const PACK = '-pack';
const PAIR = 'compare';

/** One subject, as the prompt shows it. Two texts where they are to be compared. */
export interface Shown {
  id: number;
  texts: string[];
}

export const isMap = (format: string): boolean => format.startsWith(PREFIX);

export function answerMap(request: StandInRequest): Utterance {
  const name = request.text?.format?.name ?? '';
  const schema = asSchema(request.text?.format?.['schema']);
  const isPack = name.endsWith(PACK);
  const operation = name.slice(PREFIX.length, isPack ? -PACK.length : undefined);
  const { shown, isAgain } = shownIn(
    userText(request),
    operation === PAIR ? ['first-text', 'second-text'] : ['item-text'],
  );
  const answers = new Answers(operation, { model: request.model, isAgain });
  return isPack ? { json: { items: answers.pack(shown, schema) } } : answers.single(shown[0], schema);
}

class Answers {
  readonly #answer: (typeof ANSWERS)[string];
  readonly #asked: Asked;

  constructor(operation: string, asked: Asked) {
    this.#answer = ANSWERS[operation] ?? (() => ({}));
    this.#asked = asked;
  }

  single({ texts } = NOBODY, schema: Schema): Utterance {
    const markers = this.#markers(texts);
    if (markers[0]?.has('garbage')) return { text: '[stand-in] I was told to answer with something else than JSON: {' };
    return { json: this.#answer({ texts, markers, schema, asked: this.#asked }) };
  }

  pack(shown: Shown[], schema: Schema): unknown[] {
    const { id: _id, ...properties } = asSchema(inner(schema, 'properties', 'items', 'items', 'properties'));
    const { value } = properties;
    const own = value === undefined ? { properties } : asSchema(value);
    return shown.flatMap(({ id, texts }) => {
      const markers = this.#markers(texts);
      const [first] = markers;
      const answer = (): object => this.#answer({ texts, markers, schema: own, asked: this.#asked });
      const entry = { id, ...(first?.has('garbage') ? {} : value === undefined ? answer() : { value: answer() }) };
      if (first?.has('omit')) return [];
      if (first?.has('double')) return [entry, entry];
      return first?.has('invent') ? [entry, { ...entry, id: id + 1000 }] : [entry];
    });
  }

  /** The error of a comparison is drawn from both texts, in either order. */
  #markers(texts: string[]): Markers[] {
    const about = texts.length > 1 ? texts.toSorted().join('\n') : texts[0];
    return texts.map((text) => markersOf(text, this.#asked, about));
  }
}

const NOBODY: Shown = { id: 0, texts: [''] };

const REFUSAL = '\n\n<previous-attempt>\n';

/** The subjects of a prompt, and whether an earlier answer was refused. A section's text can't close it, so its end is the next one of its name. */
function shownIn(text: string, names: string[]): { shown: Shown[]; isAgain: boolean } {
  const refusedAt = text.endsWith('\n</previous-attempt>') ? text.lastIndexOf(REFUSAL) : -1;
  const prompt = refusedAt < 0 ? text : text.slice(0, refusedAt);
  const shown: Shown[] = [];
  let from = 0;
  for (;;) {
    const sections: { attributes: string; text: string }[] = [];
    for (const name of names) {
      const opens = prompt.indexOf(`<${name}`, from);
      const begins = prompt.indexOf('>\n', opens);
      const ends = prompt.indexOf(`\n</${name}>`, begins);
      if (opens < 0 || begins < 0 || ends < 0) return { shown, isAgain: refusedAt >= 0 };
      sections.push({ attributes: prompt.slice(opens, begins), text: prompt.slice(begins + 2, ends) });
      from = ends + name.length + 4;
    }
    const id = / id="(\d+)"/.exec(sections[0]?.attributes ?? '')?.[1];
    shown.push({ id: Number(id ?? 0), texts: sections.map((section) => section.text) });
  }
}

const inner = (schema: Schema, ...names: string[]): unknown =>
  names.reduce<unknown>((at, name) => asSchema(at)[name], schema);

const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null ? (value as Schema) : {});
