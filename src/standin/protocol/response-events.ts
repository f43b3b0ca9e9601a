/** A response as a stream: events in the documented order, each with its sequence number. */
import { randomBytes } from 'node:crypto';
import type { Course } from '../calls/courses.ts';
import type { Piece } from '../http/wire.ts';
import type { OutputItem } from './response-object.ts';
import { slices } from './slices.ts';

type Event = { type: string } & Record<string, unknown>;

/** A lean stand-in sends whole items, not the parts that they come in. */
export async function* responseEvents(course: Course, { isLean }: { isLean: boolean }): AsyncGenerator<Piece> {
  let sequence = 0;
  const isObfuscated = !isLean && course.work.request.stream_options?.include_obfuscation !== false;
  const piece = (event: Event, isLast = false): Piece => {
    const padding = isObfuscated && 'delta' in event ? { obfuscation: padded(event['delta'] as string) } : {};
    const data = JSON.stringify({ ...event, sequence_number: sequence++, ...padding });
    return { type: event.type, text: `event: ${event.type}\ndata: ${data}\n\n`, isLast };
  };
  const { pending, work } = course;
  yield piece({ type: 'response.created', response: pending });
  if (pending.status === 'queued' && !isLean) yield piece({ type: 'response.queued', response: pending });
  await course.begun;
  yield piece({ type: 'response.in_progress', response: { ...pending, status: 'in_progress' } });
  const ended = await course.ended;
  if (work.reaction.kind === 'stream-error') {
    const message = '[stand-in] It was told to fail in the middle of a stream.';
    yield piece({ type: 'error', code: work.reaction.code, message, param: null }, true);
    return;
  }
  for (const [output_index, item] of ended.output.entries()) {
    if (isLean) yield piece({ type: 'response.output_item.done', output_index, item });
    else for (const event of itemEvents(item, output_index)) yield piece(event);
  }
  // What the provider ends the stream of a cancelled response with is not published; this is the name of its webhook.
  yield piece({ type: `response.${ended.status}`, response: ended }, true);
}

function* itemEvents(item: OutputItem, output_index: number): Generator<Event> {
  const isCall = item['type'] === 'function_call';
  const empty = { ...item, status: 'in_progress', ...(isCall ? { arguments: '' } : { content: [] }) };
  yield { type: 'response.output_item.added', output_index, item: empty };
  if (isCall) yield* argumentEvents(item, output_index);
  else yield* contentEvents(item, output_index);
  yield { type: 'response.output_item.done', output_index, item };
}

function* argumentEvents(item: OutputItem, output_index: number): Generator<Event> {
  const place = { item_id: item['id'], output_index };
  const whole = String(item['arguments']);
  for (const delta of slices(whole)) yield { type: 'response.function_call_arguments.delta', ...place, delta };
  yield { type: 'response.function_call_arguments.done', ...place, name: item['name'], arguments: whole };
}

function* contentEvents(item: OutputItem, output_index: number): Generator<Event> {
  for (const [content_index, part] of (item['content'] as OutputItem[]).entries()) {
    const place = { item_id: item['id'], output_index, content_index };
    const [field, kind] =
      part['type'] === 'refusal' ? (['refusal', 'refusal'] as const) : (['text', 'output_text'] as const);
    const logprobs = kind === 'output_text' ? { logprobs: [] } : {};
    const whole = String(part[field]);
    yield { type: 'response.content_part.added', ...place, part: { ...part, [field]: '' } };
    for (const delta of slices(whole)) yield { type: `response.${kind}.delta`, ...place, delta, ...logprobs };
    yield { type: `response.${kind}.done`, ...place, [field]: whole, ...logprobs };
    yield { type: 'response.content_part.done', ...place, part };
  }
}

const OBFUSCATED_TO = 16;

/** Characters that bring a delta to a multiple of a length, so that its size tells little. */
const padded = (delta: string): string => {
  const missing = OBFUSCATED_TO - (delta.length % OBFUSCATED_TO);
  return randomBytes(missing).toString('base64url').slice(0, missing);
};
