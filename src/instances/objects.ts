/** Trees and blobs of a git repository, by git's plumbing: no filter, no text conversion, no work tree. */
import { spawn } from 'node:child_process';
import { isUtf8 } from 'node:buffer';
import { git, gitEnvironment, GitFailed, type Repository } from './git.ts';

export interface TreeEntry {
  path: string;
  /** Null where its bytes are no UTF-8: `path` is then what can be shown of it. */
  problem: string | null;
  type: 'file' | 'executable' | 'link' | 'submodule';
  id: string;
  bytes: number;
}

const TYPES: Record<string, TreeEntry['type']> = { '100755': 'executable', '120000': 'link', '160000': 'submodule' };

/** All that is below a tree or commit, in git's order. */
export async function entriesOf({ borrowed, path }: Repository, tree: string): Promise<TreeEntry[]> {
  const listed = await git({ gitDir: borrowed, args: ['ls-tree', '-r', '-z', '-l', '--full-tree', tree], path });
  const entries: TreeEntry[] = [];
  for (let at = 0; at < listed.length;) {
    const end = listed.indexOf(0, at);
    const tab = listed.indexOf('\t', at);
    const [mode = '', , id = '', size = ''] = listed.toString('latin1', at, tab).split(/ +/);
    const name = listed.subarray(tab + 1, end);
    entries.push({
      path: name.toString('utf8'),
      problem: isUtf8(name) ? null : 'its name is not UTF-8',
      type: TYPES[mode] ?? 'file',
      id,
      bytes: Number(size) || 0,
    });
    at = end + 1;
  }
  return entries;
}

/** The bytes of blobs, in the order in which they are asked for. Throws `GitFailed` where one is missing. */
export async function* blobsOf({ borrowed, path }: Repository, ids: string[]): AsyncGenerator<Buffer> {
  if (ids.length === 0) return;
  const child = spawn('git', [`--git-dir=${borrowed}`, 'cat-file', '--batch'], {
    env: gitEnvironment(path),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(ids.map((id) => `${id}\n`).join(''));
  const reader = new Reader(child.stdout as AsyncIterable<Buffer, undefined>);
  try {
    for (const id of ids) {
      const header = await reader.line();
      const [, type, size] = header.split(' ');
      if (type !== 'blob') throw new GitFailed(`object ${id} can't be read (${header || 'git has ended'})`);
      const content = await reader.bytes(Number(size) + 1);
      yield content.subarray(0, -1);
    }
  } finally {
    child.kill('SIGKILL');
  }
}

class Reader {
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer, undefined>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    let end = this.#rest.indexOf(10);
    while (end === -1 && (await this.#more())) end = this.#rest.indexOf(10);
    const line = this.#rest.subarray(0, end === -1 ? undefined : end).toString('latin1');
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  async bytes(count: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < count) {
      const chunk = await this.#next();
      if (!chunk) throw new GitFailed('git ended in the middle of an object');
      parts.push(chunk);
      have += chunk.length;
    }
    const all = Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }

  async #more(): Promise<boolean> {
    const chunk = await this.#next();
    if (chunk) this.#rest = Buffer.concat([this.#rest, chunk]);
    return chunk !== undefined;
  }

  async #next(): Promise<Buffer | undefined> {
    return (await this.#chunks.next()).value;
  }
}
