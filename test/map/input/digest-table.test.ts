import { expect, test } from '@jest/globals';
import { DigestTable } from '../../../src/map/input/digest-table.ts';

/** Among so many texts, about ten pairs have the first 32 bits of their digests in common. */
const TEXTS = 300_000;

test('a table of digests tells each of many texts apart, and finds each again with its first number', () => {
  const digests = new DigestTable(16);
  let repeated = 0;
  for (let index = 0; index < TEXTS; index += 1) {
    if (digests.claim(`text ${index}`, index) !== null) repeated += 1;
  }
  expect(repeated).toBe(0);
  const found = Array.from({ length: TEXTS }, (_, index) => digests.claim(`text ${index}`, 7));
  expect(found.every((number, index) => number === index)).toBe(true);
});
