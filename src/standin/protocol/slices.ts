/** A text in the pieces that a model says it in: at most a few dozen, none of which splits a character. */
const MOST_SLICES = 40;
const SHORTEST_SLICE = 16;

export function slices(text: string): string[] {
  const length = Math.max(SHORTEST_SLICE, Math.ceil(text.length / MOST_SLICES));
  const found: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + length);
    if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
