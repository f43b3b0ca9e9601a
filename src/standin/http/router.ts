/** Which route a request takes. A pattern names the variable parts of a path with a colon. */
import type { Exchange } from './exchange.ts';

export interface Route {
  method: string;
  pattern: string;
  handle: (exchange: Exchange) => Promise<void> | void;
}

export const route = (method: string, pattern: string, handle: Route['handle']): Route => ({ method, pattern, handle });

export class Router {
  readonly #plain = new Map<string, Route>();
  readonly #patterns: { route: Route; expression: RegExp }[] = [];

  constructor(routes: Route[]) {
    for (const one of routes) {
      if (!one.pattern.includes(':')) this.#plain.set(`${one.method} ${one.pattern}`, one);
      else this.#patterns.push({ route: one, expression: new RegExp(`^${one.pattern.replace(/:\w+/g, '([^/]+)')}$`) });
    }
  }

  /** The route of a request, with what its pattern names. */
  find(method: string, path: string): { route: Route; params: string[] } | null {
    const plain = this.#plain.get(`${method} ${path}`);
    if (plain) return { route: plain, params: [] };
    for (const { route: one, expression } of this.#patterns) {
      const match = one.method === method ? expression.exec(path) : null;
      if (match) return { route: one, params: match.slice(1).map(decodeURIComponent) };
    }
    return null;
  }
}
