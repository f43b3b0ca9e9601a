/**
 * A model's Markdown as HTML of a closed set of elements. Parsed by `marked`, written by us: raw HTML is shown as text, images
 * as their description, links as their text and address. Ids of findings in brackets lead to them.
 */
import { marked, type Token, type Tokens } from 'marked';
import type { Html } from './html-template.ts';
import { html } from './html-template.ts';

export function answerHtml(markdown: string, findingIds: ReadonlySet<string>): Html {
  const inline = (tokens: Token[] | undefined): Html[] => (tokens ?? []).map(one);
  const block = (tokens: Token[] | undefined): Html => html`${(tokens ?? []).map(one)}`;

  function one(token: Token): Html {
    switch (token.type) {
      case 'heading':
        return html`<h3>${inline(token.tokens)}</h3>`;
      case 'paragraph':
        return html`<p>${inline(token.tokens)}</p>`;
      case 'blockquote':
        return html`<blockquote>${block(token.tokens)}</blockquote>`;
      case 'list':
        return list(token as Tokens.List);
      case 'table':
        return table(token as Tokens.Table);
      case 'code':
        return html`<pre>${(token as Tokens.Code).text}</pre>`;
      case 'codespan':
        return html`<code>${(token as Tokens.Codespan).text}</code>`;
      case 'strong':
        return html`<strong>${inline(token.tokens)}</strong>`;
      case 'em':
        return html`<em>${inline(token.tokens)}</em>`;
      case 'br':
        return html`<br />`;
      case 'hr':
        return html`<hr />`;
      case 'space':
        return html``;
      case 'link':
        return html`${inline(token.tokens)} (${(token as Tokens.Link).href})`;
      case 'text':
        return token.tokens ? html`${inline(token.tokens)}` : linked((token as Tokens.Text).text);
      case 'escape':
        return linked((token as Tokens.Escape).text);
      default:
        return html`${token.raw}`;
    }
  }

  function list({ ordered, items }: Tokens.List): Html {
    const entries = items.map(({ tokens }) => html`<li>${block(tokens)}</li>`);
    return ordered
      ? html`<ol>
          ${entries}
        </ol>`
      : html`<ul>
          ${entries}
        </ul>`;
  }

  function table({ header, rows }: Tokens.Table): Html {
    const cells = (row: Tokens.TableCell[], tag: 'th' | 'td') =>
      row.map(({ tokens }) => (tag === 'th' ? html`<th>${inline(tokens)}</th>` : html`<td>${inline(tokens)}</td>`));
    const body = rows.map(
      (row) =>
        html`<tr>
          ${cells(row, 'td')}
        </tr>`,
    );
    return html`<table>
      <tr>
        ${cells(header, 'th')}
      </tr>
      ${body}
    </table>`;
  }

  function linked(text: string): Html {
    const pieces = text.split(/(\[[a-z][a-z0-9-]*\])/);
    return html`${pieces.map((piece) => {
      const id = piece.slice(1, -1);
      return piece.startsWith('[') && findingIds.has(id) ? html`<a href="#${id}">${piece}</a>` : html`${piece}`;
    })}`;
  }

  try {
    return block(marked.lexer(markdown, { gfm: true }));
  } catch {
    // Nested deeper than a parser can follow.
    return html`<pre>${markdown}</pre>`;
  }
}
