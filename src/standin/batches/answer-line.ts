/** One line of a batch, answered as its endpoint would: by the same checks, the same script and the same mind; limits have no say in it. */
import { createHash } from 'node:crypto';
import { admit } from '../calls/admission.ts';
import { send } from '../calls/answering.ts';
import { callKeyOf } from '../calls/call-key.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import { chatCompletion, toChatReply } from '../protocol/chat-reply.ts';
import { newId, type ResponseObject } from '../protocol/response-object.ts';
import type { StandInRequest } from '../request.ts';
import type { ResponseUsage } from '../usage/usage.ts';
import { checkedChatRequest, toChatError } from '../validation/chat-request.ts';
import { checkedResponseRequest } from '../validation/response-request.ts';
import type { World } from '../world.ts';
import type { BatchLine } from './lines.ts';

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
    const ended = await answered(world, line, id);
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

async function answered(
  world: World,
  { url, body, custom_id: customId }: BatchLine,
  id: string,
): Promise<ResponseObject> {
  const request = checked(world, url, body);
  const text = JSON.stringify(body);
  const digest = createHash('sha256').update(text).digest('hex');
  const asked = { request, callKey: callKeyOf(body) ?? customId, digest, bytes: text.length, line: id };
  return send(world, await admit(world, asked, null), 0).ended;
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
  return { customId, isError: status >= 300, json, usage };
}
