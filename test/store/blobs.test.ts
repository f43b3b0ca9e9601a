import { readdirSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { Blobs, refOf } from '../../src/store/blobs.ts';
import { temporaryFolder } from '../support/folders.ts';

async function* pieces(...texts: string[]): AsyncIterable<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

describe('an object', () => {
  test('is found by the hash of its bytes, however it was put', async () => {
    const blobs = new Blobs(temporaryFolder());
    const ref = await blobs.put('hello world');
    expect(ref).toBe(refOf('hello world'));
    expect(await blobs.putStream(pieces('hello ', 'world'))).toEqual({ ref, bytes: 11 });
    expect(await blobs.getText(ref)).toBe('hello world');
    expect(await blobs.getJson(await blobs.putJson({ a: 1 }), z.object({ a: z.number() }))).toEqual({ a: 1 });
  });

  test('put a hundred times at once is one object', async () => {
    const blobs = new Blobs(temporaryFolder());
    const refs = await Promise.all(Array.from({ length: 100 }, () => blobs.put('same')));
    expect(new Set(refs).size).toBe(1);
    expect(await blobs.getText(refs[0] ?? '')).toBe('same');
  });

  test('whose bytes were changed on disk is refused by name, never used', async () => {
    const blobs = new Blobs(temporaryFolder());
    const ref = await blobs.put('original');
    chmodSync(blobs.pathOf(ref), 0o644);
    writeFileSync(blobs.pathOf(ref), 'tampered');
    await expect(blobs.get(ref)).rejects.toMatchObject({ type: 'StoreCorrupt' });
  });

  test('that is missing is a failure that names it', async () => {
    const blobs = new Blobs(temporaryFolder());
    await expect(blobs.get(refOf('never put'))).rejects.toMatchObject({ type: 'StoreCorrupt' });
  });

  test('of a stream that breaks leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const blobs = new Blobs(folder);

    async function* breaking(): AsyncIterable<Buffer> {
      throw new Error('the source is gone');
    }
    async function* breakingHalfway(): AsyncIterable<Buffer> {
      yield Buffer.from('half');
      throw new Error('the source is gone');
    }
    // One after the other, so that making and removing a file have threads free to race on.
    for (let n = 0; n < 400; n += 1) {
      await expect(blobs.putStream(breaking())).rejects.toThrow('the source is gone');
      await expect(blobs.putStream(breakingHalfway())).rejects.toThrow('the source is gone');
    }
    expect(readdirSync(join(folder, 'incoming'))).toEqual([]);
  });
});
