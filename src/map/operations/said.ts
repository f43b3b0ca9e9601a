/** A value of an answer, for a problem that names it. */
import { clip } from '../../prompts/sections.ts';

const MOST_CHARACTERS = 60;

export const said = (value: unknown): string =>
  value === undefined ? 'nothing' : clip(JSON.stringify(value), MOST_CHARACTERS);
