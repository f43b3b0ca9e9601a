/** Input tokens by the provider's own count (docs: POST /responses/input_tokens). Costs nothing. */
import { type OpenAI, APIError } from 'openai';
import type { InputTokenCountParams } from 'openai/resources/responses/input-tokens';
import { z } from 'zod';
import type { WireCall } from '../port.ts';
import { billedAs, toModelFailure } from './failures.ts';
import { notUnderstood } from './response.ts';

const CountSchema = z.looseObject({ input_tokens: z.int().min(0) });

/** Null where there is no such count: not all who speak the protocol have it. */
export async function countTokens(
  client: OpenAI,
  { request, body }: WireCall,
  signal: AbortSignal,
): Promise<number | null> {
  const { model, input, tools, text, reasoning } = JSON.parse(body) as InputTokenCountParams;
  try {
    const fields = { model, input, tools, text, reasoning } as InputTokenCountParams;
    const told: unknown = await client.responses.inputTokens.count(fields, { signal });
    const counted = CountSchema.safeParse(told);
    if (counted.success) return counted.data.input_tokens;
    throw notUnderstood(told, request.model);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof APIError && isNoSuchAddress(error as APIError)) return null;
    throw billedAs('no', toModelFailure(error, request.model));
  }
}

const isNoSuchAddress = ({ status, code }: APIError): boolean =>
  (status === 404 && code !== 'model_not_found') || status === 405;
