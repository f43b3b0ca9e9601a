/** How texts that are data stand in a prompt: none can end its section, nor look like another one. */
import type { Item } from '../../contracts/map.ts';
import { section } from '../../prompts/sections.ts';

/** Names that hardly any text has a tag of: what looks like one is broken up, and would no longer be a quote of the text. */
export const ITEM = 'item-text';
export const FIRST = 'first-text';
export const SECOND = 'second-text';
export const REFUSED = 'previous-attempt';

const FORGED = new RegExp(`<(?=\\s*/?\\s*(?:${[ITEM, FIRST, SECOND, REFUSED].join('|')}))`, 'gi');

/** `id` is a place in a pack. */
export function dataSection(
  name: string,
  text: string,
  { id, path }: { id?: number | undefined; path?: string | undefined },
): string {
  const attributes = { ...(id !== undefined && { id }), ...(path !== undefined && { path }) };
  return section(name, text.replace(FORGED, '< '), attributes);
}

/** Of an item of which nothing but its text is of interest. */
export const itemSection = ({ text }: Item, id?: number): string => dataSection(ITEM, text, { id });
