/**
 * Carries out a planned patch on a folder. Whatever fails, all that was done before is undone, and nothing is left beside. The
 * folders are held until the end, so that it is in them that it is undone, wherever their names lead by then.
 */
import { renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { PlannedChange } from '../../../patch/plan.ts';
import { Refusal } from '../refusal.ts';
import { assertSize, type HeldFolder, holdFolder, inFolder, split, toRefusal } from './held.ts';
import { wholeFileIn } from './read.ts';
import { besideName, moveInto, replaceableMode, stage } from './write.ts';

/** Each is held by a descriptor. */
const MOST_FOLDERS = 200;

/** A file that lies beside its place. */
interface Beside {
  folder: HeldFolder;
  name: string;
  beside: string;
}

type Coming = Exclude<PlannedChange, { change: 'removed' }>;

export function putInPlace(root: string, changes: PlannedChange[]): void {
  const work = new Work(root);
  try {
    work.all(changes);
  } catch (error) {
    work.takeBack();
    throw error;
  } finally {
    work.close();
  }
}

class Work {
  readonly #root: string;
  readonly #held = new Map<string, { folder: HeldFolder; close: () => void }>();
  readonly #made: string[] = [];
  readonly #undo: (() => void)[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  all(changes: PlannedChange[]): void {
    const coming = changes.filter((change) => change.change !== 'removed').map((change) => this.#stage(change));
    const going = changes.flatMap((change) => {
      if (change.change === 'removed') return [change.path];
      return change.change === 'moved' ? [change.from] : [];
    });
    const aside = going.map((path) => this.#putAside(path));
    for (const file of coming) this.#putIn(file);
    for (const { folder, beside } of aside) unlinkSync(folder.at(beside));
  }

  /** The latest first. A step that can't be undone (what it is about has gone meanwhile) keeps no other from it. */
  takeBack(): void {
    const folders = this.#made.map((path) => () => {
      const { folder, name } = split(path);
      inFolder(this.#root, folder, (held) => rmdirSync(held.at(name)));
    });
    for (const step of [...this.#undo.reverse(), ...folders.reverse()]) {
      try {
        step();
      } catch {
        continue;
      }
    }
  }

  close(): void {
    for (const { close } of this.#held.values()) close();
  }

  #stage(change: Coming): Beside {
    const { folder, name } = this.#place(change.path);
    const source = change.change === 'moved' ? this.#place(change.from) : null;
    const whole = source && wholeFileIn(source.folder, source.name);
    const bytes = change.text === null ? (whole?.bytes ?? Buffer.alloc(0)) : Buffer.from(change.text);
    assertSize(change.path, bytes.length);
    const beside = stage(folder, name, bytes, replaceableMode(folder, name) ?? whole?.mode);
    this.#undo.push(() => unlinkSync(folder.at(beside)));
    return { folder, name, beside };
  }

  #putAside(path: string): Beside {
    const { folder, name } = this.#place(path);
    const beside = besideName();
    try {
      renameSync(folder.at(name), folder.at(beside));
    } catch (error) {
      throw toRefusal(error, path);
    }
    this.#undo.push(() => renameSync(folder.at(beside), folder.at(name)));
    return { folder, name, beside };
  }

  /** What is replaced is small enough to be remembered: it was read to be patched. */
  #putIn({ folder, name, beside }: Beside): void {
    const before = replaceableMode(folder, name) === null ? null : wholeFileIn(folder, name);
    moveInto(folder, beside, name);
    this.#undo.push(() => {
      if (before) moveInto(folder, stage(folder, name, before.bytes, before.mode), name);
      else unlinkSync(folder.at(name));
    });
  }

  #place(path: string): { folder: HeldFolder; name: string } {
    const { folder, name } = split(path);
    const known = this.#held.get(folder);
    if (known) return { folder: known.folder, name };
    if (this.#held.size === MOST_FOLDERS)
      throw new Refusal(`The patch has files in more than ${MOST_FOLDERS} folders; nothing of it was applied.`);
    const held = holdFolder(this.#root, folder, { made: this.#made });
    this.#held.set(folder, held);
    return { folder: held.folder, name };
  }
}
