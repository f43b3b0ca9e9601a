/** Column names in messages: those that there are, and the one that was meant perhaps. */

const SHOWN = 20;
const LONGEST = 60;

/** In quotes, and short: a table without a header has data for names. */
export const quoted = (name: string): string =>
  JSON.stringify(name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 1)}…`);

export function listed(names: string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).map(quoted).join(', ')}${more}`;
}

/** What there is instead of `name`: a clause for a message. */
export function instead(name: string, names: string[]): string {
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `; did you mean ${quoted(near)}?`;
  return names.length === 0 ? 'there are no columns' : `there are ${listed(names)}${hint}`;
}

/** Up to a third of the letters may differ. */
function nearest(name: string, names: string[]): string | undefined {
  const most = Math.min(Math.ceil(name.length / 3), name.length - 1);
  const distances = names
    .slice(0, 1000)
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase().slice(0, 200)) }))
    .toSorted((a, b) => a.distance - b.distance);
  return distances.find(({ distance }) => distance <= most)?.other;
}

/** Letters to insert, remove or exchange (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const exchanged = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(exchanged, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
