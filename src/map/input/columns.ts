/** Which columns hold text, id and gold: what the caller named, else what the first row suggests. */
import type { MapInput } from '../../contracts/map.ts';
import { instead, listed, quoted } from './names.ts';
import type { Problems } from './problems.ts';
import type { Row } from './row.ts';

export interface Columns {
  text: string;
  /** Null: items are called by their position, from 1. */
  id: string | null;
  gold: string | null;
}

/**
 * Without a word of the caller, `id` is the id where there is one, and the text is `text` or the only column beside id and gold. `null`, and a
 * problem, where that doesn't tell.
 */
export function chooseColumns({ namedAt, cells }: Row, input: MapInput, problems: Problems): Columns | null {
  const names = Object.keys(cells);
  const gold = input.goldColumn ?? null;
  const text = input.textColumn ?? textAmong(names, input);
  if (text === null) {
    problems.addLast(namedAt, `which column holds the text? Name it (textColumn): there are ${listed(names)}`);
    return null;
  }
  const isFree = names.includes('id') && text !== 'id' && gold !== 'id';
  return { text, id: input.idColumn ?? (isFree ? 'id' : null), gold };
}

function textAmong(names: string[], { idColumn = 'id', goldColumn }: MapInput): string | null {
  if (names.includes('text')) return 'text';
  const others = names.filter((name) => name !== idColumn && name !== goldColumn);
  const only = others.length > 0 ? others : names;
  return only.length === 1 ? (only[0] ?? null) : null;
}

/** For tables whose rows share their columns: told once, not by every row. */
export function haveAll({ namedAt, cells }: Row, { text, id, gold }: Columns, problems: Problems): boolean {
  const wanted = [...new Set([text, id, gold])].filter((name) => name !== null);
  const missing = wanted.filter((name) => !Object.hasOwn(cells, name));
  for (const name of missing) problems.addLast(namedAt, missingText(name, cells));
  return missing.length === 0;
}

export const missingText = (name: string, cells: Row['cells']): string =>
  `there is no column ${quoted(name)}; ${instead(name, Object.keys(cells))}`;
