/** Changes that were not put where they were to go, with everything that stands in the way. Nothing was written. */
import type { LeftOut } from '../contracts/workspace.ts';

const MOST_NAMED = 200;

export class ChangesRefused extends Error {
  override readonly name = 'ChangesRefused';
  readonly paths: LeftOut[];

  /** `help`: a whole sentence. */
  constructor(what: string, paths: LeftOut[], help: string) {
    const named = paths.slice(0, MOST_NAMED).map(({ path, reason }) => `  ${path}: ${reason}`);
    const more = paths.length > MOST_NAMED ? [`  … ${paths.length - MOST_NAMED} more`] : [];
    super([`${what} Nothing was written.`, ...named, ...more, help].join('\n'));
    this.paths = paths;
  }
}
