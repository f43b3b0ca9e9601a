/**
 * What a cap can be put on: money in whole micro-dollars, tokens, model calls, and quota. Quota is counted in tokens of the
 * flagship: a token of a smaller model is a part of one, by the catalogue's `quotaFactor`.
 */
export const UNITS = ['micros', 'tokens', 'calls', 'quota'] as const;
export type Unit = (typeof UNITS)[number];

export type Amounts = Record<Unit, number>;
/** Null: no cap. */
export type Caps = Record<Unit, number | null>;

export const NOTHING: Amounts = { micros: 0, tokens: 0, calls: 0, quota: 0 };

/** An amount of each unit, by what `of` says. */
export const eachUnit = <T>(of: (unit: Unit) => T): Record<Unit, T> => ({
  micros: of('micros'),
  tokens: of('tokens'),
  calls: of('calls'),
  quota: of('quota'),
});

export const plus = (a: Amounts, b: Amounts): Amounts => eachUnit((unit) => a[unit] + b[unit]);
export const minus = (a: Amounts, b: Amounts): Amounts => eachUnit((unit) => a[unit] - b[unit]);
