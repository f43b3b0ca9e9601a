/** Money and other amounts in words. Money is integer micro-dollars everywhere else. */
import type { Unit } from './amounts.ts';

const MICROS = 1_000_000;

/** `$1.25`; amounts under ten cents keep their digits: `$0.0042`. */
export function formatUsd(micros: number): string {
  const usd = micros / MICROS;
  if (Math.abs(micros) >= MICROS / 10) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(6).replace(/0+$/, '').replace(/\.$/, '')}`;
}

/** Two digits, rounded up: an estimate is not to be read as a bill. */
export function roughUsd(micros: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, micros))) - 1);
  return formatUsd(Math.ceil(micros / unit) * unit);
}

export const toMicros = (usd: number): number => Math.round(usd * MICROS);
export const toUsd = (micros: number): number => micros / MICROS;

const UNIT_WORDS = { tokens: 'tokens', calls: 'calls', quota: 'quota units' };

/** `$1.25`, `12,000 tokens`. */
export const amountText = (unit: Unit, amount: number): string =>
  unit === 'micros' ? formatUsd(amount) : `${amount.toLocaleString('en-US')} ${UNIT_WORDS[unit]}`;

const WARN_AT = 0.8;

/** Is so much of a cap gone that a person should know? */
export const isNearCap = (spent: number, cap: number): boolean => spent >= cap * WARN_AT;
