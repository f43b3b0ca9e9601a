/** What `flotilla up` wants before it starts anything: a key for each provider that its workers call. */
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { Context } from '../../src/cli/context.ts';
import { assertReachable, playedKey, providersOf } from '../../src/cli/model-access.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { loadConfig } from '../../src/config.ts';
import { type Tier, TIERS } from '../../src/contracts/addresses.ts';
import { folderWith } from '../support/folders.ts';

const written = (name: string, value: object): string => join(folderWith({ [name]: JSON.stringify(value) }), name);

/** `mixed`: Claude on mini, a server of one's own on nano. */
const figures = {
  contextTokens: 9000,
  maxInputTokens: 9000,
  maxOutputTokens: 4000,
  efforts: ['none'],
  capabilities: [],
};
const local = { id: 'local-model', provider: 'vllm', prices: { input: 0, cachedInput: 0, output: 0 }, source: 'ours' };
const mixed = {
  FLOTILLA_MODELS: written('models.json', { models: [{ ...local, ...figures }] }),
  FLOTILLA_TIERS: written('tiers.json', { mini: { model: 'claude-opus-5-5' }, nano: { model: 'local-model' } }),
};

function setup(environment: NodeJS.ProcessEnv) {
  let printed = '';
  const out = new Writable({
    write(text: Buffer, _encoding, done) {
      printed += text.toString();
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  const context: Context = { config: loadConfig(environment), terminal: new Terminal(out, out), environment };
  const assert = (standIn: boolean, workers: Tier[] = [...TIERS]) =>
    assertReachable(context, standIn, providersOf(context, workers));
  return { context, assert, printed: () => printed };
}

describe('a stack', () => {
  test('starts with every key that its tiers need, and with none for a server that asks for none', () => {
    const { assert, printed } = setup({ ...mixed, OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b' });
    assert(false);
    expect(printed()).toBe('');
  });

  test('is refused with every missing key at once, by variable, provider and tier', () => {
    const { assert } = setup(mixed);
    expect(() => assert(false)).toThrow(
      /^OPENAI_API_KEY is not set: the provider "openai" of the tier manager .*--stand-in.*\nANTHROPIC_API_KEY is not set: the provider "anthropic" of the tier mini /,
    );
  });

  test('needs the keys of its own workers alone', () => {
    const { assert } = setup(mixed);
    expect(() => assert(false, ['nano'])).not.toThrow();
    expect(() => assert(false, ['mini', 'nano'])).toThrow(/^ANTHROPIC_API_KEY [^\n]*$/);
  });

  test('with the stand-in needs no key of OpenAI', () => {
    const { assert, printed } = setup({});
    assert(true);
    expect(printed()).toBe('');
  });

  test('with the stand-in still needs the other keys, and says so', () => {
    expect(() => setup(mixed).assert(true)).toThrow(/^ANTHROPIC_API_KEY [^\n]*The stand-in plays "openai" alone\.$/);
  });

  test('with the stand-in says which tiers really call somebody', () => {
    const { assert, printed } = setup({ ...mixed, ANTHROPIC_API_KEY: 'b' });
    assert(true);
    expect(printed()).toMatch(/not play the provider "anthropic": the tier mini really calls it/);
    expect(printed()).toMatch(/not play the provider "vllm": the tier nano /);
    expect(printed()).not.toContain('openai');
  });

  test('whose OpenAI is found elsewhere than the stand-in would be is not played', () => {
    const moved = {
      id: 'openai',
      protocol: 'responses',
      baseUrl: 'https://models.example/v1',
      keyVariable: 'OTHER_KEY',
    };
    const models = written('models.json', { providers: [moved] });
    expect(() => setup({ FLOTILLA_MODELS: models }).assert(true)).toThrow(/^OTHER_KEY is not set/);
  });
});

test('npm start takes the stand-in for a key of OpenAI alone, where a tier needs it', () => {
  const needs = (environment: NodeJS.ProcessEnv, workers: Tier[] = [...TIERS]) =>
    playedKey(setup(environment).context, workers);
  expect(needs({})).toBe('OPENAI_API_KEY');
  expect(needs({ OPENAI_API_KEY: 'a' })).toBeUndefined();
  expect(needs(mixed)).toBe('OPENAI_API_KEY');
  expect(needs(mixed, ['mini', 'nano'])).toBeUndefined();
});
