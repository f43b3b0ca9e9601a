/** Inputs of maps out of texts, and what was frozen of them. */
import { type Item, ItemSchema, ItemsManifestSchema, type MapInput } from '../../src/contracts/map.ts';
import { freezeItems, type FreezeOptions } from '../../src/map/input/freeze-items.ts';
import type { ItemSource, TableFormat } from '../../src/map/input/source.ts';
import { Blobs } from '../../src/store/blobs.ts';
import { memoryFolder } from './folders.ts';

/** A table of these bytes, in chunks of a size that cuts through everything. */
export function table(format: TableFormat, content: string | Buffer, chunkBytes = 7): ItemSource {
  const bytes = Buffer.from(content);
  async function* open(): AsyncGenerator<Buffer> {
    for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
  }
  const path = `data.${format}`;
  return { format, path, file: { path, open } };
}

export async function frozenItems(
  source: ItemSource,
  input: Partial<MapInput> = {},
  bounds: FreezeOptions['bounds'] = {},
) {
  const blobs = new Blobs(memoryFolder('flotilla-items'));
  const frozen = await freezeItems(blobs, source, { path: source.path, ...input }, { bounds });
  const manifest = await blobs.getJson(frozen.itemsRef, ItemsManifestSchema);
  const items: Item[] = [];
  for (const { ref } of manifest.shards) items.push(...(await itemsIn(blobs, ref)));
  return { ...frozen, manifest, items, blobs };
}

async function itemsIn(blobs: Blobs, ref: string): Promise<Item[]> {
  const lines = (await blobs.getText(ref)).trimEnd().split('\n');
  return lines.map((line) => ItemSchema.parse(JSON.parse(line)));
}
