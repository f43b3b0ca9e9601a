/** What measures results against gold, item by item. What it holds is counts, and numbers of items at most. */
import type { Agreement } from '../../../contracts/map-summary.ts';

export interface Comparison {
  /** `result` is undefined where there is none, `gold` where the input has none. */
  add: (result: unknown, gold: string | undefined) => void;
  agreement: () => Agreement;
}

export const share = (part: number, of: number): number | null => (of === 0 ? null : part / of);

export function numberIn(gold: string): number | null {
  const number = gold.trim() === '' ? Number.NaN : Number(gold);
  return Number.isFinite(number) ? number : null;
}
