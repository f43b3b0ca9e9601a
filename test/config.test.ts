import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../src/config.ts';

test('what is set but empty is not set', () => {
  const { setting, slots } = loadConfig({ OPENAI_API_KEY: ' ', OPENAI_BASE_URL: '', FLOTILLA_SLOTS: '' });
  expect([setting('OPENAI_API_KEY'), setting('OPENAI_BASE_URL'), slots]).toEqual([undefined, undefined, 100]);
});

test.each([
  ['FLOTILLA_SLOTS', 'many'],
  ['FLOTILLA_DRAIN_SECONDS', '-1'],
  ['OPENAI_BASE_URL', 'somewhere'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => loadConfig({ [name]: value })).toThrow(ConfigError);
  expect(() => loadConfig({ [name]: value })).toThrow(name);
});

test.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])('CI=%s means %s', (value, isCi) => expect(loadConfig({ CI: value }).isCi).toBe(isCi));
