/** Where providers are found, whose key is missing, and what is shown of an address. */
import { expect, test } from '@jest/globals';
import { addressOf, lacksKey, providersInForce, shownAddress } from '../../src/catalogue/access.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { fleet } from '../support/builders.ts';

const catalogue = loadCatalogue();
const openai = catalogue.provider('openai');
const setting = (set: Record<string, string>) => (variable: string) => set[variable];

test('a provider is found at its own address, or at the one that the environment names', () => {
  expect(addressOf(openai, setting({}))).toBe('https://api.openai.com/v1');
  expect(addressOf(openai, setting({ OPENAI_BASE_URL: 'http://here/v1' }))).toBe('http://here/v1');
  expect(addressOf(catalogue.provider('google'), setting({ OPENAI_BASE_URL: 'http://here/v1' }))).toMatch(/google/);
});

test('an address that is none is refused by the name of its variable, without its value', () => {
  const asking = () => addressOf(openai, setting({ OPENAI_BASE_URL: 'me:secret@here there' }));
  expect(asking).toThrow(/OPENAI_BASE_URL.*"openai"/);
  expect(asking).not.toThrow(/secret/);
});

test('an address is shown without user, password and query', () => {
  expect(shownAddress('https://me:secret@models.example:8443/v1?key=secret#secret')).toBe(
    'https://models.example:8443/v1',
  );
});

test('a key is missing where the provider asks for one and the environment has none', () => {
  expect(lacksKey(openai, setting({}))).toBe(true);
  expect(lacksKey(openai, setting({ OPENAI_API_KEY: 'k' }))).toBe(false);
  expect(lacksKey(catalogue.provider('vllm'), setting({}))).toBe(false);
});

test('the providers in force are those of the tiers that are asked about, each once', () => {
  const { tiers } = fleet();
  const mixed = { ...tiers, manager: { ...tiers.manager, provider: 'anthropic' } };
  const found = (among?: ('manager' | 'mini' | 'nano')[]) =>
    providersInForce(catalogue, mixed, among).map(({ provider, tiers: used }) => [provider.id, used]);
  expect(found()).toEqual([
    ['anthropic', ['manager']],
    ['openai', ['mini', 'nano']],
  ]);
  expect(found(['nano'])).toEqual([['openai', ['nano']]]);
});
