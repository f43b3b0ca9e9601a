/**
 * Three snapshots into one: what two sides made of a base. Each path by itself; a rename is a file that went and one that came, so that a
 * change of the one side in a file which the other has moved is a conflict (`changed-and-removed`), and never guessed at.
 */
import pLimit from 'p-limit';
import { type LeftOut, ManifestSchema } from '../contracts/workspace.ts';
import type { Blobs } from '../store/blobs.ts';
import { parentsOf } from './paths.ts';
import { mergeTexts } from './text-merge.ts';
import { type Entry, isSame, isSameContent, manifestOf, type Tree, treeOf } from './tree.ts';

export type ConflictKind =
  'text' | 'binary' | 'changed-and-removed' | 'both-added' | 'type' | 'mode' | 'file-and-folder';

export interface MergeConflict {
  path: string;
  kind: ConflictKind;
  /** What either side has, bounded; empty for all but the first of many. */
  excerpt: string;
}

/** `total`: of conflicts, of which the first are listed. */
export type Merge = { ref: string } | { conflicts: MergeConflict[]; total: number };

export interface MergeRequest {
  /** References of manifests. */
  base: string;
  ours: string;
  theirs: string;
  /** `PATH`, to find git. */
  path: string;
  signal?: AbortSignal;
}

interface Three {
  base: Entry | undefined;
  ours: Entry | undefined;
  theirs: Entry | undefined;
}
type File = Extract<Entry, { type: 'file' }>;
type Verdict = { entry: Entry | undefined } | { kind: ConflictKind; excerpt: () => Promise<string> };

const MOST_LISTED = 200;
const MOST_EXCERPTS = 20;
const SIDE_CHARACTERS = 1500;
const HUNKS_SHOWN = 3;
const FILES_AT_ONCE = 4;
/** As git sees it. */
const SNIFFED_BYTES = 8000;

export async function mergeSnapshots(
  blobs: Blobs,
  { path: commandPath, signal, ...refs }: MergeRequest,
): Promise<Merge> {
  const [base, ours, theirs] = await Promise.all(
    [refs.base, refs.ours, refs.theirs].map((ref) => blobs.getJson(ref, ManifestSchema)),
  );
  if (!base || !ours || !theirs) throw new Error('A merge is of three snapshots.');
  const trees = { base: treeOf(base), ours: treeOf(ours), theirs: treeOf(theirs) };
  const merge = new FileMerge(blobs, commandPath, signal);
  const paths = [...new Set([trees.ours, trees.theirs].flatMap((tree) => [...tree.keys()]))].toSorted();
  const merged: Tree = new Map();
  const conflicts: { path: string; kind: ConflictKind; excerpt: () => Promise<string> }[] = [];
  const atOnce = pLimit(FILES_AT_ONCE);
  const verdicts = await atOnce.map(paths, (path) =>
    merge.judge({ base: trees.base.get(path), ours: trees.ours.get(path), theirs: trees.theirs.get(path) }),
  );
  for (const [index, path] of paths.entries()) {
    const verdict = verdicts[index] as Verdict;
    if ('kind' in verdict) conflicts.push({ path, ...verdict });
    else if (verdict.entry) merged.set(path, verdict.entry);
  }
  conflicts.push(...clashes(merged, trees));
  if (conflicts.length > 0) return { conflicts: await listed(conflicts), total: conflicts.length };
  return { ref: await blobs.putJson(manifestOf(merged, stillLeftOut(ours.leftOut, theirs.leftOut))) };
}

async function listed(conflicts: { path: string; kind: ConflictKind; excerpt: () => Promise<string> }[]) {
  const first = conflicts.slice(0, MOST_LISTED);
  return Promise.all(
    first.map(async ({ path, kind, excerpt }, index) => ({
      ...{ path, kind },
      excerpt: index < MOST_EXCERPTS ? await excerpt() : '',
    })),
  );
}

/** What one side made a file or a link while the other has something below it. */
function* clashes(merged: Tree, { ours, theirs }: { ours: Tree; theirs: Tree }) {
  for (const path of merged.keys()) {
    const above = parentsOf(path).find((parent) => merged.has(parent));
    if (above === undefined) continue;
    const isOurs = ours.has(above);
    const [file, below] = isOurs ? ['ours', 'theirs'] : ['theirs', 'ours'];
    const kind: ConflictKind = 'file-and-folder';
    const excerpt = async () =>
      `${file}: ${above} is a ${(isOurs ? ours : theirs).get(above)?.type ?? 'file'}\n${below}: ${path} is below it\n`;
    yield { path: above, kind, excerpt };
  }
}

