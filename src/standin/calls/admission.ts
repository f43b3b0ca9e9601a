/**
 * What happens to a checked request before anything is said: what came before it is added, it is measured against the model's context and
 * the limits, it is logged, and the script says what is to become of it.
 */
import { invalid } from '../http/api-error.ts';
import type { ModelFigures } from '../../catalogue/catalogue.ts';
import { isPending } from '../protocol/response-object.ts';
import type { Reaction } from '../reaction.ts';
import { type Item, itemsOf, type StandInRequest } from '../request.ts';
import type { LoggedCreate } from '../request-log.ts';
import type { Prompt } from '../usage/prompts.ts';
import { checkTurns } from '../validation/turns.ts';
import type { World } from '../world.ts';

/** A request as it came, by whichever protocol. */
export interface Asked {
  /** In the words of the Responses API. */
  request: StandInRequest;
  callKey: string;
  /** SHA-256 of its bytes. */
  digest: string;
  bytes: number;
  /** Names the line of a batch; null for a request of its own. */
  line: string | null;
}

export interface Admitted {
  /** With the whole input. */
  request: StandInRequest;
  model: ModelFigures;
  /** Null in a lean stand-in. */
  prompt: Prompt | null;
  inputTokens: number;
  cachedTokens: number;
  reaction: Reaction;
  logged: LoggedCreate;
}

/** `headers` is where the limits are told; null for what has a pool of its own. */
export async function admit(world: World, asked: Asked, headers: Record<string, string> | null): Promise<Admitted> {
  const { models, log, limits, script, clock } = world;
  const model = models.get(asked.request.model);
  const request = withHistory(world, asked.request);
  const prompt = measured(world, request, model);
  const inputTokens = prompt?.inputTokens ?? Math.ceil(asked.bytes / 4);
  if (headers) limits?.admit(model.id, Math.max(inputTokens, request.max_output_tokens ?? 0), headers);
  const { callKey, digest, line } = asked;
  const logged = log.add({ callKey, model: request.model, digest, at: clock.now(), line });
  const reaction = (await script({ request, callKey, before: logged.before })) ?? { kind: 'answer' };
  return { request, model, prompt, inputTokens, cachedTokens: prompt?.cachedTokens ?? 0, reaction, logged };
}

/** The request with what its predecessor was asked and said. */
export function withHistory({ courses, inputs, prompts }: World, request: StandInRequest): StandInRequest {
  const { previous_response_id: previousId } = request;
  if (previousId == null) return request;
  const previous = courses.find(previousId);
  if (
    !prompts ||
    !previous ||
    previous.inputRef === null ||
    previous.response['store'] === false ||
    isPending(previous.response)
  ) {
    const message = `Previous response with id '${previousId}' not found.`;
    throw invalid('previous_response_not_found', 'previous_response_id', message);
  }
  const history = [...inputs.load(previous.inputRef), ...(previous.response.output as Item[])];
  return { ...request, input: [...history, ...itemsOf(request)] };
}

function measured({ prompts }: World, request: StandInRequest, model: ModelFigures): Prompt | null {
  if (!prompts) return null;
  checkTurns(itemsOf(request));
  const prompt = prompts.measure(request);
  const room = Math.min(model.maxInputTokens, model.contextTokens);
  if (prompt.inputTokens > room && request['truncation'] !== 'auto') {
    const message = `Your input of ${prompt.inputTokens} tokens exceeds the context window of this model (${room}). Please adjust your input and try again.`;
    throw invalid('context_length_exceeded', 'input', message);
  }
  return prompt;
}
