/** One stack for the tests of a file. */
import { afterAll, beforeAll } from '@jest/globals';
import { temporaryFolder } from './folders.ts';
import { Product } from './product.ts';

export function productForSuite({
  environment = {},
  flags = [],
  home = temporaryFolder('flotilla-home'),
}: { environment?: NodeJS.ProcessEnv; flags?: string[]; home?: string } = {}): Product {
  const product = new Product(home, environment);
  beforeAll(() => product.start(flags));
  afterAll(() => product.stop());
  return product;
}