const stillLeftOut = (ours: LeftOut[], theirs: LeftOut[]): LeftOut[] => [...ours, ...theirs];

class FileMerge {
  readonly #blobs: Blobs;
  readonly #commandPath: string;
  readonly #signal: AbortSignal | undefined;

  constructor(blobs: Blobs, commandPath: string, signal: AbortSignal | undefined) {
    this.#blobs = blobs;
    this.#commandPath = commandPath;
    this.#signal = signal;
  }

  async judge(three: Three): Promise<Verdict> {
    const { base, ours, theirs } = three;
    if (isSame(ours, theirs)) return { entry: ours };
    if (isSame(base, ours)) return { entry: theirs };
    if (isSame(base, theirs)) return { entry: ours };
    if (!ours || !theirs) return this.#conflict('changed-and-removed', three);
    if (ours.type === 'link' || theirs.type === 'link') return this.#conflict('type', three);
    return this.#mergeFiles(three, ours, theirs);
  }

  /** Contents and whether it may be run, each by itself. */
  async #mergeFiles(three: Three, ours: File, theirs: File): Promise<Verdict> {
    const base = three.base?.type === 'file' ? three.base : undefined;
    if (ours.isExecutable !== theirs.isExecutable && !base) return this.#conflict('mode', three);
    const isExecutable = base && ours.isExecutable === base.isExecutable ? theirs.isExecutable : ours.isExecutable;
    const taken =
      isSameContent(ours, theirs) || isSameContent(base, theirs) ? ours : isSameContent(base, ours) ? theirs : null;
    if (taken) return { entry: { ...taken, isExecutable } };
    if (!base) return this.#conflict('both-added', three);
    return this.#mergeContents(three, { base, ours, theirs }, isExecutable);
  }

  async #mergeContents(three: Three, files: Record<keyof Three, File>, isExecutable: boolean): Promise<Verdict> {
    const [base, ours, theirs] = await Promise.all(
      [files.base, files.ours, files.theirs].map(({ blob }) => this.#blobs.get(blob)),
    );
    if (!base || !ours || !theirs || [base, ours, theirs].some(isBinary)) return this.#conflict('binary', three);
    const merge = await mergeTexts({ base, ours, theirs }, this.#commandPath, this.#signal);
    if ('conflicts' in merge) {
      const hunks = merge.conflicts.slice(0, HUNKS_SHOWN);
      const more = merge.conflicts.length - hunks.length;
      const text = hunks.map((hunk) => sidesText(hunk)).join('\n') + (more > 0 ? `\n(${more} more)\n` : '');
      return { kind: 'text', excerpt: async () => text };
    }
    const { merged } = merge;
    const blob = await this.#blobs.put(merged);
    return { entry: { type: 'file', blob, bytes: merged.length, isExecutable, isBinary: isBinary(merged) } };
  }

  #conflict(kind: ConflictKind, three: Three): Verdict {
    const excerpt = async (): Promise<string> => {
      const [base, ours, theirs] = await Promise.all(
        [three.base, three.ours, three.theirs].map((one) => this.#shown(one)),
      );
      return sidesText({ base: base ?? '', ours: ours ?? '', theirs: theirs ?? '' });
    };
    return { kind, excerpt };
  }

  async #shown(entry: Entry | undefined): Promise<string> {
    if (!entry) return '(not there)\n';
    if (entry.type === 'link') return `(a link to ${entry.target})\n`;
    const mode = entry.isExecutable ? ', may be run' : '';
    const bytes = await this.#blobs.get(entry.blob);
    if (isBinary(bytes)) return `(binary, ${entry.bytes} bytes${mode})\n`;
    return `(${entry.bytes} bytes${mode})\n${bytes.subarray(0, 4 * SIDE_CHARACTERS).toString('utf8')}`;
  }
}

const isBinary = (bytes: Buffer): boolean => bytes.subarray(0, SNIFFED_BYTES).includes(0);

const sidesText = ({ ours, base, theirs }: { ours: string; base: string; theirs: string }): string =>
  `<<<<<<< ours\n${cut(ours)}||||||| base\n${cut(base)}=======\n${cut(theirs)}>>>>>>> theirs\n`;

function cut(text: string): string {
  const kept = text.length <= SIDE_CHARACTERS ? text : `${text.slice(0, SIDE_CHARACTERS)}…`;
  return kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`;
}
