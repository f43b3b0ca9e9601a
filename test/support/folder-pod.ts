/** A pod without a sandbox: it answers `remember`, `scan` and `read` about a folder of the test's by reading it. */
import { hash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { OperationName, Operations, ScanResult } from '../../src/pod/protocol.ts';
import { entriesIn } from './folders.ts';

class Refusal extends Error {
  override readonly name = 'PodRefusal';
}

interface Listed {
  files: Map<string, ScanResult['files'][number]>;
  links: Map<string, string>;
}

export class FolderPod {
  readonly asked: { name: string; args: unknown }[] = [];
  /** Before an answer is given: what a process of the pod may do meanwhile. */
  before: (name: OperationName, args: unknown) => void = () => undefined;
  /** What comes up instead. */
  lie: (name: OperationName, value: unknown) => unknown = (_, value) => value;
  readonly folder: string;
  #scan = 0;
  #last: { scan: number | null; listed: Listed } | null = null;

  constructor(folder: string) {
    this.folder = folder;
  }

  async request<Name extends OperationName>(
    name: Name,
    args: Operations[Name]['args'],
    signal?: AbortSignal,
  ): Promise<Operations[Name]['value']> {
    signal?.throwIfAborted();
    this.asked.push({ name, args });
    this.before(name, args);
    return this.lie(name, this.#answer(name, args)) as Operations[Name]['value'];
  }

  #answer(name: OperationName, args: unknown): unknown {
    if (name === 'remember') return this.#remember(args as Operations['remember']['args']);
    if (name === 'scan') return this.#answerScan(args as Operations['scan']['args']);
    if (name === 'read') return this.#read(args as Operations['read']['args']);
    throw new Error(`A folder has no ${name}.`);
  }

  #remember({ files }: Operations['remember']['args']) {
    this.#last = { scan: null, listed: this.#list() };
    return { files: files.length };
  }

  #answerScan({ seen }: Operations['scan']['args']): ScanResult {
    const now = this.#list();
    const before = this.#last?.scan === seen ? this.#last.listed : null;
    this.#scan += 1;
    this.#last = { scan: this.#scan, listed: now };
    const files = [...now.files.values()];
    const links = Array.from(now.links, ([path, target]) => ({ path, target }));
    if (!before) return { scan: this.#scan, isWhole: true, files, links, removed: [], leftOut: [] };
    const paths = [...before.files.keys(), ...before.links.keys()];
    return {
      scan: this.#scan,
      isWhole: false,
      files: files.filter((file) => JSON.stringify(file) !== JSON.stringify(before.files.get(file.path))),
      links: links.filter(({ path, target }) => before.links.get(path) !== target),
      removed: paths.filter((path) => !now.files.has(path) && !now.links.has(path)),
      leftOut: [],
    };
  }

  #read({ path, offset, length }: Operations['read']['args']) {
    try {
      const bytes = readFileSync(join(this.folder, path));
      return {
        base64: bytes.subarray(offset, offset + length).toString('base64'),
        isEnd: offset + length >= bytes.length,
      };
    } catch {
      throw new Refusal(`"${path}" is not there.`);
    }
  }

  #list(): Listed {
    const listed: Listed = { files: new Map(), links: new Map() };
    for (const entry of entriesIn(this.folder)) {
      const full = join(entry.parentPath, entry.name);
      const path = relative(this.folder, full);
      if (entry.isSymbolicLink()) listed.links.set(path, readlinkSync(full));
      if (!entry.isFile()) continue;
      const bytes = readFileSync(full);
      const isExecutable = (lstatSync(full).mode & 0o100) !== 0;
      const sha256 = hash('sha256', bytes, 'hex');
      listed.files.set(path, { path, bytes: bytes.length, sha256, isExecutable, isBinary: bytes.includes(0) });
    }
    return listed;
  }
}
