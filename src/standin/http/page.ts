/** Lists as the provider pages them: `limit`, `after`, `order`. */
import { invalid } from './api-error.ts';

const USUAL = 20;

/** `things` in the order that is usual for them. */
export function page<Thing extends { id?: unknown }>(things: Thing[], query: URLSearchParams, most = 100) {
  const limit = Number(query.get('limit') ?? USUAL);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw invalid('invalid_value', 'limit', `Invalid 'limit': expected a number from 1 to ${most}.`);
  }
  const after = query.get('after');
  const from = after === null ? 0 : things.findIndex(({ id }) => id === after) + 1;
  if (after !== null && from === 0) throw invalid('invalid_value', 'after', `No item with id '${after}' found.`);
  const data = things.slice(from, from + limit);
  const [first, last] = [data[0], data.at(-1)];
  return {
    ...{ object: 'list', data, has_more: from + limit < things.length },
    ...{ first_id: first?.id ?? null, last_id: last?.id ?? null },
  };
}
