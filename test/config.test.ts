import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../src/config.ts';

test('what is set but empty is not set', () => {
  const { setting, slots } = loadConfig({ OPENAI_API_KEY: ' ', OPENAI_BASE_URL: '', FLOTILLA_SLOTS: '' });
  expect([setting('OPENAI_API_KEY'), setting('OPENAI_BASE_URL'), slots]).toEqual([undefined, undefined, 100]);
});

test.each([
  ['FLOTILLA_SLOTS', 'many'],
  ['FLOTILLA_DRAIN_SECONDS', '-1'],
  ['FLOTILLA_SANDBOX', 'off'],
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

test('pods lie where their user can reach them: in the home, or for root outside of it', () => {
  const { podsFolder } = loadConfig({ FLOTILLA_HOME: '/home/somebody/.flotilla' });
  if (process.getuid?.() === 0) expect(podsFolder).toMatch(/^\/var\/tmp\/flotilla-[0-9a-f]{12}$/);
  else expect(podsFolder).toBe('/home/somebody/.flotilla/pods');
  expect(loadConfig({ FLOTILLA_PODS: '/srv/pods' }).podsFolder).toBe('/srv/pods');
});

test('folders of toolchains are listed as on PATH, each once; a relative one is left to be refused where it is used', () => {
  expect(loadConfig({}).podPaths).toEqual([]);
  expect(loadConfig({ FLOTILLA_POD_PATHS: '/opt/go/:: /opt/go :tools' }).podPaths).toEqual(['/opt/go', 'tools']);
});
