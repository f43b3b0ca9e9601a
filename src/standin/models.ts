/**
 * Which models the stand-in serves, and what each can do: what the built-in catalogue knows of them, until their shutdown date once its
 * clock is moved. A user's file has no say here: a product that was told more than is so is refused, as it would be by the provider.
 */
import { isSameModel, loadCatalogue, type ModelFigures } from '../catalogue/catalogue.ts';
import { ApiError } from './http/api-error.ts';
import type { Clock } from './clock.ts';

export class Models {
  readonly #clock: Clock;
  readonly #known = loadCatalogue().models;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Models end when the clock is moved to their day, not by the machine's date: what runs offline does not end with a calendar. */
  list(): readonly ModelFigures[] {
    if (this.#clock.skippedMs === 0) return this.#known;
    const today = new Date(this.#clock.now()).toISOString().slice(0, 10);
    return this.#known.filter(({ shutdown }) => shutdown === undefined || today < shutdown);
  }

  find(name: string): ModelFigures | undefined {
    return this.list().find(({ id }) => isSameModel(id, name));
  }

  /** By its name or by that of a dated snapshot. */
  get(name: string): ModelFigures {
    const found = this.find(name);
    if (found) return found;
    const message = `The model '${name}' does not exist or you do not have access to it.`;
    throw new ApiError({ status: 404, code: 'model_not_found', param: 'model', message });
  }
}

/** What an answer calls the model that was asked for by `name`. */
export const answeringName = ({ id, snapshot = id }: ModelFigures, name: string): string =>
  name === id ? snapshot : name;
