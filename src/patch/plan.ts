/** A patch and the files that are there → what each file becomes. All of it is known to fit before anything is changed. */
import { FileMissing, type Patch, PatchProblem, type Section } from './patch.ts';
import { patchText } from './patch-text.ts';

export interface PatchedFiles {
  kindOf: (path: string) => 'nothing' | 'file' | 'link' | 'folder' | 'other';
  /** May throw what the author of the patch is told. */
  textOf: (path: string) => string;
}

export type PlannedChange =
  | { change: 'removed'; path: string }
  | { change: 'added' | 'changed'; path: string; text: string }
  /** `text` is null where the contents stay as they are. */
  | { change: 'moved'; path: string; from: string; text: string | null };

/** What a path holds after the sections so far. */
interface Content {
  /** Where its contents and mode are from; null for a new file. */
  origin: string | null;
  /** Null where they are as they were there. */
  text: string | null;
}

/** In the order in which the patch first names the files. Sections for the same file follow on each other. Throws `PatchProblem`. */
export function planPatch(patch: Patch, files: PatchedFiles): PlannedChange[] {
  const plan = new Plan(files);
  for (const section of patch) plan.apply(section);
  return plan.changes();
}

class Plan {
  readonly #files: PatchedFiles;
  readonly #contents = new Map<string, Content | null>();

  constructor(files: PatchedFiles) {
    this.#files = files;
  }

  apply(section: Section): void {
    if (section.kind === 'add') {
      this.#assertFree(section.path, 'change it with "*** Update File: "');
      this.#contents.set(section.path, { origin: null, text: section.lines.map((line) => `${line}\n`).join('') });
    } else if (section.kind === 'delete') {
      if (this.#files.kindOf(section.path) !== 'link') this.#existing(section.path);
      this.#contents.set(section.path, null);
    } else this.#update(section);
  }

  #update({ path, moveTo, hunks }: Section & { kind: 'update' }): void {
    const content = this.#existing(path);
    const before = content.text ?? (hunks.length > 0 ? this.#files.textOf(content.origin ?? path) : null);
    const text = before === null ? null : patchText(path, before, hunks);
    if (moveTo === null || moveTo === path) {
      this.#contents.set(path, { ...content, text });
      return;
    }
    this.#assertFree(moveTo, 'nothing is moved over it');
    this.#contents.set(path, null).set(moveTo, { ...content, text });
  }

  changes(): PlannedChange[] {
    const origins = new Set(
      [...this.#contents].flatMap(([path, content]) => (content && content.origin !== path ? [content.origin] : [])),
    );
    return [...this.#contents].flatMap(([path, content]) => this.#change(path, content, origins));
  }

  #change(path: string, content: Content | null, movedFrom: Set<string | null>): PlannedChange[] {
    const wasThere = this.#files.kindOf(path) !== 'nothing';
    if (!content) return wasThere && !movedFrom.has(path) ? [{ change: 'removed', path }] : [];
    const { origin, text } = content;
    if (origin !== null && origin !== path) return [{ change: 'moved', path, from: origin, text }];
    if (text === null || (origin === path && text === this.#files.textOf(path))) return [];
    return [{ change: wasThere ? 'changed' : 'added', path, text }];
  }

  #existing(path: string): Content {
    const known = this.#contents.get(path);
    if (known) return known;
    const kind = known === null ? 'nothing' : this.#files.kindOf(path);
    if (kind === 'file') return { origin: path, text: null };
    if (kind === 'nothing') throw new FileMissing(path);
    throw new PatchProblem(
      `"${path}" is a ${kind === 'other' ? 'special file' : kind}; nothing of the patch was applied.`,
    );
  }

  #assertFree(path: string, hint: string): void {
    const known = this.#contents.get(path);
    if (known === null || (known === undefined && this.#files.kindOf(path) === 'nothing')) return;
    throw new PatchProblem(`"${path}" exists already; ${hint}. Nothing of the patch was applied.`);
  }
}
