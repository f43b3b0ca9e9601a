/**
 * Text of models, tools and files as it may reach a terminal or a document: what could move a cursor, hide or reorder text is
 * shown as its code. The only characters below U+0020 that pass are line feed and tab.
 */

/** C0 (without LF, TAB), DEL, C1, zero-width and joiners, bidi controls and isolates, line separators, BOM, tag characters, variation selectors supplement. */

const UNSAFE =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]/gu;

export function safeText(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON that means the same, with the same characters as escapes: it can be printed, and a program reads what was meant. */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

/** For places of one line: line feeds and tabs become spaces. */
export const safeLine = (text: string): string => safeText(text.replace(/[\r\n\t]+/g, ' '));
