/**
 * What is taken although it is ignored: globs from the root of the workspace, as in an ignore file. A folder's name stands for all that is in
 * it, `**` for any folders. Ignored folders are entered only where something below could be meant, so that `dist/**` costs nothing elsewhere.
 */
import ignore, { type Ignore } from 'ignore';
import { pathProblem } from '../snapshots/paths.ts';

const MOST_GLOBS = 100;

/** What is wrong with the globs of a caller; null where nothing is. */
export function includeProblem(globs: string[]): string | null {
  if (globs.length > MOST_GLOBS) return `There are ${globs.length} of them; at most ${MOST_GLOBS} are taken.`;
  for (const glob of globs) {
    const shown = JSON.stringify(glob.slice(0, 200));
    if (glob.startsWith('!')) return `${shown} says what not to take; say only what to take.`;
    const problem = pathProblem(glob.replace(/\/$/, ''));
    if (problem !== null) return `${shown}: ${problem}. Name what lies in the workspace, like ".env" or "dist/**".`;
  }
  return null;
}

export class Included {
  readonly #taken: Ignore;
  /** By depth: folders on the way to something. */
  readonly #onTheWay = new Map<number, Ignore>();
  readonly #anyDepth = ignore({ ignorecase: false });

  constructor(globs: string[]) {
    this.#taken = ignore({ ignorecase: false }).add(globs.map((glob) => `/${glob}`));
    for (const glob of globs) this.#addWay(glob.split('/'));
  }

  takes(path: string): boolean {
    return this.#taken.ignores(path);
  }

  mayHold(folder: string): boolean {
    const depth = folder.split('/').length;
    return (
      this.#taken.ignores(`${folder}/`) ||
      this.#anyDepth.ignores(`${folder}/`) ||
      (this.#onTheWay.get(depth)?.ignores(`${folder}/`) ?? false)
    );
  }

  #addWay(parts: string[]): void {
    const fixed = parts.indexOf('**');
    if (fixed !== -1) this.#anyDepth.add(`/${[...parts.slice(0, fixed), '**'].join('/')}`);
    for (let depth = 1; depth < (fixed === -1 ? parts.length : fixed + 1); depth += 1) {
      const matcher = this.#onTheWay.get(depth) ?? ignore({ ignorecase: false });
      this.#onTheWay.set(depth, matcher.add(`/${parts.slice(0, depth).join('/')}/`));
    }
  }
}
