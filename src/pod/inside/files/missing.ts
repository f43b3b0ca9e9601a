/** What may have been meant by a path that is not there. */
import { Missing, split } from './held.ts';
import { walk } from './walk.ts';

const MOST_SEEN = 20_000;
const MOST_ALIKE = 3;

/** Adds paths with the same last name to a refusal that says that something is missing. */
export function orAlike<T>(root: string, path: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    throw new Missing(`${error.message}${hintFor(root, path)}`);
  }
}

/** A sentence to append, or nothing. */
export function hintFor(root: string, path: string): string {
  const alike = pathsNamed(root, split(path).name);
  return alike.length > 0 ? ` Did you mean ${alike.map((other) => `"${other}"`).join(' or ')}?` : '';
}

function pathsNamed(root: string, name: string): string[] {
  const alike: string[] = [];
  let seen = 0;
  for (const { entries } of walk(root, '')) {
    alike.push(...entries.map(({ path }) => path).filter((path) => path === name || path.endsWith(`/${name}`)));
    seen += entries.length;
    if (seen > MOST_SEEN || alike.length >= MOST_ALIKE) break;
  }
  return alike.slice(0, MOST_ALIKE);
}
