/**
 * What changed in a workspace, scan by scan. The last scan is remembered; a caller that has seen it is told the difference, any
 * other is told everything. Scans don't overlap.
 */
import { setTimeout as passed } from 'node:timers/promises';
import { FREEZE_BOUNDS, type FreezeBounds } from '../../../workspace/bounds.ts';
import type { Operations, ScanResult, ScannedFile } from '../../protocol.ts';
import { Refusal } from '../refusal.ts';
import { Digests, type Known, now, tellableFrom } from './digests.ts';
import { Missing } from './held.ts';
import { breather, Survey } from './survey.ts';

/** A file as it was found, of which perhaps not all has been looked at yet. */
interface Found {
  bytes: number;
  isExecutable: boolean;
  known: Known;
}

/** What a workspace held when it was looked at last. */
interface State {
  files: ReadonlyMap<string, Remembered>;
  links: ReadonlyMap<string, string>;
}

type Remembered = Pick<ScannedFile, 'sha256' | 'isExecutable'>;

const NS_PER_MS = 1_000_000n;
const LONGEST_WAIT_MS = 100n;

export class Scans {
  readonly #root: string;
  readonly #bounds: FreezeBounds;
  readonly #digests: Digests;
  #skip: ReadonlySet<string> = new Set();
  /** Null where nobody has looked yet. */
  #last: State | null = null;
  #number = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(root: string, bounds: FreezeBounds = FREEZE_BOUNDS) {
    this.#root = root;
    this.#bounds = bounds;
    this.#digests = new Digests(root);
  }

  /** Contract: nothing else changes the workspace meanwhile. What it holds then counts as scan 0. */
  remember(args: Operations['remember']['args']): Promise<Operations['remember']['value']> {
    return this.#next(() => this.#remember(args));
  }

  scan({ seen }: Operations['scan']['args']): Promise<ScanResult> {
    return this.#next(() => this.#scan(seen));
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #remember({ files, skip }: Operations['remember']['args']): Promise<Operations['remember']['value']> {
    this.#skip = new Set(skip);
    const survey = await Survey.of(this.#root, this.#skip, this.#bounds);
    await untilChangesShow(survey);
    const asOf = now();
    const state = new Map(files.map(({ path, sha256 }) => [path, { sha256, isExecutable: false }]));
    let found = 0;
    for (const { path, sha256 } of files) {
      const stat = survey.files.get(path);
      if (!stat) continue;
      this.#digests.remember(path, stat, sha256, asOf);
      state.set(path, { sha256, isExecutable: isExecutable(stat) });
      found += 1;
    }
    this.#last = { files: state, links: survey.links };
    this.#number = 0;
    return { files: found };
  }

  async #scan(seen: number | null): Promise<ScanResult> {
    const survey = await Survey.of(this.#root, this.#skip, this.#bounds);
    const found = await this.#find(survey);
    const before = seen === this.#number ? this.#last : null;
    const files = new Map([...found].map(([path, file]) => [path, remembered(file)]));
    this.#last = { files, links: survey.links };
    this.#number += 1;
    this.#digests.forgetAllBut(files);
    const changed = [...found].filter(([path]) => !before || !isSame(files.get(path), before.files.get(path)));
    return {
      scan: this.#number,
      isWhole: before === null,
      files: await this.#described(changed),
      links: [...survey.links]
        .filter(([path, target]) => before?.links.get(path) !== target)
        .map(([path, target]) => ({ path, target })),
      removed: before ? removedSince(before, this.#last) : [],
      leftOut: survey.leftOut(),
    };
  }

  /** What goes while it is looked at was not there; what can't be read is left out. */
  async #find(survey: Survey): Promise<Map<string, Found>> {
    const rest = breather();
    const found = new Map<string, Found>();
    for (const [path, stat] of survey.files) {
      const known = this.#digests.known(path, stat) ?? (await this.#read(path, survey));
      if (known) found.set(path, { bytes: Number(known.stat.size), isExecutable: isExecutable(known.stat), known });
      if (rest.isDue()) await rest.take();
    }
    return found;
  }

  async #read(path: string, survey: Survey): Promise<Known | null> {
    try {
      return await this.#digests.read(path);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!(error instanceof Missing)) survey.leaveOut(path, `it can't be read: ${error.message}`);
      return null;
    }
  }

  async #described(found: [string, Found][]): Promise<ScannedFile[]> {
    const rest = breather();
    const files: ScannedFile[] = [];
    for (const [path, { bytes, isExecutable, known }] of found) {
      const isBinary = this.#digests.isBinary(path, known);
      files.push({ path, bytes, sha256: known.sha256, isExecutable, isBinary });
      if (rest.isDue()) await rest.take();
    }
    return files;
  }
}

const remembered = ({ known, isExecutable }: Found): Remembered => ({ sha256: known.sha256, isExecutable });

const isExecutable = ({ mode }: { mode: bigint }): boolean => (mode & 0o100n) !== 0n;

const isSame = (file: Remembered | undefined, before: Remembered | undefined): boolean =>
  file?.sha256 === before?.sha256 && file?.isExecutable === before?.isExecutable;

const removedSince = (before: State, { files, links }: State): string[] =>
  [...before.files.keys(), ...before.links.keys()].filter((path) => !files.has(path) && !links.has(path));

/** Files that were written a moment ago must not be able to change unnoticed: the clock is let pass their last change. */
async function untilChangesShow(survey: Survey): Promise<void> {
  const from = [...survey.files.values()].map(tellableFrom).reduce((a, b) => (a > b ? a : b), 0n);
  const leftMs = (): bigint => (from - now() + NS_PER_MS - 1n) / NS_PER_MS;
  // A timer may go off up to a millisecond early.
  for (let ms = leftMs(); ms > 0n && ms <= LONGEST_WAIT_MS; ms = leftMs()) await passed(Number(ms));
}
