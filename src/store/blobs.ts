/**
 * Content-addressed objects in a folder. Invariants: (1) a reference is the SHA-256 of the bytes; (2) an object is whole
 * or absent: written beside, synced, renamed; (3) what is read is checked against its reference.
 */
import { createHash, hash, randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { toStoreFailure } from './store-failure.ts';

const PREFIX = 'sha256:';

export const refOf = (bytes: Uint8Array | string): string => PREFIX + hash('sha256', bytes, 'hex');

export class Blobs {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** On disk when it resolves. Putting the same bytes again is free. */
  async put(content: Uint8Array | string): Promise<string> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const ref = refOf(bytes);
    if (await this.has(ref)) return ref;
    return this.#guard(async () => {
      const beside = await this.#beside();
      const file = await open(beside, 'wx', 0o444);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#moveIn(beside, ref);
      return ref;
    });
  }

  putJson(value: unknown): Promise<string> {
    return this.put(JSON.stringify(value));
  }

  /** Takes a stream in, hashing the bytes as they are copied: what changes at the source meanwhile cannot tear the object. */
  async putStream(source: AsyncIterable<Buffer>): Promise<{ ref: string; bytes: number }> {
    return this.#guard(async () => {
      const beside = await this.#beside();
      const digest = createHash('sha256');
      let bytes = 0;
      async function* counted(): AsyncIterable<Buffer> {
        for await (const chunk of source) {
          digest.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      }
      // Open before the source is read: a file that is still being made when a source breaks would outlive its removal.
      const file = await open(beside, 'wx', 0o444);
      try {
        await file.writeFile(counted());
        await file.sync();
        const ref = PREFIX + digest.digest('hex');
        if (!(await this.has(ref))) await this.#moveIn(beside, ref);
        return { ref, bytes };
      } finally {
        await file.close();
        await rm(beside, { force: true });
      }
    });
  }

  async get(ref: string): Promise<Buffer> {
    const bytes = await this.#guard(() => readFile(this.pathOf(ref)), ref);
    if (refOf(bytes) === ref) return bytes;
    throw new TypedFailure('StoreCorrupt', `Object ${ref} does not match its hash.`);
  }

  async getText(ref: string): Promise<string> {
    return (await this.get(ref)).toString('utf8');
  }

  async getJson<Schema extends z.ZodType>(ref: string, schema: Schema): Promise<z.infer<Schema>> {
    return schema.parse(JSON.parse(await this.getText(ref)));
  }

  async has(ref: string): Promise<boolean> {
    return access(this.pathOf(ref)).then(
      () => true,
      () => false,
    );
  }

  /** In bytes. */
  async sizeOf(ref: string): Promise<number> {
    return this.#guard(async () => (await stat(this.pathOf(ref))).size, ref);
  }

  /** Where the object lies. For readers that need a file; nobody writes there. */
  pathOf(ref: string): string {
    const hash = ref.slice(PREFIX.length);
    return join(this.#root, hash.slice(0, 2), hash.slice(2));
  }

  async #beside(): Promise<string> {
    const folder = join(this.#root, 'incoming');
    await mkdir(folder, { recursive: true });
    return join(folder, randomUUID());
  }

  async #moveIn(beside: string, ref: string): Promise<void> {
    const target = this.pathOf(ref);
    await mkdir(dirname(target), { recursive: true });
    await rename(beside, target);
    const folder = await open(dirname(target), 'r');
    await folder.sync().finally(() => folder.close());
  }

  async #guard<T>(work: () => Promise<T>, ref?: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStoreFailure(error, ref === undefined ? 'writing an object' : `reading object ${ref}`);
    }
  }
}
