/**
 * What the stand-in does with one request: answer by its rules, or misbehave as a provider can. One list, for scripts in the process (a
 * function) and for script files (rules). A provider would bill whatever is not an `error` or cut at the `start`.
 */
import { z } from 'zod';
import type { StandInRequest } from './request.ts';

const CallSchema = z.strictObject({ name: z.string(), args: z.unknown().describe('a string is sent as it stands') });

/** What the stand-in says: a text, a value as JSON, or tool calls. */
const UtteranceSchema = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ json: z.unknown() }),
  z.strictObject({ calls: z.array(CallSchema) }),
]);
export type Utterance = z.infer<typeof UtteranceSchema>;

/** Where in an answer something happens. `named` is after the event that names the response; half of a body where there are no events. */
const PlaceSchema = z.union([
  z.enum(['start', 'headers', 'body', 'named']),
  z.strictObject({ after: z.union([z.int().min(1), z.string()]).describe('so many events, or an event of this type') }),
]);
export type Place = z.infer<typeof PlaceSchema>;

export const ReactionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer'),
    utterance: UtteranceSchema.optional().describe('what is said; the rules decide where it is left out'),
    model: z.string().optional().describe('the model that the answer names, instead of the one that was asked for'),
    usage: z.unknown().optional().describe('"missing", "contradictory", or what stands in the answer as it is'),
    serviceTier: z.string().optional().describe('the lane that the answer names'),
    latencyMs: z.number().min(0).optional(),
  }),
  z.strictObject({
    kind: z.literal('error'),
    status: z.int().min(400).max(599),
    code: z.string(),
    type: z.string().optional(),
    param: z.string().optional(),
    message: z.string().optional(),
    retryAfterMs: z.number().min(0).optional().describe('told in milliseconds and in whole seconds'),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('failed'), code: z.string() }),
  z.strictObject({ kind: z.literal('incomplete'), reason: z.enum(['max_output_tokens', 'content_filter']) }),
  z.strictObject({ kind: z.literal('refusal') }),
  z
    .strictObject({ kind: z.literal('truncated-arguments') })
    .describe('tool calls that end in the middle of their arguments'),
  z.strictObject({ kind: z.literal('runaway') }).describe('calls tools for ever, and never `finish`'),
  z
    .strictObject({ kind: z.literal('stream-error'), code: z.string() })
    .describe('an error event; an error where there is no stream'),
  z.strictObject({
    kind: z.literal('garbage'),
    body: z
      .string()
      .optional()
      .describe('a body that is not a response, with status 200; a web page where it is left out'),
    contentType: z.string().optional(),
    bytes: z.int().min(1).optional().describe('the body, over and over, up to this size'),
  }),
  z
    .strictObject({ kind: z.literal('truncated') })
    .describe('a whole answer by its length, whose JSON ends in the middle'),
  z.strictObject({ kind: z.literal('cut'), at: PlaceSchema }).describe('the connection ends there'),
  z.strictObject({ kind: z.literal('stall'), at: PlaceSchema }).describe('nothing more is sent; the connection stays'),
  z.strictObject({
    kind: z.literal('drip'),
    bytes: z.int().min(1).optional().describe('at a time; 1 where it is left out'),
    everyMs: z.number().min(0).optional(),
  }),
]);
export type Reaction = z.infer<typeof ReactionSchema>;

/** What happens to the bytes of an answer on their way. */
export type WireFault = Extract<Reaction, { kind: 'truncated' | 'cut' | 'stall' | 'drip' }>;

export const wireFaultOf = (reaction: Reaction): WireFault | null =>
  reaction.kind === 'truncated' || reaction.kind === 'cut' || reaction.kind === 'stall' || reaction.kind === 'drip'
    ? reaction
    : null;

/** Seen by a script: the request, its call key, and how often this key came before. */
export interface Incoming {
  request: StandInRequest;
  callKey: string;
  before: number;
}

/** Null lets the rules answer. A promise holds the request until it resolves. */
export type Script = (incoming: Incoming) => Reaction | null | Promise<Reaction | null>;
