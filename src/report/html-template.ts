/** HTML that escapes by default: what is put into a template is text unless it was made by one. */
import { safeText } from '../safe-text.ts';

export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Part = Html | Html[] | string | number;

export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    strings.map((text, index) => text + (index < parts.length ? escape(parts[index] ?? '') : '')).join(''),
  );
}

function escape(part: Part): string {
  if (part instanceof Html) return part.source;
  if (Array.isArray(part)) return part.map(({ source }) => source).join('');
  return safeText(String(part)).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
