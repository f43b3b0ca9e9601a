/**
 * The models that the product knows by figures, and who serves them. Data: no code names a model. What is not here has no price, and what
 * has no price can't be capped, so it is not called.
 */
import { fileURLToPath } from 'node:url';
import type { Capability } from '../contracts/kinds.ts';
import type { PlanProblem } from '../contracts/parse-plan.ts';
import { InputInvalid, readLocated } from '../located-yaml.ts';
import { type CatalogueFile, CatalogueFileSchema, type ModelFigures, type ProviderFigures } from './schema.ts';

export type { ModelFigures, ProviderFigures } from './schema.ts';

/** Whatever a row says: chat/completions has no place for these. */
const RESPONSES_ONLY = new Set<Capability>(['background', 'serverState', 'computer', 'toolSearch', 'batch']);

const BUILT_IN = fileURLToPath(new URL('./models.yaml', import.meta.url));

export class Catalogue {
  readonly models: readonly ModelFigures[];
  readonly providers: readonly ProviderFigures[];

  constructor({ models, providers }: CatalogueFile) {
    this.providers = providers;
    this.models = models.map((model) => {
      const isChat = providers.some(({ id, protocol }) => id === model.provider && protocol === 'chat');
      return isChat
        ? { ...model, capabilities: model.capabilities.filter((each) => !RESPONSES_ONLY.has(each)) }
        : model;
    });
  }

  /** The figures of a model, or of the model that a dated snapshot (`gpt-5.4-2026-03-05`) belongs to. */
  figuresOf(model: string): ModelFigures | undefined {
    return this.models.find(({ id }) => id === model) ?? this.models.find(({ id }) => isSameModel(id, model));
  }

  /** OpenAI's models count their tokens by o200k; how others count is not published. */
  countsByO200k(provider: string): boolean {
    return this.provider(provider).protocol === 'responses';
  }

  /** Contract: the name is one that a row of this catalogue has. */
  provider(id: string): ProviderFigures {
    const provider = this.providers.find((candidate) => candidate.id === id);
    if (!provider) throw new Error(`There is no provider "${id}". Known are: ${namesOf(this.providers)}.`);
    return provider;
  }
}

/** The built-in catalogue with a user's file laid over it, row by row. Throws `InputInvalid` with the lines of what is wrong. */
export function loadCatalogue(file?: string): Catalogue {
  const { value: builtIn } = readLocated(BUILT_IN, CatalogueFileSchema, 'catalogue');
  if (file === undefined) return new Catalogue(builtIn);
  const { value: own, describe } = readLocated(file, CatalogueFileSchema, 'catalogue');
  const catalogue = new Catalogue({
    providers: laidOver(builtIn.providers, own.providers),
    models: laidOver(builtIn.models, own.models),
  });
  const problems = [
    ...rowsTwice('providers', own.providers),
    ...rowsTwice('models', own.models),
    ...unknownProviders(own, catalogue),
  ];
  if (problems.length > 0) throw new InputInvalid(describe(problems));
  return catalogue;
}

/** I11: the model that was asked for, or a dated snapshot of it (`gpt-5.4-2026-03-05`, `claude-haiku-4-5-20251001`). */
export function isSameModel(asked: string, answered: string): boolean {
  if (answered === asked) return true;
  return answered.startsWith(`${asked}-`) && SNAPSHOT.test(answered.slice(asked.length + 1));
}

const SNAPSHOT = /^20\d{2}(-?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])$/;

function unknownProviders({ models }: CatalogueFile, { providers }: Catalogue): PlanProblem[] {
  return models.flatMap(({ id, provider }, index) => {
    if (providers.some((known) => known.id === provider)) return [];
    const message = `"${id}" names the provider "${provider}", which is not known (known are: ${namesOf(providers)})`;
    return [{ path: ['models', index, 'provider'], message }];
  });
}

function rowsTwice(list: 'providers' | 'models', rows: { id: string }[]): PlanProblem[] {
  return rows.flatMap(({ id }, index) => {
    const isFirst = rows.findIndex((row) => row.id === id) === index;
    return isFirst ? [] : [{ path: [list, index, 'id'], message: `there is a row "${id}" already` }];
  });
}

function laidOver<Row extends { id: string }>(rows: Row[], own: Row[]): Row[] {
  const kept = rows.filter(({ id }) => !own.some((row) => row.id === id));
  return [...kept, ...own];
}

const namesOf = (rows: readonly { id: string }[]): string => rows.map(({ id }) => id).join(', ');
