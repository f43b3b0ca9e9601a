/** What the models of an estimate cost. A tier whose model has no price is refused before anything starts; a catalogue may change later. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import type { Prices } from '../pricing.ts';

export const priceOf =
  (catalogue: Catalogue) =>
  (model: string): Prices => {
    const figures = catalogue.figuresOf(model);
    if (figures) return figures;
    throw new TypedFailure(
      'PlanInvalid',
      `No price is known for the model "${model}"; add a row for it (FLOTILLA_MODELS).`,
    );
  };
