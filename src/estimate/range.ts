/** Arithmetic on ranges. Each keeps low ≤ likely ≤ high where its operands do. */
import type { Range } from '../contracts/estimate.ts';

export const NOTHING: Range = { low: 0, likely: 0, high: 0 };

export const add = (a: Range, b: Range): Range => ({
  low: a.low + b.low,
  likely: a.likely + b.likely,
  high: a.high + b.high,
});

export const times = (range: Range, count: Range): Range => ({
  low: range.low * count.low,
  likely: range.likely * count.likely,
  high: range.high * count.high,
});

export const sum = (ranges: Range[]): Range => ranges.reduce(add, NOTHING);

export const each = (of: (which: keyof Range) => number): Range => ({
  low: of('low'),
  likely: of('likely'),
  high: of('high'),
});

export const most = (range: Range, bound: number): Range => each((which) => Math.min(range[which], bound));

/** Whole numbers, so that sums of parts are the sums that are shown. */
export const whole = (range: Range): Range => each((which) => Math.round(range[which]));
