/**
 * The port to model providers. Activities see this and the journaled call, never an SDK's types.
 * Contract of every method: what goes wrong is thrown as a `ProviderFailure`; `signal` reaches the socket, and an abort is
 * thrown as the signal's reason.
 */
import type { FailureType } from '../contracts/failures.ts';
import type { ModelReply, ModelRequest, Usage } from '../contracts/model.ts';
import { TypedFailure, type TypedFailureOptions } from '../contracts/typed-failure.ts';

export interface CreateHooks {
  /** Called once, as soon as the provider has named the response; awaited before the answer is used. */
  onIdentified: (responseId: string) => Promise<void>;
  signal: AbortSignal;
}

export interface ModelProvider {
  /** Makes the call and waits for its end. */
  create(request: ModelRequest, hooks: CreateHooks): Promise<ModelReply>;
  /** Waits for the end of a call that was created earlier; `request` says what was asked. */
  retrieve(responseId: string, request: ModelRequest, signal: AbortSignal): Promise<ModelReply>;
  /** Asks the provider to stop; the call may still end with a bill. */
  cancel(responseId: string): Promise<void>;
}

/**
 * What is known of the bill: `no` (turned away, or never sent), `unknown` (it may have run), `pending` (it has an id and
 * can be asked about later), or it ended with this usage of this model (null: the provider did not tell).
 */
export type Billed = 'no' | 'unknown' | 'pending' | { model: string; usage: Usage | null };

export class ProviderFailure extends TypedFailure {
  readonly billed: Billed;

  constructor(type: FailureType, message: string, billed: Billed, options: TypedFailureOptions = {}) {
    super(type, message, options);
    this.billed = billed;
  }
}
