/** A response as it is kept: what may be asked about by its id, and what is still to be made of it. */
import type { ResponseObject } from '../protocol/response-object.ts';
import type { Reaction } from '../reaction.ts';
import type { StandInRequest } from '../request.ts';

/** What a response under way comes from. Times are milliseconds since 1970, by the stand-in's clock. */
export interface Work {
  /** Without its input where that is kept beside it. */
  request: StandInRequest;
  reaction: Reaction;
  inputTokens: number;
  cachedTokens: number;
  /** When it leaves the queue, and when it ends. */
  beginsAt: number;
  endsAt: number;
}

export interface KeptResponse {
  response: ResponseObject;
  /** Null once it has ended. */
  work: Work | null;
  /** Where its input is; null where none is kept. */
  inputRef: string | null;
  /** When nobody can ask about it any more. */
  expiresAt: number;
}
