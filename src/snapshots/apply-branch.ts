/**
 * Changes as a new branch of the caller's repository, by plumbing alone: an index of its own, objects, commits, one reference at the end. The
 * working tree, the caller's index and every other branch stay as they are; no hook, filter or monitor runs, whatever the snapshots hold.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeftOut } from '../contracts/workspace.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Change } from './changes.ts';
import { type AcceptedState, messageOf, modeOf } from './commits.ts';
import { git, GitFailed } from './git.ts';
import { parentsOf } from './paths.ts';
import { ChangesRefused } from './refused.ts';
import type { Entry } from './tree.ts';

export interface BranchRequest {
  /** Of the caller: in the repository, perhaps below its top. */
  workspace: string;
  branch: string;
  /** What the first commit stands on; `HEAD` where nothing was recorded. */
  baseCommit: string | undefined;
  steps: { state: AcceptedState; changes: Change[] }[];
  /** `PATH` */
  path: string;
}

export interface MadeBranch {
  branch: string;
  parent: string;
  commits: string[];
}

const AUTHOR = 'Flotilla';
const EMAIL = 'flotilla@localhost';
const HELP =
  'Commit or undo these changes first, then start the objective again; or take `flotilla apply ID` or `--patch FILE`.';

export async function applyToBranch(blobs: Blobs, request: BranchRequest): Promise<MadeBranch> {
  const repository = new Repository(blobs, request);
  const scratch = await mkdtemp(join(tmpdir(), 'flotilla-index-'));
  try {
    return await repository.makeBranch(request, join(scratch, 'index'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

class Repository {
  readonly #blobs: Blobs;
  readonly #folder: string;
  readonly #path: string;
  readonly #objects = new Map<string, string>();
  #prefix = '';

  constructor(blobs: Blobs, { workspace, path }: BranchRequest) {
    this.#blobs = blobs;
    this.#folder = workspace;
    this.#path = path;
  }

  async makeBranch({ branch, baseCommit, steps }: BranchRequest, index: string): Promise<MadeBranch> {
    const ref = await this.#newRef(branch);
    const parent = await this.#commitOf(baseCommit);
    this.#prefix = (await this.#text(['rev-parse', '--show-prefix'])).replace(/\n$/, '');
    await this.#assertAsFrozen(
      parent,
      steps.flatMap(({ changes }) => changes),
    );
    await this.#git(['read-tree', parent], { index });
    const commits: string[] = [];
    for (const { state, changes } of steps)
      commits.push(await this.#commit(index, commits.at(-1) ?? parent, state, changes));
    const last = commits.at(-1);
    if (last === undefined)
      throw new ChangesRefused(`There is no branch ${branch} to make.`, [], 'Nothing was accepted.');
    await this.#git(['update-ref', '-m', 'flotilla apply', ref, last, '0'.repeat(last.length)]);
    return { branch, parent, commits };
  }

  async #newRef(branch: string): Promise<string> {
    const ref = `refs/heads/${branch}`;
    const isValid = await this.#isFine(['check-ref-format', ref]);
    if (!isValid || branch.startsWith('-'))
      throw new ChangesRefused(`"${branch}" can't be the name of a branch.`, [], 'Choose another --branch.');
    await this.#git(['rev-parse', '--git-dir']).catch((error: unknown) => {
      const said = error instanceof GitFailed ? error.message : String(error);
      throw new ChangesRefused(
        `${this.#folder} is not in a git repository that can be used (${said}).`,
        [],
        'Leave --branch out.',
      );
    });
    if (await this.#isFine(['show-ref', '--verify', '--quiet', ref]))
      throw new ChangesRefused(`There is a branch ${branch} already.`, [], 'Choose another --branch.');
    return ref;
  }

  async #commitOf(baseCommit: string | undefined): Promise<string> {
    const name = `${baseCommit ?? 'HEAD'}^{commit}`;
    const said = await this.#text(['rev-parse', '--verify', '--quiet', name]).catch(() => '');
    if (said !== '') return said.trim();
    const what = baseCommit === undefined ? 'has no commit yet' : `does not have commit ${baseCommit} any more`;
    throw new ChangesRefused(
      `The repository of ${this.#folder} ${what}.`,
      [],
      'Leave --branch out, or take --patch FILE.',
    );
  }

  /** The first change of each path says what was frozen there: that is what the commit must have. */
  async #assertAsFrozen(commit: string, changes: Change[]): Promise<void> {
    const first = new Map<string, Change>();
    for (const change of changes) if (!first.has(change.path)) first.set(change.path, change);
    const committed = await this.#entriesOf(commit);
    await this.#hash([...first.values()].map(({ before }) => before));
    const differing: LeftOut[] = [];
    for (const [path, { before }] of first) {
      const reason = this.#differenceOf(committed, path, before);
      if (reason !== null) differing.push({ path, reason });
    }
    if (differing.length === 0) return;
    throw new ChangesRefused(
      `No branch was made: some files were not frozen as they are in commit ${commit.slice(0, 12)}.`,
      differing,
      HELP,
    );
  }

  #differenceOf(committed: Map<string, string>, path: string, before: Entry | null): string | null {
    const there = committed.get(this.#prefix + path);
    const above = parentsOf(this.#prefix + path).find((parent) => committed.has(parent));
    if (above !== undefined) return `${above} is a file or a submodule there`;
    if (!before)
      return there === undefined ? null : 'it was not there when the workspace was frozen, and it is in the commit';
    if (there === undefined) return 'it was frozen, and it is not in the commit';
    return there === this.#indexed(before)
      ? null
      : 'it had changes that were not committed, or git stores it in another form';
  }

  /** Mode and object by path, from the top of the repository. */
  async #entriesOf(commit: string): Promise<Map<string, string>> {
    const listed = (await this.#git(['ls-tree', '-r', '-z', '--full-tree', commit])).toString('utf8');
    return new Map(
      listed
        .split('\0')
        .slice(0, -1)
        .map((line): [string, string] => {
          const tab = line.indexOf('\t');
          const [mode = '', , object = ''] = line.slice(0, tab).split(' ');
          return [line.slice(tab + 1), `${mode} ${object}`];
        }),
    );
  }

  async #commit(index: string, parent: string, state: AcceptedState, changes: Change[]): Promise<string> {
    await this.#hash(
      changes.map(({ after }) => after),
      ['-w'],
    );
    const gone = changes
      .filter(({ after }) => !after)
      .map(({ path }) => `0 ${'0'.repeat(parent.length)}\t${this.#prefix}${path}\0`);
    const there = changes.flatMap(({ path, after }) =>
      after ? [`${this.#indexed(after)}\t${this.#prefix}${path}\0`] : [],
    );
    await this.#git(['update-index', '-z', '--index-info'], { index, input: [...gone, ...there].join('') });
    const tree = (await this.#text(['write-tree'], { index })).trim();
    return (await this.#text(['commit-tree', tree, '-p', parent, '-F', '-'], { input: messageOf(state) })).trim();
  }

  #indexed = (entry: Entry): string => `${modeOf(entry)} ${this.#objects.get(keyOf(entry))}`;

  /** Git's names of contents, as bytes: without filters. With `-w` they are in the repository. */
  async #hash(entries: (Entry | null)[], flags: string[] = []): Promise<void> {
    const files = entries.filter((entry) => entry?.type === 'file');
    const paths = files.map(({ blob }) => this.#blobs.pathOf(blob));
    const input = paths.map((path) => `${path}\n`).join('');
    const names = (await this.#text(['hash-object', ...flags, '--no-filters', '--stdin-paths'], { input })).split('\n');
    for (const [index, file] of files.entries()) this.#objects.set(keyOf(file), names[index] ?? '');
    for (const link of entries.filter((entry) => entry?.type === 'link')) {
      const name = await this.#text(['hash-object', ...flags, '--no-filters', '--stdin'], { input: link.target });
      this.#objects.set(keyOf(link), name.trim());
    }
  }

  async #isFine(args: string[]): Promise<boolean> {
    const answers = (exitCode: number): boolean => exitCode === 1;
    return (await git({ args, folder: this.#folder, path: this.#path, answers })).exitCode === 0;
  }

  async #text(args: string[], more: { index?: string; input?: string } = {}): Promise<string> {
    return (await this.#git(args, more)).toString('utf8');
  }

  async #git(args: string[], { index, input }: { index?: string; input?: string } = {}): Promise<Buffer> {
    const environment = {
      ...{ GIT_AUTHOR_NAME: AUTHOR, GIT_AUTHOR_EMAIL: EMAIL, GIT_COMMITTER_NAME: AUTHOR, GIT_COMMITTER_EMAIL: EMAIL },
      ...(index !== undefined && { GIT_INDEX_FILE: index }),
    };
    const call = { args, folder: this.#folder, path: this.#path, environment, ...(input !== undefined && { input }) };
    return (await git(call)).output;
  }
}

const keyOf = (entry: Entry): string => (entry.type === 'link' ? `link ${entry.target}` : entry.blob);
