/** What an objective is called where its caller does not say. */
import { randomBytes } from 'node:crypto';

const TITLE_CHARACTERS = 100;

export const titleFrom = (text: string): string => {
  const [line = ''] = text.split('\n');
  return line.length <= TITLE_CHARACTERS ? line : `${line.slice(0, TITLE_CHARACTERS - 1)}…`;
};

/** A few words of the text, so that an id says something, and enough chance that it is new. */
export function idFrom(text: string): string {
  const words = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const slug = words.slice(0, 28).replace(/-[^-]*$/, (tail) => (words.length > 28 ? '' : tail)) || 'objective';
  return `${slug}-${randomBytes(3).toString('hex')}`;
}
