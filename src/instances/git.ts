/**
 * Objects of somebody's git repository, read without running anything of it: names are resolved there, everything else goes through an empty
 * repository of ours that borrows its objects, so that neither its settings nor its hooks, filters or remotes have a say.
 */
import { spawn } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputInvalid } from '../located-yaml.ts';

/** Nothing of whoever calls it; no settings but the repository's, no transport, no replaced objects. */
export const gitEnvironment = (path: string): Record<string, string> => ({
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_ATTR_NOSYSTEM: '1' },
  ...{ GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' },
  ...{ GIT_NO_REPLACE_OBJECTS: '1', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C', HOME: '/nonexistent' },
  PATH: path,
});

export interface GitRun {
  gitDir: string;
  args: string[];
  /** Where git is looked for. */
  path: string;
  input?: string;
  env?: Record<string, string>;
}

export class GitFailed extends Error {
  override readonly name = 'GitFailed';
}

/** Rejects with `GitFailed`, whose message is what git wrote to stderr. */
export async function git({ gitDir, args, path, input = '', env = {} }: GitRun): Promise<Buffer> {
  const child = spawn('git', [`--git-dir=${gitDir}`, ...args], {
    env: { ...gitEnvironment(path), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const exitCode = await new Promise((ended, failed) => {
    child.once('error', failed);
    child.once('close', ended);
  });
  if (exitCode === 0) return Buffer.concat(out);
  throw new GitFailed(Buffer.concat(errors).toString('utf8').trim() || `git ended with ${String(exitCode)}`);
}

export interface Repository {
  /** As it was named, for messages. */
  named: string;
  /** Theirs: for names alone. */
  gitDir: string;
  /** Ours, with their objects. */
  borrowed: string;
  path: string;
}

/** `scratch`: a folder of the caller's, in which ours is made. Throws `InputInvalid` where there is no repository. */
export async function openRepository(named: string, scratch: string, path: string): Promise<Repository> {
  const inside = join(named, '.git');
  const gitDir = resolve((await exists(inside)) ? inside : named);
  const ask = async (...args: string[]): Promise<string> =>
    (await git({ gitDir, args: ['rev-parse', ...args], path })).toString('utf8').trim();
  try {
    const objects = resolve(gitDir, await ask('--git-path', 'objects'));
    const format = await ask('--show-object-format');
    const borrowed = join(scratch, 'objects.git');
    await mkdir(join(borrowed, 'objects', 'info'), { recursive: true });
    await mkdir(join(borrowed, 'refs'));
    await writeFile(join(borrowed, 'HEAD'), 'ref: refs/heads/none\n');
    await writeFile(join(borrowed, 'config'), configOf(format));
    await writeFile(join(borrowed, 'objects', 'info', 'alternates'), `${objects}\n`);
    return { named, gitDir, borrowed, path };
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    throw new InputInvalid(`${named} is not a git repository that can be read: ${error.message}`, { cause: error });
  }
}

const configOf = (format: string): string =>
  `[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = ${format}\n`;

/** The id of a commit. Throws `InputInvalid` where the name names none. */
export async function resolveCommit({ named, gitDir, path }: Repository, revision: string): Promise<string> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    return (await git({ gitDir, args, path })).toString('utf8').trim();
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    throw new InputInvalid(`${named} has no commit ${revision}; a shallow clone may lack it.`, { cause: error });
  }
}

/** The tree of a commit with a patch (`git diff` format) upon it, made of objects alone. Throws `InputInvalid` where it does not fit. */
export async function patchedTree(
  { borrowed, path }: Repository,
  commit: string,
  patch: { file: string; text: string },
): Promise<string> {
  const run = (args: string[], input = ''): Promise<Buffer> =>
    git({ gitDir: borrowed, args, path, input, env: { GIT_INDEX_FILE: join(borrowed, 'index') } });
  await run(['read-tree', commit]);
  try {
    await run(['apply', '--cached', '--whitespace=nowarn', '-'], patch.text);
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    throw new InputInvalid(`The patch ${patch.file} does not fit ${commit}: ${error.message}`, { cause: error });
  }
  return (await run(['write-tree'])).toString('utf8').trim();
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
