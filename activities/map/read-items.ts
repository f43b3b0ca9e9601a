/** Frozen items, and what shards made of them, as they lie in the store: a shard at a time. */
import { type Item, ItemSchema, type ItemsManifest, ItemsManifestSchema } from '../../src/contracts/map.ts';
import { TypedFailure } from '../../src/contracts/typed-failure.ts';
import type { Blobs } from '../../src/store/blobs.ts';

export const manifestOf = (blobs: Blobs, itemsRef: string): Promise<ItemsManifest> =>
  blobs.getJson(itemsRef, ItemsManifestSchema);

export async function shardItems(
  blobs: Blobs,
  { shards }: ItemsManifest,
  shard: number,
): Promise<{ list: Item[]; start: number }> {
  const found = shards[shard];
  if (!found) throw new TypedFailure('StoreCorrupt', `The items have no shard ${shard}.`);
  return { list: (await jsonLines(blobs, found.ref)).map((line) => ItemSchema.parse(line)), start: found.start };
}

export async function jsonLines(blobs: Blobs, ref: string): Promise<unknown[]> {
  const lines = (await blobs.getText(ref)).split('\n');
  return lines.flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]));
}
