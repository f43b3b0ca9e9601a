/**
 * Files that appear in a folder whole, or not at all: written beside, synced, renamed. Writing them again, even by two at once,
 * replaces each by the same bytes.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from '../../store/blobs.ts';
import { toStoreFailure } from '../../store/store-failure.ts';

const BUFFERED = 256 * 1024;

export interface WrittenFile {
  name: string;
  path: string;
  /** The same bytes in the store, for whoever is not on this machine. */
  ref: string;
  bytes: number;
}

export class OutFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #beside: string;
  readonly #file: FileHandle;
  #lines: string[] = [];
  #buffered = 0;

  private constructor(folder: string, name: string, beside: string, file: FileHandle) {
    this.#folder = folder;
    this.#name = name;
    this.#beside = beside;
    this.#file = file;
  }

  static async in(folder: string, name: string): Promise<OutFile> {
    const beside = join(folder, `.${name}.${randomUUID()}`);
    return guarded(folder, async () => {
      await mkdir(folder, { recursive: true });
      return new OutFile(folder, name, beside, await open(beside, 'wx'));
    });
  }

  /** The end of the line is the caller's. */
  async write(line: string): Promise<void> {
    this.#lines.push(line);
    this.#buffered += line.length;
    if (this.#buffered >= BUFFERED) await this.#flush();
  }

  /** On disk when it resolves, and in the store, though not yet under its name. */
  async finish(blobs: Blobs): Promise<WrittenFile> {
    await this.#flush();
    await guarded(this.#folder, async () => {
      await this.#file.sync();
      await this.#file.close();
    });
    const stored = await blobs.putStream(createReadStream(this.#beside));
    return { name: this.#name, path: join(this.#folder, this.#name), ...stored };
  }

  /** The name outlives a power cut. */
  async publish(): Promise<void> {
    await guarded(this.#folder, async () => {
      await rename(this.#beside, join(this.#folder, this.#name));
      const folder = await open(this.#folder, 'r');
      await folder.sync().finally(() => folder.close());
    });
  }

  /** Leaves nothing behind of what was not published. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#beside, { force: true });
  }

  async #flush(): Promise<void> {
    await guarded(this.#folder, () => this.#file.writeFile(this.#lines.join('')));
    this.#lines = [];
    this.#buffered = 0;
  }
}

/** A full disk and a folder that is closed are the same to whoever waits for it. */
async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    throw toStoreFailure(error, `writing into ${folder}`);
  });
}
