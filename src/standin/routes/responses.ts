/** `/v1/responses`: create, and what may be asked of a response by its id. */
import { z } from 'zod';
import { admit, withHistory } from '../calls/admission.ts';
import { answerWith, type Rendering } from '../calls/answering.ts';
import { callKeyOf } from '../calls/call-key.ts';
import type { KeptResponse } from '../calls/kept-response.ts';
import { invalid, notFound } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { page } from '../http/page.ts';
import { route, type Route } from '../http/router.ts';
import { responseEvents } from '../protocol/response-events.ts';
import { type Item, RequestSchema, type StandInRequest } from '../request.ts';
import { checkedResponseRequest } from '../validation/response-request.ts';
import { checkShape } from '../validation/shape.ts';
import type { World } from '../world.ts';

export function responseRoutes(world: World): Route[] {
  const { courses, inputs, models, prompts } = world;
  const isLean = prompts === null;
  const rendering: Rendering = {
    text: async ({ pending, ended }) => JSON.stringify(pending.background ? pending : await ended),
    events: (course) => responseEvents(course, { isLean }),
  };

  const checked = (body: unknown): StandInRequest =>
    isLean ? checkShape(RequestSchema, body as Record<string, unknown>) : checkedResponseRequest(body, models);

  async function create(exchange: Exchange): Promise<void> {
    const body = await exchange.body();
    const request = checked(body);
    const callKey = callKeyOf(body, exchange.request.headers) ?? '';
    const asked = { request, callKey, digest: exchange.digest ?? '', bytes: exchange.size, line: null };
    return answerWith(exchange, world, await admit(world, asked, exchange.headers), rendering);
  }

  function get([id = '']: string[]): KeptResponse {
    const found = courses.find(id);
    if (found) return found;
    throw notFound(`Response with id '${id}' not found.`);
  }

  function retrieve(exchange: Exchange): void {
    if (exchange.query.get('stream') === 'true') {
      throw invalid('unsupported_parameter', 'stream', 'The stand-in does not resume streams yet.');
    }
    exchange.json(get(exchange.params).response);
  }

  function cancel(exchange: Exchange): void {
    const { response } = get(exchange.params);
    if (!response.background) throw invalid(null, 'response_id', 'Cannot cancel a synchronous response.');
    courses.cancel(response.id);
    exchange.json(get(exchange.params).response);
  }

  function remove(exchange: Exchange): void {
    const { id } = get(exchange.params).response;
    courses.remove(id);
    exchange.json({ id, object: 'response', deleted: true });
  }

  function inputItems(exchange: Exchange): void {
    const { inputRef } = get(exchange.params);
    const items = inputRef === null ? [] : inputs.load(inputRef).map(shownItem);
    const isAscending = exchange.query.get('order') === 'asc';
    exchange.json(page(isAscending ? items : items.reverse(), exchange.query));
  }

  async function inputTokens(exchange: Exchange): Promise<void> {
    const body = checkShape(CountSchema, (await exchange.body()) as Record<string, unknown>);
    models.get(body.model);
    const request = withHistory(world, { ...body, input: body.input ?? '' });
    const counted = prompts?.measure(request).inputTokens ?? Math.ceil(exchange.size / 4);
    exchange.json({ object: 'response.input_tokens', input_tokens: counted });
  }

  return [
    route('POST', '/v1/responses', create),
    route('POST', '/v1/responses/input_tokens', inputTokens),
    route('GET', '/v1/responses/:id', retrieve),
    route('DELETE', '/v1/responses/:id', remove),
    route('POST', '/v1/responses/:id/cancel', cancel),
    route('GET', '/v1/responses/:id/input_items', inputItems),
  ];
}

const CountSchema = RequestSchema.extend({ input: z.union([z.string(), z.array(z.looseObject({}))]).nullish() });

/** An item of an input as it is listed: with an id, and its text as a part. */
function shownItem(item: Item, index: number): Item & { id: unknown } {
  const { type = 'message', content, id = `item_${index}` } = item;
  if (type !== 'message') return { ...item, id };
  const part = item.role === 'assistant' ? 'output_text' : 'input_text';
  const parts = typeof content === 'string' ? [{ type: part, text: content }] : content;
  return { ...item, id, type, status: 'completed', content: parts };
}
