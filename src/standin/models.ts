/**
 * Which models the stand-in serves: those of the catalogue, until their shutdown date once its clock is moved. What a model can do is the
 * provider's knowledge, not the product's: a product that asks for more is to be refused here as it would be there.
 */
import { isSameModel, loadCatalogue } from '../catalogue/catalogue.ts';
import { ApiError } from './http/api-error.ts';
import type { Clock } from './clock.ts';

export interface ServedModel {
  id: string;
  /** The dated id that answers carry; null where there is none. */
  snapshot: string | null;
  /** Null: any. */
  efforts: string[] | null;
  /** Types of tools that it does not have. */
  withoutTools: string[];
  contextTokens: number;
  maxInputTokens: number;
  maxOutputTokens: number;
  shutdown: string | null;
}

type Abilities = Pick<ServedModel, 'snapshot' | 'efforts' | 'withoutTools'>;

const EFFORTS_OF_5_4 = ['none', 'low', 'medium', 'high', 'xhigh'];
const UNKNOWN: Abilities = { snapshot: null, efforts: null, withoutTools: [] };

/** Sources: the model pages of the provider, read 2026-11-22. */
const ABILITIES: Record<string, Abilities> = {
  'gpt-5.4': { snapshot: 'gpt-5.4-2026-03-05', efforts: EFFORTS_OF_5_4, withoutTools: [] },
  'gpt-5.4-mini': { snapshot: 'gpt-5.4-mini-2026-03-17', efforts: EFFORTS_OF_5_4, withoutTools: [] },
  'gpt-5.4-nano': {
    snapshot: 'gpt-5.4-nano-2026-03-17',
    efforts: EFFORTS_OF_5_4,
    withoutTools: ['computer', 'computer_use_preview', 'tool_search'],
  },
};

export class Models {
  readonly #clock: Clock;
  readonly #known: ServedModel[];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#known = loadCatalogue().models.map(({ shutdown = null, ...figures }) => ({
      ...figures,
      shutdown,
      ...(ABILITIES[figures.id] ?? UNKNOWN),
    }));
  }

  /** Models end when the clock is moved to their day, not by the machine's date: what runs offline does not end with a calendar. */
  list(): ServedModel[] {
    if (this.#clock.skippedMs === 0) return this.#known;
    const today = new Date(this.#clock.now()).toISOString().slice(0, 10);
    return this.#known.filter(({ shutdown }) => shutdown === null || today < shutdown);
  }

  find(name: string): ServedModel | undefined {
    return this.list().find(({ id }) => isSameModel(id, name));
  }

  /** By its name or by that of a dated snapshot. */
  get(name: string): ServedModel {
    const found = this.find(name);
    if (found) return found;
    const message = `The model '${name}' does not exist or you do not have access to it.`;
    throw new ApiError({ status: 404, code: 'model_not_found', param: 'model', message });
  }
}

/** What an answer calls the model that was asked for by `name`. */
export const answeringName = (model: ServedModel, name: string): string =>
  name === model.id ? (model.snapshot ?? name) : name;
