/** The commit that a workspace stands on, for whoever wants commits on top of it later. Git reads `HEAD` and nothing else. */
import { git } from '../snapshots/git.ts';

const COMMIT = /^[0-9a-f]{40,64}$/;

/** Undefined where it is no repository, has no commit yet, belongs to somebody else, or where there is no git. */
export async function baseCommitOf(folder: string, path: string): Promise<string | undefined> {
  const answer = await git({ args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], folder, path }).catch(
    () => null,
  );
  const commit = answer?.output.toString().trim() ?? '';
  return COMMIT.test(commit) ? commit : undefined;
}
