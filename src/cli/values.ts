/** What flags take: text → value, or a word on what it has to be. */
import { InvalidArgumentError } from 'commander';

const WHOLE = /^\d+$/;
const POSITIVE = /^\d+(\.\d+)?$/;
const SIGNED = /^-?\d+(\.\d+)?$/;

function number(what: string, isValid: (value: number) => boolean, form = POSITIVE): (text: string) => number {
  return (text) => {
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (isValid(value)) return value;
    throw new InvalidArgumentError(`It is ${what}.`);
  };
}

const whole = (what: string, least: number, most: number) =>
  number(what, (value) => value >= least && value <= most, WHOLE);

/** For a flag that may be said more than once. */
export const collect = (text: string, before: string[] = []): string[] => [...before, text];

export const port = whole('a port: 0 to 65535', 0, 65_535);
export const usd = number(
  'an amount in US dollars above 0 and at most 1000000, like 2.50',
  (value) => value > 0 && value <= 1_000_000,
);
export const threshold = number(
  'an amount in US dollars from 0 to 1000000, like 2.50',
  (value) => value >= 0 && value <= 1_000_000,
);
export const amount = whole('a whole number from 1 to 1000000000000', 1, 1e12);
export const hours = number('a number of hours above 0 and at most 100000', (value) => value > 0 && value <= 100_000);
export const slots = whole('a number from 1 to 256', 1, 256);
export const seconds = number('a number of seconds', (value) => value <= 3600);
export const milliseconds = number('a number of milliseconds', (value) => value <= 600_000);
export const limit = whole('a number from 1 to 1000', 1, 1000);
export const confidence = number('a confidence from 0 to 1, like 0.8', (value) => value <= 1);
export const pack = whole('a number of items from 1 to 50', 1, 50);
export const comparisons = number('a number from 0 to 20', (value) => value <= 20);
export const score = number('a number, like 10 or -0.5', Number.isFinite, SIGNED);
