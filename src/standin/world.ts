/** What all routes share: one stand-in. */
import type { Courses } from './calls/courses.ts';
import type { Clock } from './clock.ts';
import type { RateLimits } from './limits/rate-limits.ts';
import type { Models } from './models.ts';
import type { Script } from './reaction.ts';
import type { RequestLog } from './request-log.ts';
import type { Inputs } from './state/inputs.ts';
import type { State } from './state/state.ts';
import type { Prompts } from './usage/prompts.ts';

export interface World {
  clock: Clock;
  models: Models;
  /** Null in a lean stand-in, which checks and counts nothing. */
  prompts: Prompts | null;
  limits: RateLimits | null;
  log: RequestLog;
  state: State;
  inputs: Inputs;
  courses: Courses;
  script: Script;
  /** How long each answer takes. */
  latencyMs: number;
}
