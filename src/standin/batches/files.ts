/** Files that were uploaded, and those that batches leave behind. */
import type { Clock } from '../clock.ts';
import { notFound } from '../http/api-error.ts';
import { newId } from '../protocol/response-object.ts';
import type { Shelf } from '../state/shelf.ts';

export interface FileObject {
  id: string;
  object: 'file';
  bytes: number;
  created_at: number;
  expires_at?: number;
  filename: string;
  purpose: string;
  status: 'processed';
}

export interface KeptFile {
  file: FileObject;
  base64: string;
}

export interface NewFile {
  filename: string;
  purpose: string;
  content: Buffer;
  /** Null: until it is deleted. */
  expiresAfterSeconds?: number | null;
}

export class Files {
  readonly #kept: Shelf<KeptFile>;
  readonly #clock: Clock;

  constructor(kept: Shelf<KeptFile>, clock: Clock) {
    this.#kept = kept;
    this.#clock = clock;
  }

  add({ filename, purpose, content, expiresAfterSeconds = null }: NewFile): FileObject {
    const createdAt = this.#clock.seconds();
    const file: FileObject = {
      id: newId('file').replace('_', '-'),
      object: 'file',
      bytes: content.length,
      created_at: createdAt,
      ...(expiresAfterSeconds !== null && { expires_at: createdAt + expiresAfterSeconds }),
      filename,
      purpose,
      status: 'processed',
    };
    this.#kept.put(file.id, { file, base64: content.toString('base64') });
    return file;
  }

  list(): FileObject[] {
    return this.#kept
      .entries()
      .map(([, { file }]) => file)
      .filter((file) => !this.#isGone(file));
  }

  find(id: string): FileObject | undefined {
    const file = this.#kept.get(id)?.file;
    return file && !this.#isGone(file) ? file : undefined;
  }

  get(id: string): FileObject {
    const file = this.find(id);
    if (file) return file;
    throw notFound(`No such File object: ${id}`, 'id');
  }

  content(id: string): Buffer {
    return Buffer.from(this.#kept.get(this.get(id).id)?.base64 ?? '', 'base64');
  }

  remove(id: string): void {
    this.#kept.delete(this.get(id).id);
  }

  #isGone({ expires_at: expiresAt }: FileObject): boolean {
    return expiresAt !== undefined && expiresAt <= this.#clock.seconds();
  }
}
