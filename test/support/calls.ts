/** What reached the stand-in for one objective. */
import type { Product } from './product.ts';

export interface CallSeen {
  /** The call key without the objective: `dangerous/1/2/turn`. */
  address: string;
  model: string;
}

export function callsOf(product: Product, objectiveId: string): CallSeen[] {
  return product.standIn.log.creates
    .filter(({ callKey }) => callKey.startsWith(`${objectiveId}/`))
    .map(({ callKey, model }) => ({ address: callKey.slice(objectiveId.length + 1), model }));
}

export const addressesOf = (product: Product, objectiveId: string): string[] =>
  callsOf(product, objectiveId).map(({ address }) => address);

let named = 0;

/** An id that no other test of the file has. */
export const newId = (name: string): string => `${name}-${(named += 1)}`;
