/** `/v1/chat/completions`: the same mind behind the older protocol, which other providers speak too. */
import { admit, type Admitted } from '../calls/admission.ts';
import { answerWith, type Rendering } from '../calls/answering.ts';
import { callKeyOf } from '../calls/call-key.ts';
import type { Exchange } from '../http/exchange.ts';
import { route, type Route } from '../http/router.ts';
import { chatEvents } from '../protocol/chat-events.ts';
import { chatCompletion, toChatReply } from '../protocol/chat-reply.ts';
import { type ChatRequest, ChatRequestSchema, toResponsesRequest } from '../protocol/chat-request.ts';
import type { StandInRequest } from '../request.ts';
import { checkedChatRequest, toChatError } from '../validation/chat-request.ts';
import { checkShape } from '../validation/shape.ts';
import type { World } from '../world.ts';

export function chatRoutes(world: World): Route[] {
  const isLean = world.prompts === null;

  function checked(body: unknown): { chat: ChatRequest; request: StandInRequest } {
    if (!isLean) return checkedChatRequest(body, world.models);
    const chat = checkShape(ChatRequestSchema, body as Record<string, unknown>);
    return { chat, request: toResponsesRequest(chat) };
  }

  async function admitted(exchange: Exchange, body: unknown, request: StandInRequest): Promise<Admitted> {
    const callKey = callKeyOf(body, exchange.request.headers) ?? '';
    const asked = { request, callKey, digest: exchange.digest ?? '', bytes: exchange.size, line: null };
    return admit(world, asked, exchange.headers).catch((error: unknown) => {
      throw toChatError(error);
    });
  }

  async function create(exchange: Exchange): Promise<void> {
    const body = await exchange.body();
    const { chat, request } = checked(body);
    const withUsage = chat.stream_options?.include_usage === true;
    const rendering: Rendering = {
      text: async ({ ended }) => JSON.stringify(chatCompletion(toChatReply(await ended))),
      events: (course) => chatEvents(course, { withUsage }),
    };
    return answerWith(exchange, world, await admitted(exchange, body, request), rendering);
  }

  return [route('POST', '/v1/chat/completions', create)];
}
