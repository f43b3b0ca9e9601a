/** A chat completion as a stream of chunks, ended by `[DONE]`. */
import type { Course } from '../calls/courses.ts';
import type { Piece } from '../http/wire.ts';
import { type ChatReply, failureOf, toChatReply } from './chat-reply.ts';
import { newId, STAND_IN_NAME } from './response-object.ts';
import { slices } from './slices.ts';

/** What the first event of a Responses stream is: the name of what is to come. */
const FIRST = 'response.created';
const CHUNK = 'chat.completion.chunk';

export async function* chatEvents(course: Course, { withUsage }: { withUsage: boolean }): AsyncGenerator<Piece> {
  const { pending } = course;
  const base = {
    ...{ id: newId('chatcmpl').replace('_', '-'), object: CHUNK, created: pending['created_at'], model: pending.model },
    ...{ service_tier: pending['service_tier'], system_fingerprint: STAND_IN_NAME },
  };
  const piece = (data: object, type = CHUNK): Piece => ({ type, text: `data: ${JSON.stringify(data)}\n\n` });
  const chunk = (model: string, delta: object, finish_reason: string | null = null, type = CHUNK): Piece =>
    piece({ ...base, model, choices: [{ index: 0, delta, logprobs: null, finish_reason }] }, type);

  yield chunk(pending.model, { role: 'assistant', content: '', refusal: null }, null, FIRST);
  const ended = await course.ended;
  if (ended.status === 'failed') {
    yield piece(failureOf(ended).body, 'error');
    return;
  }
  const reply = toChatReply(ended);
  for (const delta of deltasOf(reply)) yield chunk(reply.model, delta);
  yield { ...chunk(reply.model, {}, reply.finishReason), isLast: true };
  if (withUsage) yield piece({ ...base, model: reply.model, choices: [], usage: reply.usage });
  yield { type: 'done', text: 'data: [DONE]\n\n' };
}

function* deltasOf({ message: { content, refusal, tool_calls: calls = [] } }: ChatReply): Generator<object> {
  for (const slice of slices(content ?? '')) yield { content: slice };
  for (const slice of slices(refusal ?? '')) yield { refusal: slice };
  for (const [index, { function: called, ...call }] of calls.entries()) {
    yield { tool_calls: [{ index, ...call, function: { name: called.name, arguments: '' } }] };
    for (const slice of slices(called.arguments)) yield { tool_calls: [{ index, function: { arguments: slice } }] };
  }
}
