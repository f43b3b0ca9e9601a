/** The batch lane over HTTP, against a stand-in whose clock is moved. */
import type { ModelRequest } from '../../src/contracts/model.ts';
import type { BatchLane, BatchResult, BatchState, ModelProvider, WireCall } from '../../src/model/port.ts';
import { responsesProvider } from '../../src/model/openai/provider.ts';
import type { StandInOptions } from '../../src/standin/server.ts';
import { TIMES } from './batches.ts';
import { providerSetup, request } from './provider.ts';
import { clientOf } from './stand-in.ts';

export const never = (): AbortSignal => new AbortController().signal;

export const keyOf = (n: number): string => `objective/map/1/${n}/item`;

export function laneOf(baseUrl: string): { provider: ModelProvider; lane: BatchLane } {
  const provider = responsesProvider({ apiKey: 'test', baseUrl });
  if (!provider.batches) throw new Error('There is no batch lane.');
  return { provider, lane: provider.batches };
}

export async function laneSetup(options: StandInOptions = {}) {
  const { standIn, create } = await providerSetup({ batches: TIMES, ...options });
  const { clock, baseUrl } = standIn;
  const { lane, provider } = laneOf(baseUrl);
  const after = (ms: number, id: string) => (clock.advance(ms), lane.state(id, never()));
  return { ...{ standIn, clock, baseUrl, lane, provider, create, after }, client: clientOf(baseUrl) };
}

/** Asks nobody. */
const encoder = responsesProvider({ apiKey: 'test', baseUrl: 'http://127.0.0.1:1' });

export function callOf(n: number, change: Partial<ModelRequest> = {}) {
  const asked = request({
    ...{ callKey: keyOf(n), model: 'gpt-5.4-nano', background: false },
    ...{ input: [{ role: 'user', content: `Is ${n} odd?` }], ...change },
  });
  return { request: asked, body: encoder.encode(asked) };
}

export const callsOf = (count: number, change: Partial<ModelRequest> = {}): WireCall[] =>
  Array.from({ length: count }, (_, n) => callOf(n, change));

export const asked = (calls: WireCall[]) => new Map(calls.map(({ request: one }) => [one.callKey, one]));

/** By the number of the call, in that order; a reply where there is one, else the failure. */
export async function resultsOf(lane: BatchLane, batch: BatchState, calls: WireCall[]) {
  const results: BatchResult[] = [];
  for await (const result of lane.results(batch, asked(calls), never())) results.push(result);
  if (new Set(results.map(({ callKey }) => callKey)).size < results.length)
    throw new Error('A call was told of twice.');
  return results
    .toSorted((a, b) => a.callKey.localeCompare(b.callKey, 'en', { numeric: true }))
    .map((result) => ('reply' in result ? result.reply : result.failure));
}
