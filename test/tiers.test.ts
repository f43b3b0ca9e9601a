import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ConfigError } from '../src/config.ts';
import { loadTiers } from '../src/tiers.ts';
import { folderWith, temporaryFolder } from './support/folders.ts';

const tiersFile = (text: string): string => join(folderWith({ 'tiers.yaml': text }), 'tiers.yaml');

test('a tiers file changes what it names and leaves the rest', () => {
  const tiers = loadTiers(tiersFile('mini:\n  effort: high\n'));
  expect(tiers.mini).toMatchObject({ model: 'gpt-5.4-mini', effort: 'high' });
  expect(tiers.manager.model).toBe('gpt-5.4');
});

test.each([
  ['an unknown tier', 'micro:\n  effort: high\n', 'micro'],
  ['an unknown setting', 'mini:\n  temperature: 1\n', 'temperature'],
  ['a model without a known price', 'mini:\n  model: gpt-unheard-of\n', 'gpt-unheard-of'],
  ['broken YAML', 'mini: [', 'Flow'],
])('a tiers file with %s is refused by name', (_, text, named) => {
  expect(() => loadTiers(tiersFile(text))).toThrow(ConfigError);
  expect(() => loadTiers(tiersFile(text))).toThrow(named);
});

test('a tiers file that is not there is named', () => {
  expect(() => loadTiers(join(temporaryFolder(), 'none.yaml'))).toThrow(
    /FLOTILLA_TIERS.*none\.yaml|none\.yaml.*FLOTILLA_TIERS/,
  );
});
