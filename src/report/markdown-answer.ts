/**
 * A model's Markdown inside of ours: formatting passes; what would reach beyond it does not. Headings become third-level ones, open
 * code is closed, HTML and link definitions are shown as they are written.
 */
import { marked, type Token } from 'marked';
import { safeText } from '../safe-text.ts';

export function containedMarkdown(markdown: string): string {
  const safe = safeText(markdown).trim();
  try {
    return marked
      .lexer(safe, { gfm: true })
      .map(contained)
      .filter((block) => block !== '')
      .join('\n\n');
  } catch {
    // Nested deeper than a parser can follow.
    return fenced(safe);
  }
}

function contained(token: Token): string {
  switch (token.type) {
    case 'code':
      return fenced(String(token['text']));
    // Taken as text, their lines could become blocks of their own.
    case 'html':
    case 'def':
      return fenced(token.raw.trim());
    case 'heading':
      return `### ${withoutMarkup({ ...token, raw: String(token['text']) }).replace(/\n/g, ' ')}`;
    default:
      return withoutMarkup(token).trimEnd();
  }
}

/** The source of a block, with everything outside of its code that could be HTML or define a link taken as text. */
function withoutMarkup(block: Token): string {
  let [source, done] = [block.raw.replace(/^\n+/, ''), ''];
  for (const code of codesIn(block)) {
    const at = source.indexOf(code);
    if (at < 0) continue;
    done += asText(source.slice(0, at)) + code;
    source = source.slice(at + code.length);
  }
  return done + asText(source);
}

const asText = (source: string): string =>
  source.replace(/\\*<(?=[a-z!/?])/gi, escaped).replace(/\\*\[(?=[^\]\n]*\]:)/g, escaped);

/** The backslashes before a sign escape each other in pairs: one that is left over has escaped it already. */
const escaped = (run: string): string => (run.length % 2 === 0 ? run : `${run.slice(0, -1)}\\${run.slice(-1)}`);

/** The code in a block, in order. What is not found as it stands (indented code of a list) is treated as text: safe, if not pretty. */
function codesIn(token: Token): string[] {
  const codes: string[] = [];
  void marked.walkTokens([token], ({ type, raw }) => {
    if (type === 'codespan' || type === 'code') codes.push(raw);
  });
  return codes;
}

/** A fence longer than any run of backticks inside. */
export function fenced(text: string): string {
  const safe = safeText(text);
  const longest = Math.max(2, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${safe}\n${fence}`;
}
