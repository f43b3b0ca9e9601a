/**
 * The stand-in model server: speaks the provider's protocol on loopback and answers by rules. It is not a language model and says so in
 * every answer. It checks requests and counts tokens as the provider does; a lean one does neither, for benchmarks.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BatchTimes, DEFAULT_TIMES } from './batches/batch.ts';
import { Batches } from './batches/batches.ts';
import { Files } from './batches/files.ts';
import { Courses } from './calls/courses.ts';
import { Clock } from './clock.ts';
import { ApiError } from './http/api-error.ts';
import { Exchange } from './http/exchange.ts';
import { Router } from './http/router.ts';
import { type ModelLimits, RateLimits } from './limits/rate-limits.ts';
import { Models } from './models.ts';
import type { Script } from './reaction.ts';
import { RequestLog } from './request-log.ts';
import { batchRoutes } from './routes/batches.ts';
import { chatRoutes } from './routes/chat-completions.ts';
import { controlRoutes } from './routes/control.ts';
import { fileRoutes } from './routes/files.ts';
import { modelRoutes } from './routes/models.ts';
import { responseRoutes } from './routes/responses.ts';
import { Inputs } from './state/inputs.ts';
import { openState, type State } from './state/state.ts';
import { Prompts } from './usage/prompts.ts';
import { byO200k } from '../o200k.ts';
import { byLength } from './usage/tokens.ts';
import type { World } from './world.ts';

export interface StandInOptions {
  port?: number;
  /** How long each answer takes. */
  latencyMs?: number;
  script?: Script;
  /** Checks nothing, counts by length, and keeps only what somebody has to ask for. */
  lean?: boolean;
  /** Where it keeps what survives it; in memory alone without one. */
  stateFolder?: string;
  /** By model; none without. */
  limits?: Record<string, ModelLimits>;
  /** The one key that is taken; any without. */
  apiKey?: string;
  batches?: Partial<BatchTimes> & { queueTokens?: Record<string, number> };
}

export interface StandIn {
  /** For `OPENAI_BASE_URL`. */
  baseUrl: string;
  log: RequestLog;
  clock: Clock;
  close(): Promise<void>;
}

export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const state = openState(options.stateFolder);
  try {
    const world = await worldOf(options, state);
    const server = serverOf(world, options);
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve),
    );
    const { port } = server.address() as AddressInfo;
    const { log, clock } = world;
    return { baseUrl: `http://127.0.0.1:${port}/v1`, log, clock, close: () => close(server, state) };
  } catch (error) {
    state.close();
    throw error;
  }
}

async function worldOf(options: StandInOptions, state: State): Promise<World> {
  const { lean = false, latencyMs = 0, script = () => null, limits = {} } = options;
  const clock = new Clock(state.clock.get('skippedMs') ?? 0);
  const count = lean ? byLength : await byO200k();
  const inputs = new Inputs(state.items);
  const creates = state.creates.entries().map(([, create]) => create);
  return {
    ...{ clock, state, inputs, script, latencyMs },
    models: new Models(clock),
    prompts: lean ? null : new Prompts(clock, count),
    limits: Object.keys(limits).length > 0 ? new RateLimits(limits, clock) : null,
    log: new RequestLog(creates, (create) => state.creates.put(String(create.n), create)),
    courses: new Courses({ clock, kept: state.responses, inputs, count }),
  };
}

function serverOf(world: World, { apiKey, batches: { queueTokens = {}, ...times } = {} }: StandInOptions): Server {
  const files = new Files(world.state.files, world.clock);
  const batches = new Batches({ world, files, times: { ...DEFAULT_TIMES, ...times }, queueTokens });
  const router = new Router([
    ...controlRoutes(world),
    ...responseRoutes(world),
    ...chatRoutes(world),
    ...modelRoutes(world),
    ...fileRoutes(files),
    ...batchRoutes(batches, files),
  ]);

  async function handle(exchange: Exchange): Promise<void> {
    const { method, path } = exchange;
    const found = router.find(method, path);
    if (!path.startsWith('/stand-in')) assertKey(exchange.request.headers.authorization, apiKey);
    if (!found) throw new ApiError({ status: 404, message: `Invalid URL (${method} ${path})` });
    exchange.params = found.params;
    await found.route.handle(exchange);
  }

  return createServer((request, response) => {
    const exchange = new Exchange(request, response);
    const at = world.clock.now();
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : null;
      world.log.addRequest({ method: exchange.method, path: exchange.path, status, digest: exchange.digest, at });
    });
    handle(exchange).catch((error: unknown) => exchange.fail(error));
  });
}

function assertKey(authorization: string | undefined, apiKey: string | undefined): void {
  const given = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (given !== undefined && (apiKey === undefined || given === apiKey)) return;
  const message =
    given === undefined
      ? "You didn't provide an API key. The stand-in takes any, in an Authorization header: Bearer YOUR_KEY."
      : 'Incorrect API key provided.';
  throw new ApiError({ status: 401, code: 'invalid_api_key', message });
}

async function close(server: Server, state: State): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  state.close();
}
