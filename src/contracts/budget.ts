/** What is asked of a budget and what it answers with. Free of zod: Workflows load it. */
import type { Amounts, Unit } from './amounts.ts';

/** What is added to the caps that an objective has. */
export type BudgetIncrease = Partial<Amounts>;

/** What a person sends: amounts, and time in milliseconds. */
export interface BudgetRaiseMessage {
  by: BudgetIncrease;
  wallMs?: number;
}

/** `key`: raising twice with one is raising once. */
export interface BudgetRaise {
  objectiveId: string;
  by: BudgetIncrease;
  key: string;
}

/** One unit of an account: settled + reserved + in doubt ≤ cap (I4). Null: no cap. */
export interface Meter {
  cap: number | null;
  settled: number;
  reserved: number;
  inDoubt: number;
}

export type BudgetState = Record<Unit, Meter>;

const HOUR_MS = 3_600_000;

/** People say how many hours; whole milliseconds are kept. */
export const hoursToMs = (hours: number): number => Math.round(hours * HOUR_MS);
export const msToHours = (ms: number): number => ms / HOUR_MS;

/** What is wrong with it; null where nothing is. Amounts are whole and not negative, and something is raised. */
export function problemOfRaise({ by, wallMs = 0 }: BudgetRaiseMessage): string | null {
  const amounts = [...Object.values(by), wallMs];
  if (!amounts.every((amount) => Number.isSafeInteger(amount) && amount >= 0))
    return 'A raise is whole numbers (micro-dollars, tokens, calls, quota units, milliseconds), none of them below 0.';
  return amounts.some((amount) => amount > 0) ? null : 'A raise of nothing changes nothing.';
}
