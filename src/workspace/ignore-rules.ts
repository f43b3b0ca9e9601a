/** The ignore rules of a tree of folders, each for what lies below it: the nearest one that has a say decides. */
import ignore, { type Ignore } from 'ignore';

interface Rules {
  folder: string;
  matcher: Ignore;
}

export class IgnoreRules {
  readonly #rules: readonly Rules[];

  constructor(rules: readonly Rules[] = []) {
    this.#rules = rules;
  }

  /** With the text of an ignore file in `folder`; null where there is none. */
  with(folder: string, text: string | null): IgnoreRules {
    if (text === null) return this;
    return new IgnoreRules([...this.#rules, { folder, matcher: ignore().add(text) }]);
  }

  /** Says nothing of the folders above: below an ignored one everything is. */
  ignores(path: string, isDirectory: boolean): boolean {
    for (const { folder, matcher } of this.#rules.toReversed()) {
      const below = folder === '' ? path : path.slice(folder.length + 1);
      const verdict = matcher.test(isDirectory ? `${below}/` : below);
      if (verdict.ignored) return true;
      if (verdict.unignored) return false;
    }
    return false;
  }
}
