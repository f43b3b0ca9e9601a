/**
 * Accepted states as commits in a bare git directory of ours, for whoever wants a diff, a patch or a history. Bytes go in as they are, through
 * `git fast-import`; nothing is ever checked out, so no attributes, filters or hooks are looked at. What git can't hold is left out, and named.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LeftOut, type Manifest, ManifestSchema } from '../contracts/workspace.ts';
import type { Blobs } from '../store/blobs.ts';
import { changesBetween, type Change } from './changes.ts';
import { git } from './git.ts';
import { isGitName } from './git-names.ts';
import type { Entry } from './tree.ts';

export interface AcceptedState {
  subtaskId: string;
  title: string;
  /** The workspace with this subtask's work in it, and that of those before. */
  ref: string;
}

export interface Chain {
  /** Reference of the first state's manifest. */
  base: string;
  states: AcceptedState[];
  /** Which of the changes are committed; all by default. */
  isWanted?: (change: Change) => boolean;
}

export interface MadeCommit {
  subtaskId: string;
  commit: string;
}

const ROOT_REF = 'refs/heads/flotilla';
const AUTHOR = 'Flotilla <flotilla@localhost>';
/** The same states are the same commits. */
const WHEN = '0 +0000';

/** Contract: `close` removes it. */
export class CommitChain {
  readonly folder: string;
  /** Of the base. */
  readonly baseCommit: string;
  readonly commits: MadeCommit[];
  readonly leftOut: LeftOut[];
  readonly #path: string;

  private constructor(folder: string, path: string, commits: string[], states: AcceptedState[], leftOut: LeftOut[]) {
    this.folder = folder;
    this.#path = path;
    this.baseCommit = commits[0] ?? '';
    this.commits = states.map(({ subtaskId }, index) => ({ subtaskId, commit: commits[index + 1] ?? '' }));
    this.leftOut = leftOut;
  }

  /** `path`: to find git. */
  static async make(blobs: Blobs, { base, states, isWanted = () => true }: Chain, path: string): Promise<CommitChain> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-git-'));
    try {
      await git({ args: ['init', '--quiet', '--bare', '--template=', '.'], folder, path });
      const manifests = await Promise.all(
        [base, ...states.map(({ ref }) => ref)].map((ref) => blobs.getJson(ref, ManifestSchema)),
      );
      const leftOut = new Map<string, LeftOut>();
      const isHeld = ({ path: name }: Change): boolean => {
        if (!name.split('/').some(isGitName)) return true;
        leftOut.set(name, { path: name, reason: 'git holds nothing of this name' });
        return false;
      };
      const stream = streamOf(blobs, manifests, states, (change) => isHeld(change) && isWanted(change));
      await git({ args: ['fast-import', '--quiet', '--date-format=raw'], folder, path, input: stream });
      const { output } = await git({ args: ['rev-list', '--reverse', ROOT_REF], folder, path });
      return new CommitChain(folder, path, output.toString().trim().split('\n'), states, [...leftOut.values()]);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get last(): string {
    return this.commits.at(-1)?.commit ?? this.baseCommit;
  }

  /** The commit before the one of this subtask, and its own; undefined where it has none. */
  around(subtaskId: string): { from: string; to: string } | undefined {
    const index = this.commits.findIndex((made) => made.subtaskId === subtaskId);
    const made = this.commits[index];
    return made && { from: this.commits[index - 1]?.commit ?? this.baseCommit, to: made.commit };
  }

  /** Unified; `isWhole` with the bytes of binary files, as `git apply` takes them. */
  async diff(from: string, to: string, { isWhole = false } = {}): Promise<Buffer> {
    return this.#compare(isWhole ? ['--patch', '--binary', '--full-index'] : ['--patch'], from, to);
  }

  /** Lines added and removed by path; null for binary files. */
  async stat(from: string, to: string): Promise<{ path: string; added: number | null; removed: number | null }[]> {
    const output = await this.#compare(['--numstat', '-z'], from, to);
    const records = output.toString('utf8').split('\0').slice(0, -1);
    return records.map((record) => {
      const [added = '', removed = '', ...path] = record.split('\t');
      return { path: path.join('\t'), added: countOf(added), removed: countOf(removed) };
    });
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #compare(form: string[], from: string, to: string): Promise<Buffer> {
    const args = ['diff-tree', '-r', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color', ...form, from, to];
    return (await git({ args, folder: this.folder, path: this.#path })).output;
  }
}

const countOf = (text: string): number | null => (text === '-' ? null : Number(text));

/** See git-scm.com/docs/git-fast-import: each commit says what differs from the one before. */
async function* streamOf(
  blobs: Blobs,
  manifests: Manifest[],
  states: AcceptedState[],
  isTaken: (change: Change) => boolean,
): AsyncGenerator<Buffer | string> {
  let before: Manifest = { version: 1, files: [], links: [], leftOut: [] };
  for (const [index, manifest] of manifests.entries()) {
    const message = messageOf(states[index - 1]);
    yield `commit ${ROOT_REF}\nauthor ${AUTHOR} ${WHEN}\ncommitter ${AUTHOR} ${WHEN}\n`;
    yield dataOf(Buffer.from(message));
    yield* changesOf(blobs, changesBetween(before, manifest).filter(isTaken));
    before = manifest;
  }
}

/** What goes, goes first: a file may come in the place of its folder. */
async function* changesOf(blobs: Blobs, changes: Change[]): AsyncGenerator<Buffer | string> {
  for (const { path, before, after } of changes) if (before && !after) yield `D ${quoted(path)}\n`;
  for (const { path, after } of changes) {
    if (!after) continue;
    yield `M ${modeOf(after)} inline ${quoted(path)}\n`;
    yield dataOf(after.type === 'link' ? Buffer.from(after.target) : await blobs.get(after.blob));
  }
}

export const modeOf = (entry: Entry): string =>
  entry.type === 'link' ? '120000' : entry.isExecutable ? '100755' : '100644';

export function messageOf(state: AcceptedState | undefined): string {
  if (!state) return 'As it was frozen\n';
  return `${state.title.replaceAll('\0', '')}\n\nSubtask: ${state.subtaskId}\n`;
}

const dataOf = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);

/** As C would have it. */
function quoted(path: string): string {
  const escaped = path.replace(/["\\]/g, '\\$&').replace(/[\u0000-\u001f\u007f]/g, octal);
  return `"${escaped}"`;
}

const octal = (character: string): string => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
