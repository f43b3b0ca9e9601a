/**
 * Markers: by them a text says what it wants to be answered, so that whoever writes the texts knows what is right, and how often the answer
 * is not. `[[name]]` or `[[name:value]]`, with options at its end; the first of a name that applies counts.
 *
 * | marker             | for                | the answer                                                                              |
 * | ------------------ | ------------------ | --------------------------------------------------------------------------------------- |
 * | `[[gold:LABEL]]`   | classify, route    | this label, if it is among those to choose from                                         |
 * | `[[confidence:N]]` | classify, route    | this confidence, where one is asked for                                                 |
 * | `[[score:N]]`      | score, rank        | this number                                                                             |
 * | `[[rank:N]]`       | comparisons        | who has more wins; by the score where it is left out                                    |
 * | `[[json:VALUE]]`   | extract            | this value; without `]]` in it                                                              |
 * | `[[finding:TITLE]]`| review, in a line  | this line is found                                                                      |
 * | `[[garbage]]`      | all                | no JSON; in a pack, an entry without an answer                                          |
 * | `[[omit]]`, `[[double]]`, `[[invent]]` | packs | no entry; two entries; an entry beside it that nobody asked for                  |
 *
 * Options: `|err:0.1` the answer is wrong for a tenth of all texts, always the same ones; `|on:nano` the marker applies where the model's name
 * holds this; `|try:1` at the first try, `|try:2` at those after a refusal.
 */
import { isUnlucky } from './chance.ts';

export interface Marker {
  value: string;
  /** Is the answer to be wrong? */
  isWrong: boolean;
}
export type Markers = ReadonlyMap<string, Marker>;

/** Who is asked, and when. */
export interface Asked {
  model: string;
  isAgain: boolean;
}

const NONE: Markers = new Map();
const MARKER = /\[\[([a-z]+)(?::|(?=[|\]]))([^]{0,5000}?)\]\]/g;
const OPTION = /\|(err|on|try):([^|]*)$/;

/** `about`: what the chance of an error is drawn from, the text itself. */
export function markersOf(text: string, asked: Asked, about = text): Markers {
  if (!text.includes('[[')) return NONE;
  const markers = new Map<string, Marker>();
  for (const [, name = '', content = ''] of text.matchAll(MARKER)) {
    if (markers.has(name)) continue;
    const { value, options } = split(content);
    if (!applies(options, asked)) continue;
    markers.set(name, { value, isWrong: isUnlucky(about, Number(options.get('err') ?? 0)) });
  }
  return markers;
}

function split(content: string): { value: string; options: Map<string, string> } {
  const options = new Map<string, string>();
  let value = content;
  for (let found = OPTION.exec(value); found; found = OPTION.exec(value)) {
    const [, name = '', setting = ''] = found;
    options.set(name, setting);
    value = value.slice(0, found.index);
  }
  return { value, options };
}

function applies(options: Map<string, string>, { model, isAgain }: Asked): boolean {
  const wanted = options.get('try');
  return model.includes(options.get('on') ?? '') && (wanted === undefined || (wanted === '1') !== isAgain);
}
