/** Text from outside in Markdown of ours: it can't leave its place, and means nothing but itself. */
import { safeLine, safeText } from '../safe-text.ts';

/** One line whose characters mean nothing to Markdown or HTML. */
export function inline(text: string): string {
  return safeLine(text).replace(/[\\`*_[\]<>#|]/g, '\\$&');
}

/** Several lines of plain text, in a place that ends where they end. */
export const quoted = (text: string): string =>
  safeText(text)
    .split('\n')
    .map((line) => `> ${inline(line)}`)
    .join('\n');

export const code = (text: string): string => `\`${safeLine(text).replaceAll('`', "'")}\``;
