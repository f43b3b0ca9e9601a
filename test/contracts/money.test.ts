import { expect, test } from '@jest/globals';
import { formatUsd, roughUsd, toMicros } from '../../src/contracts/money.ts';

test.each([
  [0, '$0'],
  [1, '$0.000001'],
  [4200, '$0.0042'],
  [99_999, '$0.099999'],
  [100_000, '$0.10'],
  [1_250_000, '$1.25'],
  [12_345_678_900, '$12345.68'],
])('%i micro-dollars read %s', (micros, text) => {
  expect(formatUsd(micros)).toBe(text);
});

test.each([
  [0, '$0'],
  [4, '$0.000004'],
  [4799, '$0.0048'],
  [42_100, '$0.043'],
  [125_500, '$0.13'],
  [1_000_000, '$1.00'],
  [12_000_001, '$13.00'],
])('%i micro-dollars of an estimate read %s: two digits, rounded up', (micros, text) => {
  expect(roughUsd(micros)).toBe(text);
});

test('dollars become whole micro-dollars', () => {
  expect(toMicros(0.1 + 0.2)).toBe(300_000);
});
