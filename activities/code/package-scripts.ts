/**
 * A `package.json` is changed for good reasons, and holds what `npm test` runs: what is judged has its scripts and the settings of its test runners as they
 * were, and the rest as it is.
 */
import type { FrozenFile, Manifest } from '../../src/contracts/workspace.ts';
import type { Blobs } from '../../src/store/blobs.ts';

/** Keys under which test runners and what they load are set. */
const KEPT_KEYS = ['scripts', 'jest', 'mocha', 'ava', 'tap', 'c8', 'nyc', 'vitest', 'babel', 'browserslist'];

type Package = Record<string, unknown>;

export async function withScriptsFrom(blobs: Blobs, origin: Manifest, judged: Manifest): Promise<Manifest> {
  const before = new Map(origin.files.filter(isPackage).map((file) => [file.path, file]));
  const files = await Promise.all(
    judged.files.map(async (file) => {
      const was = before.get(file.path);
      return was && was.blob !== file.blob ? kept(blobs, was, file) : file;
    }),
  );
  return { ...judged, files };
}

const isPackage = ({ path, isBinary }: FrozenFile): boolean => /(?:^|\/)package\.json$/.test(path) && !isBinary;

/** One that can't be read any more is judged as it is: nothing runs by it. */
async function kept(blobs: Blobs, was: FrozenFile, is: FrozenFile): Promise<FrozenFile> {
  const [old, now] = await Promise.all([was, is].map(({ blob }) => packageIn(blobs, blob)));
  if (!old || !now) return is;
  const own = Object.entries(now).filter(([key]) => !KEPT_KEYS.includes(key));
  const settings = KEPT_KEYS.flatMap((key) => (key in old ? [[key, old[key]] as const] : []));
  const text = `${JSON.stringify(Object.fromEntries([...own, ...settings]), null, 2)}\n`;
  return { ...is, blob: await blobs.put(text), bytes: Buffer.byteLength(text) };
}

async function packageIn(blobs: Blobs, ref: string): Promise<Package | null> {
  try {
    const value: unknown = JSON.parse(await blobs.getText(ref));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Package) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
