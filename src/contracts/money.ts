/** Money in words. Amounts are integer micro-dollars everywhere else. */
const MICROS = 1_000_000;

/** `$1.25`; amounts under ten cents keep their digits: `$0.0042`. */
export function formatUsd(micros: number): string {
  const usd = micros / MICROS;
  if (Math.abs(micros) >= MICROS / 10) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(6).replace(/0+$/, '').replace(/\.$/, '')}`;
}

export const toMicros = (usd: number): number => Math.round(usd * MICROS);
export const toUsd = (micros: number): number => micros / MICROS;
