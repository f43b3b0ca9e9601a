/** Which label a text speaks for most. */

/** The same labels come with each call of a map. */
const MOST_KNOWN = 20;
const known = new Map<string, string[][]>();

/** The label that shares most words with the text; the first of those that share as many. */
export function likeliestLabel(text: string, labels: string[]): { label: string | undefined; isGuess: boolean } {
  const words = new Set(wordsOf(text));
  let [best, most] = [0, 0];
  for (const [index, own] of wordsOfLabels(labels).entries()) {
    const shared = own.filter((word) => words.has(word)).length;
    if (shared > most) [best, most] = [index, shared];
  }
  return { label: labels[best], isGuess: most === 0 };
}

function wordsOfLabels(labels: string[]): string[][] {
  const key = labels.join('\n');
  const found = known.get(key);
  if (found) return found;
  const words = labels.map(wordsOf);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, words);
  return words;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
