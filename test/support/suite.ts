/** One stack for the tests of a file. */
import { afterAll, beforeAll } from '@jest/globals';
import type { StandInOptions } from '../../src/standin/server.ts';
import { temporaryFolder } from './folders.ts';
import { Product } from './product.ts';

export function productForSuite({
  environment = {},
  flags = [],
  home = temporaryFolder('flotilla-home'),
  standIn = {},
}: { environment?: NodeJS.ProcessEnv; flags?: string[]; home?: string; standIn?: StandInOptions } = {}): Product {
  const product = new Product(home, environment, standIn);
  beforeAll(() => product.start(flags));
  afterAll(() => product.stop());
  return product;
}
