/**
 * How many tokens a text is: by o200k, or by its length where nothing has to be exact. What a provider adds around each item is a constant
 * here; the real figure is not published.
 */
import type { TokenCounter } from '../../o200k.ts';
import { type Item, textOf } from '../request.ts';

/** Four characters a token, as a rule of thumb. */
export const byLength: TokenCounter = (text) => Math.ceil(text.length / 4);

const AROUND_AN_ITEM = 4;
const AN_IMAGE = 1_000;

/** The tokens of one item of an input. Reasoning comes back encrypted; it is counted when it is made. */
export function itemTokens(item: Item, count: TokenCounter): number {
  const { type } = item;
  if (type === 'reasoning') return AROUND_AN_ITEM;
  if (type === 'function_call') return AROUND_AN_ITEM + count(`${String(item['name'])}${String(item['arguments'])}`);
  if (type === 'function_call_output') return AROUND_AN_ITEM + contentTokens(item['output'], count);
  if (type === undefined || type === 'message') return AROUND_AN_ITEM + contentTokens(item['content'], count);
  return AROUND_AN_ITEM + count(JSON.stringify(item));
}

function contentTokens(content: unknown, count: TokenCounter): number {
  const images = Array.isArray(content) ? content.filter(({ type }: Item) => type === 'input_image').length : 0;
  return images * AN_IMAGE + count(textOf(content));
}
