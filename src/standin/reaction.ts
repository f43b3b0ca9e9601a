/** What the stand-in does with one request: answer by its rules, or misbehave as a provider can. */
import type { Utterance } from './mind.ts';
import type { StandInRequest } from './request.ts';

export type Reaction =
  | { kind: 'answer'; utterance?: Utterance; model?: string; usage?: unknown }
  | { kind: 'error'; status: number; code: string; headers?: Record<string, string> }
  | { kind: 'failed'; code: string }
  | { kind: 'incomplete'; reason: string }
  | { kind: 'refusal' }
  /** A body that is not a response, with status 200. */
  | { kind: 'garbage'; body: string; contentType: string }
  /** The connection is cut: before anything was sent, or after the response was named. */
  | { kind: 'cut'; at: 'start' | 'named' };

/** Seen by a script: the request, its call key, and how often this key came before. */
export interface Incoming {
  request: StandInRequest;
  callKey: string;
  before: number;
}

/** Null lets the rules answer. A promise holds the request until it resolves. */
export type Script = (incoming: Incoming) => Reaction | null | Promise<Reaction | null>;
