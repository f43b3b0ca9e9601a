/** A look over the whole workspace: which files and links it has within its bounds, and what is left out and why. Nothing is read but folders and links. */
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, readlinkSync } from 'node:fs';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { FreezeBounds } from '../../../workspace/bounds.ts';
import { inFolder, split, whatElse } from './held.ts';
import { type Entry, type LeftOut, walk } from './walk.ts';

/** Beyond, folders are not looked at any more. */
const MOST_ENTRIES = 250_000;
const MOST_LEFT_OUT = 10_000;
const MS_AT_ONCE = 25;

export class Survey {
  readonly files = new Map<string, BigIntStats>();
  readonly links = new Map<string, string>();
  readonly #leftOut: LeftOut[] = [];
  readonly #root: string;
  readonly #bounds: FreezeBounds;
  #leftOutBeyond = 0;
  #bytes = 0;

  private constructor(root: string, bounds: FreezeBounds) {
    this.#root = root;
    this.#bounds = bounds;
  }

  static async of(root: string, skip: ReadonlySet<string>, bounds: FreezeBounds): Promise<Survey> {
    const survey = new Survey(root, bounds);
    const rest = breather();
    let entries = 0;
    for (const visited of walk(root, '', skip)) {
      for (const left of visited.leftOut) survey.leaveOut(left.path, left.reason);
      for (const entry of visited.entries) survey.#see(entry);
      entries += visited.entries.length;
      if (entries > MOST_ENTRIES) {
        survey.leaveOut('.', `there is more than ${MOST_ENTRIES.toLocaleString('en')} files and folders`);
        break;
      }
      if (rest.isDue()) await rest.take();
    }
    return survey;
  }

  /** At most so many by name, then how many more. */
  leftOut(): LeftOut[] {
    if (this.#leftOutBeyond === 0) return this.#leftOut;
    return [...this.#leftOut, { path: '.', reason: `${this.#leftOutBeyond.toLocaleString('en')} more are left out` }];
  }

  leaveOut(path: string, reason: string): void {
    if (this.#leftOut.length < MOST_LEFT_OUT) this.#leftOut.push({ path, reason });
    else this.#leftOutBeyond += 1;
  }

  #see({ path, stat }: Entry): void {
    if (stat.isDirectory()) return;
    const reason = this.#whyNot(stat);
    if (reason !== null) this.leaveOut(path, reason);
    else if (stat.isSymbolicLink()) this.#seeLink(path);
    else {
      this.#bytes += Number(stat.size);
      this.files.set(path, stat);
    }
  }

  #whyNot(stat: BigIntStats): string | null {
    const { maxFiles, maxFileBytes, maxTotalBytes } = this.#bounds;
    if (!stat.isFile() && !stat.isSymbolicLink()) return whatElse(stat);
    if (this.files.size + this.links.size >= maxFiles)
      return `the workspace has more than ${maxFiles.toLocaleString('en')} files`;
    if (stat.isSymbolicLink()) return null;
    if (stat.size > maxFileBytes) return `it has ${stat.size.toLocaleString('en')} bytes`;
    if (this.#bytes + Number(stat.size) > maxTotalBytes)
      return `the workspace has more than ${maxTotalBytes.toLocaleString('en')} bytes`;
    return null;
  }

  #seeLink(path: string): void {
    const target = targetOf(this.#root, path);
    if (target === null) return;
    if (isUtf8(target)) this.links.set(path, target.toString('utf8'));
    else this.leaveOut(path, 'it is a symbolic link to a name that is not UTF-8');
  }
}

/** Null where it has gone since it was seen. */
function targetOf(root: string, path: string): Buffer | null {
  const { folder, name } = split(path);
  try {
    return inFolder(root, folder, (held) => readlinkSync(held.at(name), { encoding: 'buffer' }));
  } catch {
    return null;
  }
}

/** Lets others work now and then in what would take long at a stretch. */
export function breather(): { isDue: () => boolean; take: () => Promise<void> } {
  let since = performance.now();
  return {
    isDue: () => performance.now() - since > MS_AT_ONCE,
    take: async () => {
      await othersTurn();
      since = performance.now();
    },
  };
}
