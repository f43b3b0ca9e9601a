/** Every create that reached the stand-in, by call key: what a test compares with the product's own books. */
import { createHash } from 'node:crypto';

export interface LoggedCreate {
  callKey: string;
  model: string;
  /** Hash of the request's bytes. */
  digest: string;
  at: number;
  /** True once tokens were made for it: a provider would bill it. */
  isServed: boolean;
}

export class RequestLog {
  readonly #creates: LoggedCreate[] = [];

  add(callKey: string, model: string, body: string): LoggedCreate {
    const create = {
      callKey,
      model,
      digest: createHash('sha256').update(body).digest('hex'),
      at: Date.now(),
      isServed: false,
    };
    this.#creates.push(create);
    return create;
  }

  get creates(): readonly LoggedCreate[] {
    return this.#creates;
  }

  /** How often this key came. */
  count(callKey: string): number {
    return this.#creates.filter((create) => create.callKey === callKey).length;
  }

  /** Keys that were served more than once. */
  get servedTwice(): string[] {
    const served = this.#creates.filter(({ isServed }) => isServed).map(({ callKey }) => callKey);
    return [...new Set(served.filter((key, index) => served.indexOf(key) !== index))];
  }
}
