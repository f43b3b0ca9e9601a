import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../src/config.ts';

test('what is set but empty is not set', () => {
  const { model, slots, healthPort } = loadConfig({ OPENAI_API_KEY: ' ', OPENAI_BASE_URL: '', FLOTILLA_SLOTS: '' });
  expect({ ...model, slots, healthPort }).toEqual({
    apiKey: undefined,
    baseUrl: undefined,
    slots: 100,
    healthPort: undefined,
  });
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
