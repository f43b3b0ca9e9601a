/** Sizes and names as a model and a note see them. */

export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** For notes: one line, short. */
export const shorten = (text: string, length = 40): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
