/** Providers by the name that the catalogue gives them, opened when they are first called. */
import { addressOf, type Setting } from '../catalogue/access.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { chatProvider } from './chat/provider.ts';
import { responsesProvider } from './openai/provider.ts';
import type { ModelProvider } from './port.ts';

/** A server that asks for no key gets one all the same: the client insists. */
const NO_KEY = 'none';

export class Providers {
  readonly #catalogue: Catalogue;
  readonly #setting: Setting;
  readonly #open = new Map<string, ModelProvider>();

  constructor(catalogue: Catalogue, setting: Setting) {
    this.#catalogue = catalogue;
    this.#setting = setting;
  }

  /** Throws `ModelAccessDenied` where the key is missing, by the name of its variable. */
  of(name: string): ModelProvider {
    const provider = this.#open.get(name) ?? this.#openNew(name);
    this.#open.set(name, provider);
    return provider;
  }

  #openNew(name: string): ModelProvider {
    const figures = this.#catalogue.provider(name);
    const { protocol, keyVariable } = figures;
    const apiKey = keyVariable === undefined ? NO_KEY : this.#setting(keyVariable);
    if (apiKey === undefined) {
      throw new TypedFailure(
        'ModelAccessDenied',
        `${keyVariable} is not set for this worker; provider "${name}" asks for it.`,
      );
    }
    const settings = { apiKey, baseUrl: addressOf(figures, this.#setting) };
    return protocol === 'chat' ? chatProvider(settings) : responsesProvider(settings);
  }
}
