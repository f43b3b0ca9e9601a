/** What both protocols do with an admitted call: let it fail as the script says, or send it on its course and deliver what comes of it. */
import { ApiError, retryAfter } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { deliverEvents, deliverText, type Piece } from '../http/wire.ts';
import { answeringName } from '../models.ts';
import { pendingResponse } from '../protocol/response-object.ts';
import { type Reaction, type WireFault, wireFaultOf } from '../reaction.ts';
import type { World } from '../world.ts';
import type { Admitted } from './admission.ts';
import type { Course, Keeping } from './courses.ts';
import { garbage } from './garbage.ts';

/** How a protocol shows a course. */
export interface Rendering {
  text: (course: Course) => Promise<string>;
  events: (course: Course) => AsyncIterable<Piece>;
}

const STORED_FOR_MS = 30 * 24 * 3_600_000;
/** What runs in the background without being stored can be asked about for a while. */
const UNSTORED_FOR_MS = 10 * 60_000;
/** The part of an answer's time that it waits in the queue. */
const QUEUED_PART = 0.1;

export async function answerWith(
  exchange: Exchange,
  world: World,
  admitted: Admitted,
  rendering: Rendering,
): Promise<void> {
  const { reaction, request } = admitted;
  const fault = wireFaultOf(reaction);
  if (isLost(fault)) return deliverText(exchange, world.clock, '', fault);
  if (reaction.kind === 'garbage') {
    world.log.serve(admitted.logged);
    return garbage(exchange, reaction);
  }
  const course = send(world, admitted);
  if (request.stream) return deliverEvents(exchange, world.clock, rendering.events(course), fault);
  return deliverText(exchange, world.clock, await rendering.text(course), fault);
}

/** Starts what was admitted, or throws the error that the script asks for. */
export function send(world: World, admitted: Admitted, usualMs = world.latencyMs): Course {
  const { clock, courses, log, models, prompts } = world;
  const { request, reaction, prompt, inputTokens, cachedTokens, logged } = admitted;
  throwScripted(reaction, request.stream === true);
  log.serve(logged);
  if (prompt) prompts?.remember(prompt, request);
  const now = clock.now();
  const latencyMs = (reaction.kind === 'answer' ? reaction.latencyMs : undefined) ?? usualMs;
  const pending = pendingResponse(request, answeringName(models.get(request.model), request.model), clock.seconds());
  const times = { beginsAt: now + latencyMs * QUEUED_PART, endsAt: now + latencyMs };
  const work = { request, reaction, inputTokens, cachedTokens, ...times };
  const course = courses.begin(pending, work, keepingOf(world, admitted));
  course.ended.then(
    ({ model, usage, service_tier: told }) => {
      // What an answer says of its lane inside of a batch is `default`.
      const serviceTier = logged.line === null ? String(told) : 'batch';
      if (usage != null) log.bill(logged, { model, usage, serviceTier });
    },
    () => undefined,
  );
  return course;
}

/** The connection ends before the request has reached a model. */
const isLost = (fault: WireFault | null): fault is WireFault => fault?.kind === 'cut' && fault.at === 'start';

function throwScripted(reaction: Reaction, isStream: boolean): void {
  if (reaction.kind === 'stream-error' && !isStream) throw scriptedError({ status: 500, code: reaction.code });
  if (reaction.kind === 'error') throw scriptedError(reaction);
}

function scriptedError({
  retryAfterMs,
  headers,
  message = 'It was told to fail.',
  ...error
}: Omit<Extract<Reaction, { kind: 'error' }>, 'kind'>): ApiError {
  const waiting = retryAfterMs === undefined ? {} : retryAfter(retryAfterMs);
  return new ApiError({ ...error, message, headers: { ...waiting, ...headers } });
}

/** Null: gone as soon as it is sent. A lean stand-in keeps only what somebody has to ask for. */
function keepingOf({ prompts, inputs, clock }: World, { request, prompt }: Admitted): Keeping | null {
  const isStored = request.store !== false;
  if (!request.background && !(prompts && isStored)) return null;
  return {
    inputRef: prompt ? inputs.keep(prompt.last) : null,
    expiresAt: clock.now() + (isStored ? STORED_FOR_MS : UNSTORED_FOR_MS),
  };
}
