/**
 * Servers that are compatible with OpenAI's chat/completions: Claude, Gemini, and local ones. The whole input each turn, function tools, no
 * state at the server: a call whose answer was lost can't be asked about, so it is in doubt.
 */
import { APIError } from 'openai';
import type { AskedRequest, ModelReply } from '../../contracts/model.ts';
import { type ClientSettings, openClients } from '../openai/client.ts';
import { CALL_KEY_HEADER } from '../openai/body.ts';
import { toModelFailure } from '../openai/failures.ts';
import { limitsOf } from '../openai/limits.ts';
import { listModels } from '../openai/models.ts';
import { type CreateHooks, type ModelProvider, ProviderFailure, type WireCall } from '../port.ts';
import { toChatReply } from './completion.ts';
import { toChatBody } from './translate.ts';

export function chatProvider(settings: ClientSettings): ModelProvider {
  const { plain, postTo } = openClients(settings);
  const post = postTo('/chat/completions');

  async function create({ request, body }: WireCall, { onLimits, signal }: CreateHooks): Promise<ModelReply> {
    try {
      const { data, headers } = await post(body, { headers: { [CALL_KEY_HEADER]: request.callKey }, signal });
      onLimits?.(limitsOf(headers));
      return toChatReply(data, request);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof APIError) onLimits?.(limitsOf(error.headers as Headers | undefined));
      throw toModelFailure(error, request.model);
    }
  }

  async function retrieve(responseId: string, { model }: AskedRequest): Promise<never> {
    const message = `The provider of ${model} keeps no answers: ${responseId} can't be asked about.`;
    throw new ProviderFailure('ModelCallInDoubt', message, 'unknown');
  }

  return {
    encode: (request) => JSON.stringify(toChatBody(request)),
    create,
    retrieve,
    cancel: async () => undefined,
    count: async () => null,
    models: (signal) => listModels(plain, signal),
    batches: null,
  };
}
