/** The journaled call as a worker makes it, for tests and for the processes that they start. */
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { type CallerParts, ModelCaller } from '../../src/model/journaled-call.ts';
import { Limiter } from '../../src/model/limiter.ts';
import { Providers } from '../../src/model/providers.ts';
import type { Store } from '../../src/store/store.ts';

/** Every provider at one address; `most` calls at once, as the gate lets through. */
export function callerOf(
  store: Store,
  baseUrl: string,
  most = 100,
  parts: Partial<Pick<CallerParts, 'catalogue' | 'withdrawMs'>> = {},
): ModelCaller {
  const { catalogue = loadCatalogue() } = parts;
  const setting = (variable: string): string => (variable.endsWith('BASE_URL') ? baseUrl : 'test');
  const limiter = new Limiter({ most, share: 1, now: () => performance.now() });
  return new ModelCaller({ ...parts, store, catalogue, limiter, providers: new Providers(catalogue, setting) });
}
