/** A frozen workspace as its readers see it: lookups in the manifest, contents from the store. */
import { isUtf8 } from 'node:buffer';
import { type FrozenFile, type Manifest, ManifestSchema } from '../../src/contracts/workspace.ts';
import type { Blobs } from '../../src/store/blobs.ts';
import { ToolRefusal } from './paths.ts';

export interface FolderEntry {
  name: string;
  /** Files below, for a folder; 1 for a file. */
  files: number;
  bytes: number;
  isFolder: boolean;
}

export class FrozenWorkspace {
  readonly ref: string;
  readonly manifest: Manifest;
  readonly #blobs: Blobs;
  readonly #byPath: Map<string, FrozenFile>;
  readonly #folders: Set<string>;

  private constructor(ref: string, manifest: Manifest, blobs: Blobs) {
    this.ref = ref;
    this.manifest = manifest;
    this.#blobs = blobs;
    this.#byPath = new Map(manifest.files.map((file) => [file.path, file]));
    this.#folders = new Set(['', ...manifest.files.flatMap(({ path }) => parentsOf(path))]);
  }

  static async load(blobs: Blobs, ref: string): Promise<FrozenWorkspace> {
    return new FrozenWorkspace(ref, await blobs.getJson(ref, ManifestSchema), blobs);
  }

  /** The file of exactly this path; otherwise a refusal that says why, and what is meant perhaps. */
  file(path: string): FrozenFile {
    const file = this.#byPath.get(path);
    if (file) return file;
    if (this.isFolder(path)) throw new ToolRefusal(`"${path || '.'}" is a folder; use list_files.`);
    throw this.#missing(path);
  }

  /** What lies directly in a folder, folders first. */
  list(folder: string): FolderEntry[] {
    if (!this.isFolder(folder)) {
      if (this.#byPath.has(folder)) throw new ToolRefusal(`"${folder}" is a file; use read_file.`);
      throw this.#missing(folder);
    }
    const entries = new Map<string, FolderEntry>();
    for (const { path, bytes } of this.#below(folder)) {
      const [name = '', ...deeper] = path.slice(folder === '' ? 0 : folder.length + 1).split('/');
      const entry = entries.get(name) ?? { name, files: 0, bytes: 0, isFolder: deeper.length > 0 };
      entries.set(name, { ...entry, files: entry.files + 1, bytes: entry.bytes + bytes });
    }
    return [...entries.values()].toSorted(
      (a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.name < b.name ? -1 : 1),
    );
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  /** The text of a file; bytes that are not UTF-8 are replaced, and `isLossy` says so. */
  async text(file: FrozenFile): Promise<{ text: string; isLossy: boolean }> {
    if (file.isBinary) {
      throw new ToolRefusal(
        `"${file.path}" is binary (${file.bytes.toLocaleString('en')} bytes); it has no lines to show.`,
      );
    }
    const bytes = await this.#blobs.get(file.blob);
    const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
    return { text, isLossy: !isUtf8(bytes) };
  }

  #below(folder: string): FrozenFile[] {
    return folder === ''
      ? this.manifest.files
      : this.manifest.files.filter(({ path }) => path.startsWith(`${folder}/`));
  }

  #missing(path: string): ToolRefusal {
    const leftOut = this.manifest.leftOut.find((entry) => entry.path === path || path.startsWith(`${entry.path}/`));
    if (leftOut) return new ToolRefusal(`"${leftOut.path}" is not part of the workspace: ${leftOut.reason}.`);
    const name = path.split('/').at(-1) ?? path;
    const alike = this.manifest.files.filter((file) => file.path.endsWith(`/${name}`)).slice(0, 3);
    const hint = alike.length > 0 ? ` Did you mean ${alike.map((file) => `"${file.path}"`).join(' or ')}?` : '';
    return new ToolRefusal(`"${path}" does not exist in the workspace (ignored files are left out).${hint}`);
  }
}

/** `a/b/c.ts` → `a`, `a/b`. */
function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
