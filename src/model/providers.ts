/** Providers by the name that the catalogue gives them, opened when they are first called. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import { TypedFailure } from '../contracts/typed-failure.ts';
import { chatProvider } from './chat/provider.ts';
import { responsesProvider } from './openai/provider.ts';
import type { ModelProvider } from './port.ts';

/** A server that asks for no key gets one all the same: the client insists. */
const NO_KEY = 'none';

export class Providers {
  readonly #catalogue: Catalogue;
  readonly #setting: (variable: string) => string | undefined;
  readonly #open = new Map<string, ModelProvider>();

  /** `setting` reads the environment. */
  constructor(catalogue: Catalogue, setting: (variable: string) => string | undefined) {
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
    const { protocol, baseUrl, baseUrlVariable, keyVariable } = this.#catalogue.provider(name);
    const apiKey = keyVariable === undefined ? NO_KEY : this.#setting(keyVariable);
    if (apiKey === undefined) {
      throw new TypedFailure(
        'ModelAccessDenied',
        `${keyVariable} is not set for this worker; provider "${name}" asks for it.`,
      );
    }
    const settings = { apiKey, baseUrl: (baseUrlVariable && this.#setting(baseUrlVariable)) || baseUrl };
    return protocol === 'chat' ? chatProvider(settings) : responsesProvider(settings);
  }
}
