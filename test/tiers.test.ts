import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadCatalogue } from '../src/catalogue/catalogue.ts';
import { InputInvalid } from '../src/located-yaml.ts';
import { loadTiers as tiersOf } from '../src/tiers.ts';
import { folderWith, temporaryFolder } from './support/folders.ts';

const catalogue = loadCatalogue();
const loadTiers = (file: string) => tiersOf(catalogue, file);
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
  ['an effort that its model lacks', 'mini:\n  effort: max\n', 'line 2: mini.effort: gpt-5.4-mini has no effort "max"'],
  ['more output than its model writes', 'nano:\n  maxOutputTokens: 500000\n', 'line 2'],
  ['a background that its provider lacks', 'mini:\n  model: claude-opus-5-5\n  background: true\n', 'line 3'],
  ['broken YAML', 'mini: [', 'Flow'],
])('a tiers file with %s is refused by name', (_, text, named) => {
  expect(() => loadTiers(tiersFile(text))).toThrow(InputInvalid);
  expect(() => loadTiers(tiersFile(text))).toThrow(named);
});

test('a tiers file that is not there is named', () => {
  expect(() => loadTiers(join(temporaryFolder(), 'none.yaml'))).toThrow(/tiers file .*none\.yaml/);
});

test('a model of another provider brings its provider, and only what it can do', () => {
  const { mini } = loadTiers(tiersFile('mini:\n  model: claude-opus-5-5\n'));
  expect(mini).toMatchObject({ provider: 'anthropic', effort: 'none', background: false });
  expect(mini.capabilities).toContain('tools');
});
