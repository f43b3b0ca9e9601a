/** Snapshots of given files: text, bytes, a link, or a file that may be run. */
import { type Entry, manifestOf, type Tree } from '../../src/snapshots/tree.ts';
import { ManifestSchema } from '../../src/contracts/workspace.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { temporaryFolder } from './folders.ts';

export type Content = string | Buffer | { link: string } | { run: string };

export const newBlobs = (): Blobs => new Blobs(temporaryFolder('flotilla-blobs'));

/** The reference of its manifest. */
export async function snapshotOf(blobs: Blobs, files: Record<string, Content>): Promise<string> {
  const tree: Tree = new Map();
  for (const [path, content] of Object.entries(files)) tree.set(path, await entryOf(blobs, content));
  return blobs.putJson(manifestOf(tree, []));
}

async function entryOf(blobs: Blobs, content: Content): Promise<Entry> {
  if (typeof content === 'object' && 'link' in content) return { type: 'link', target: content.link };
  const isExecutable = typeof content === 'object' && 'run' in content;
  const bytes = Buffer.from(isExecutable ? content.run : content);
  return {
    type: 'file',
    blob: await blobs.put(bytes),
    bytes: bytes.length,
    isExecutable,
    isBinary: bytes.includes(0),
  };
}

/** What `snapshotOf` was given. */
export async function contentOf(blobs: Blobs, ref: string): Promise<Record<string, Content>> {
  const { files, links } = await blobs.getJson(ref, ManifestSchema);
  const read = files.map(async ({ path, blob, isBinary, isExecutable }): Promise<[string, Content]> => {
    const bytes = await blobs.get(blob);
    const text = bytes.toString('utf8');
    return [path, isExecutable ? { run: text } : isBinary ? bytes : text];
  });
  return Object.fromEntries([
    ...(await Promise.all(read)),
    ...links.map(({ path, target }): [string, Content] => [path, { link: target }]),
  ]);
}
