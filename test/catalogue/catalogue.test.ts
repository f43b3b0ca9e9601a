/** The catalogue: what ships in it, what a file of the user's changes, and which names are one model. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isSameModel, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { EFFORTS } from '../../src/contracts/model.ts';
import { InputInvalid } from '../../src/located-yaml.ts';
import { costMicros } from '../../src/pricing.ts';
import { loadTiers } from '../../src/tiers.ts';
import { folderWith } from '../support/folders.ts';

const builtIn = loadCatalogue();
const written = (text: string, name = 'models.yaml'): string => join(folderWith({ [name]: text }), name);
const withFile = (text: string) => loadCatalogue(written(text));

describe('what ships', () => {
  test('has the prices of the first three as they were published', () => {
    const pricesOf = (model: string) => builtIn.figuresOf(model)?.prices;
    expect(pricesOf('gpt-5.4')).toEqual({ input: 2.5, cachedInput: 0.25, output: 15 });
    expect(pricesOf('gpt-5.4-mini')).toEqual({ input: 0.75, cachedInput: 0.075, output: 4.5 });
    expect(pricesOf('gpt-5.4-nano')).toEqual({ input: 0.2, cachedInput: 0.02, output: 1.25 });
  });

  test('has the solve rates of the first three as they were published', () => {
    const ratesOf = (model: string) => Object.values(builtIn.figuresOf(model)?.solveRates ?? {});
    // SWE-Bench Pro, MCP Atlas, GPQA Diamond, OSWorld-Verified.
    expect(ratesOf('gpt-5.4')).toEqual([57.7, 67.2, 93, 75]);
    expect(ratesOf('gpt-5.4-mini')).toEqual([54.4, 57.7, 88, 72.1]);
    expect(ratesOf('gpt-5.4-nano')).toEqual([52.4, 56.1, 82.8, 39]);
  });

  test('has what limits the first three', () => {
    expect(builtIn.figuresOf('gpt-5.4')).toMatchObject({
      longContext: { aboveTokens: 272_000, inputFactor: 2, outputFactor: 1.5 },
      batchFactor: 0.5,
      contextTokens: 1_050_000,
      maxInputTokens: 922_000,
      maxOutputTokens: 128_000,
    });
    expect(builtIn.figuresOf('gpt-5.4-nano')).toMatchObject({ contextTokens: 400_000, shutdown: '2027-04-01' });
    expect(builtIn.figuresOf('gpt-5.4-nano')?.capabilities).not.toContain('computer');
  });

  test('names each model and provider once', () => {
    for (const rows of [builtIn.models, builtIn.providers]) {
      const ids = rows.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  test.each(builtIn.models.map((model) => [model.id, model] as const))('%s is whole and plausible', (_, model) => {
    const { provider, prices, efforts, capabilities, source, contextTokens, maxInputTokens, maxOutputTokens } = model;
    expect(isSameModel(model.id, model.snapshot ?? model.id)).toBe(true);
    expect(builtIn.provider(provider).id).toBe(provider);
    expect(source).toMatch(/^\[[DS]\] /);
    expect(prices.cachedInput).toBeLessThanOrEqual(prices.input);
    expect(prices.input).toBeLessThan(prices.output);
    expect(prices.cacheWrite ?? prices.input).toBeGreaterThanOrEqual(prices.input);
    expect(efforts).toEqual(EFFORTS.filter((effort) => efforts.includes(effort)));
    expect(new Set(capabilities).size).toBe(capabilities.length);
    expect(maxInputTokens).toBeLessThanOrEqual(contextTokens);
    expect(maxOutputTokens).toBeLessThanOrEqual(contextTokens);
  });

  test('has a key for each provider that is not on this machine, and none for the others', () => {
    for (const { id, baseUrl, keyVariable } of builtIn.providers) {
      expect([id, keyVariable !== undefined]).toEqual([id, new URL(baseUrl).hostname !== '127.0.0.1']);
    }
  });
});

describe('a name', () => {
  test.each([
    ['gpt-5.4', 'gpt-5.4'],
    ['gpt-5.4', 'gpt-5.4-2026-03-05'],
    ['claude-haiku-4-5', 'claude-haiku-4-5-20251001'],
  ])('%s is also %s', (asked, answered) => expect(isSameModel(asked, answered)).toBe(true));

  test.each([
    ['gpt-5.4', 'gpt-5.4-mini'],
    ['gpt-5.4', 'gpt-5.4-mini-2026-03-17'],
    ['gpt-5.4-2026-03-05', 'gpt-5.4'],
    ['gpt-5.4', 'gpt-5.4-2026-03-05-preview'],
    ['gpt-5.4', 'gpt-5.42026-03-05'],
    ['gpt-5.4', 'gpt-5.4-12345678'],
    ['gpt-5.4', 'gpt-5.4-2026-0305'],
    ['claude-opus-4', 'claude-opus-4-5-20251101'],
  ])('%s is not %s', (asked, answered) => expect(isSameModel(asked, answered)).toBe(false));

  test('of a dated snapshot has the figures of its model; an unknown one has none', () => {
    expect(builtIn.figuresOf('gpt-5.4-mini-2026-03-17')?.id).toBe('gpt-5.4-mini');
    expect(builtIn.figuresOf('gpt-5.4-2026-03-05')?.id).toBe('gpt-5.4');
    expect(builtIn.figuresOf('gpt-5')).toBeUndefined();
  });
});

const FIGURES = `
    contextTokens: 32768
    maxInputTokens: 32768
    maxOutputTokens: 8192
    efforts: [none]
    source: ours`;
const LOCAL = `
  - id: Qwen/Qwen3-8B
    provider: vllm
    prices: { input: 0, cachedInput: 0, output: 0 }
    capabilities: [tools, strictSchema]${FIGURES}
`;

describe('a file of the user’s', () => {
  test('adds a model of a server of theirs, at no price, and a tier can use it', () => {
    const catalogue = withFile(`models:${LOCAL}`);
    const figures = catalogue.figuresOf('Qwen/Qwen3-8B');
    expect(figures).toMatchObject({ provider: 'vllm' });
    const usage = { inputTokens: 9e5, cachedInputTokens: 0, outputTokens: 9e5, reasoningTokens: 0 };
    expect(figures && costMicros(figures, usage)).toBe(0);
    const tiers = loadTiers(catalogue, written('nano:\n  model: Qwen/Qwen3-8B\n', 'tiers.yaml'));
    expect(tiers.nano).toMatchObject({ provider: 'vllm', effort: 'none', maxOutputTokens: 4000, background: false });
    expect(catalogue.models).toHaveLength(builtIn.models.length + 1);
  });

  test('adds a provider, which its models may name', () => {
    const provider = '{ id: gateway, protocol: chat, baseUrl: "https://models.example/v1", keyVariable: GATEWAY_KEY }';
    const catalogue = withFile(`providers:\n  - ${provider}\nmodels:${LOCAL.replace('vllm', 'gateway')}`);
    expect(catalogue.provider('gateway')).toMatchObject({ keyVariable: 'GATEWAY_KEY' });
    expect(catalogue.provider('openai')).toEqual(builtIn.provider('openai'));
  });

  test('replaces a row whole, and leaves the others', () => {
    const row = LOCAL.replace('Qwen/Qwen3-8B', 'gpt-5.4-nano').replace('vllm', 'openai');
    const catalogue = withFile(`models:${row}`);
    expect(catalogue.figuresOf('gpt-5.4-nano')?.prices.input).toBe(0);
    expect(catalogue.figuresOf('gpt-5.4-nano')).not.toHaveProperty('shutdown');
    expect(catalogue.models).toHaveLength(builtIn.models.length);
    expect(catalogue.figuresOf('gpt-5.4')).toEqual(builtIn.figuresOf('gpt-5.4'));
  });

  test('moves a provider to another address or protocol; over chat its models lose what chat has no place for', () => {
    const catalogue = withFile('providers:\n  - { id: openai, protocol: chat, baseUrl: "http://127.0.0.1:4000" }\n');
    expect(catalogue.provider('openai').baseUrl).toBe('http://127.0.0.1:4000');
    expect(catalogue.figuresOf('gpt-5.4')?.capabilities).toEqual(['tools', 'strictSchema', 'images', 'flex']);
    expect(loadTiers(catalogue).manager.background).toBe(false);
  });

  test('can’t give a chat server a background, whatever its row says', () => {
    const catalogue = withFile(`models:${LOCAL.replace('strictSchema', 'background')}`);
    const tiers = written('mini:\n  model: Qwen/Qwen3-8B\n  background: true\n', 'tiers.yaml');
    expect(() => loadTiers(catalogue, tiers)).toThrow(/line 3: .*vllm can't run Qwen\/Qwen3-8B in the background/);
  });

  test.each<[string, string, RegExp]>([
    [
      'an unknown provider',
      `models:${LOCAL.replace('vllm', 'nobody')}`,
      /line 3: models\[0\]\.provider: "Qwen\/Qwen3-8B" names the provider "nobody", which is not known \(known are: openai, /,
    ],
    [
      'a price below nothing',
      `models:${LOCAL.replace('output: 0', 'output: -1')}`,
      /line 4: models\[0\]\.prices\.output: /,
    ],
    [
      'an unknown capability',
      `models:${LOCAL.replace('tools,', 'telepathy,')}`,
      /line 5: models\[0\]\.capabilities\[0\]: /,
    ],
    ['an unknown effort', `models:${LOCAL.replace('[none]', '[some]')}`, /line 9: models\[0\]\.efforts\[0\]: /],
    ['no source', `models:${LOCAL.replace('source: ours', '')}`, /line 2: models\[0\]\.source: /],
    ['an unknown key', `models:${LOCAL}    colour: red\n`, /line 11: models\[0\]\.colour: Unrecognized key: "colour"/],
    ['a model twice', `models:${LOCAL}${LOCAL}`, /models\[1\]\.id: there is a row "Qwen\/Qwen3-8B" already/],
    [
      'an address that is none',
      'providers:\n  - { id: a, protocol: chat, baseUrl: here }\n',
      /line 2: providers\[0\]\.baseUrl: /,
    ],
    [
      'a file as address',
      'providers:\n  - { id: a, protocol: chat, baseUrl: "file:///etc" }\n',
      /line 2: providers\[0\]\.baseUrl: /,
    ],
    [
      'an unknown protocol',
      'providers:\n  - { id: a, protocol: grpc, baseUrl: "http://a" }\n',
      /line 2: providers\[0\]\.protocol: /,
    ],
    [
      'a key in place of its variable',
      'providers:\n  - { id: a, protocol: chat, baseUrl: "http://a", keyVariable: sk-123 }\n',
      /line 2: providers\[0\]\.keyVariable: /,
    ],
    ['broken YAML', 'models: [', /is not valid YAML or JSON/],
  ])('with %s is refused with its line', (_, text, problem) => {
    expect(() => withFile(text)).toThrow(InputInvalid);
    expect(() => withFile(text)).toThrow(/^The catalogue file .*models\.yaml /);
    expect(() => withFile(text)).toThrow(problem);
  });
});
