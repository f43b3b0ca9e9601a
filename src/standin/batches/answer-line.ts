/** One line of a batch, answered as its endpoint would: by the same checks, the same script and the same mind; limits have no say in it. */
import { createHash } from 'node:crypto';
import { admit, type Asked } from '../calls/admission.ts';
import { send } from '../calls/answering.ts';
import { callKeyOf } from '../calls/call-key.ts';
import { bodyOf } from '../calls/garbage.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import { chatCompletion, toChatReply } from '../protocol/chat-reply.ts';
import { newId } from '../protocol/response-object.ts';
import type { StandInRequest } from '../request.ts';
import type { ResponseUsage } from '../usage/usage.ts';
import { checkedChatRequest, toChatError } from '../validation/chat-request.ts';
import { checkedResponseRequest } from '../validation/response-request.ts';
import type { World } from '../world.ts';
import type { BatchLine } from './lines.ts';

/** What batches were seen to say of a call that was lost on its way (github.com/tidyverse/ellmer/issues/830). */
const NO_STATUS = 0;

export const ENDPOINTS = ['/v1/responses', '/v1/chat/completions'];

/** A line of the output file, or of the error file. */
export interface KeptLine {
  customId: string;
  isError: boolean;
  json: string;
  usage: ResponseUsage | null;
}

/** `id` names the line among all of all batches. */
export async function answerLine(world: World, line: BatchLine, id: string): Promise<KeptLine> {
  try {
    const admitted = await admit(world, askedOf(world, line, id), null);
    const { reaction, logged } = admitted;
    if (reaction.kind === 'cut' || reaction.kind === 'stall') {
      if (reaction.at !== 'start') world.log.serve(logged);
      return keptLine(line, NO_STATUS, {}, null);
    }
    if (reaction.kind === 'garbage') {
      world.log.serve(logged);
      return keptLine(line, 200, bodyOf(reaction), null);
    }
    const ended = await send(world, admitted, 0).ended;
    const body = line.url === '/v1/responses' ? ended : chatCompletion(toChatReply(ended));
    return keptLine(line, 200, body, (ended['usage'] ?? null) as ResponseUsage | null);
  } catch (error) {
    const told = line.url === '/v1/responses' ? error : toChatError(error);
    if (!(told instanceof ApiError)) throw told;
    return keptLine(line, told.status, told.body, null);
  }
}

/** A line that was not reached. */
export const unanswered = (
  { custom_id: customId }: BatchLine,
  code: 'batch_expired' | 'batch_cancelled',
): KeptLine => ({
  customId,
  isError: true,
  json: JSON.stringify({
    id: newId('batch_req'),
    custom_id: customId,
    response: null,
    error: { code, message: '[stand-in] This request was not executed before the batch ended.' },
  }),
  usage: null,
});

function askedOf(world: World, { url, body, custom_id: customId }: BatchLine, id: string): Asked {
  const request = checked(world, url, body);
  const text = JSON.stringify(body);
  const digest = createHash('sha256').update(text).digest('hex');
  return { request, callKey: callKeyOf(body) ?? customId, digest, bytes: text.length, line: id };
}

function checked({ models }: World, url: string, body: unknown): StandInRequest {
  const request =
    url === '/v1/responses' ? checkedResponseRequest(body, models) : checkedChatRequest(body, models).request;
  const unfit = (['stream', 'background'] as const).find((name) => request[name]);
  if (unfit) throw invalid('unsupported_parameter', unfit, `'${unfit}' is not supported in a batch.`);
  return request;
}

function keptLine(
  { custom_id: customId }: BatchLine,
  status: number,
  body: unknown,
  usage: ResponseUsage | null,
): KeptLine {
  const response = { status_code: status, request_id: newId('req'), body };
  const json = JSON.stringify({ id: newId('batch_req'), custom_id: customId, response, error: null });
  return { customId, isError: status !== 200, json, usage };
}
