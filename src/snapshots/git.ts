/**
 * Git as a calculator: every call has an environment of its own making, so that no configuration but that of a repository that is named counts,
 * and of that nothing that could start a program. Files that an agent could write are never a working tree of git's.
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

export interface GitCall {
  args: string[];
  /** Where it runs. */
  folder: string;
  /** `PATH` */
  path: string;
  input?: Buffer | string | AsyncIterable<Buffer | string>;
  environment?: Record<string, string>;
  /** Exit codes that are answers. 0 always is. */
  answers?: (exitCode: number) => boolean;
  signal?: AbortSignal;
}

export interface GitAnswer {
  exitCode: number;
  output: Buffer;
}

/** Git did not do what it was asked; `message` holds what it said. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
}

/** What a repository's own configuration may say, and what would start a program. Attributes start none that is not configured. */
const HARMLESS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.pager=cat',
  'core.splitIndex=false',
  'core.sparseCheckout=false',
  'index.sparse=false',
  'diff.external=',
  'commit.gpgSign=false',
  'protocol.allow=never',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

const MOST_ERROR_CHARACTERS = 500;

export const scrubbed = (path: string, more: Record<string, string> = {}): Record<string, string> => ({
  PATH: path,
  LC_ALL: 'C.UTF-8',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_TERMINAL_PROMPT: '0',
  ...more,
});

/** Rejects with `GitFailed` at another exit code, and with what help there is where there is no git. */
export async function git({ args, folder, path, input, environment, answers, signal }: GitCall): Promise<GitAnswer> {
  const child = spawn('git', [...HARMLESS, ...args], {
    cwd: folder,
    env: scrubbed(path, environment),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  const output: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, MOST_ERROR_CHARACTERS)));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(toMissing(error)));
    child.once('close', (exitCode) => resolve(exitCode ?? -1));
  });
  ended.catch(() => undefined);
  const fed = feed(child.stdin, input);
  // Where it fails, git ends and is waited for first: it may still be writing.
  fed.catch(() => undefined);
  const exitCode = await ended;
  await fed;
  if (exitCode === 0 || answers?.(exitCode)) return { exitCode, output: Buffer.concat(output) };
  throw new GitFailed(`git ${args[0] ?? ''} in ${folder} ended with exit code ${exitCode}: ${said.trim()}`);
}

/** A git that has ended reads no more; why, its exit code says. Where the input breaks, git must not wait for the rest. */
async function feed(stdin: Writable, input?: GitCall['input']): Promise<void> {
  stdin.on('error', () => undefined);
  if (input === undefined) return void stdin.end();
  if (typeof input === 'string' || Buffer.isBuffer(input)) return void stdin.end(input);
  try {
    for await (const chunk of input) {
      if (stdin.writable && !stdin.write(chunk)) await drained(stdin);
    }
    stdin.end();
  } catch (error) {
    stdin.destroy();
    throw error;
  }
}

const drained = (stdin: Writable): Promise<void> =>
  new Promise((resolve) => {
    for (const event of ['drain', 'close', 'error']) stdin.once(event, () => resolve());
  });

function toMissing(error: Error): Error {
  if ((error as { code?: string }).code !== 'ENOENT') return error;
  return new GitFailed('Git can’t be started: install it, and see that it is on PATH.', { cause: error });
}
