/** The provider over HTTP, against a scripted stand-in of its own. */
import { afterAll } from '@jest/globals';
import type { ModelRequest } from '../../src/contracts/model.ts';
import { responsesProvider } from '../../src/model/openai/provider.ts';
import { ProviderFailure } from '../../src/model/port.ts';
import { type StandInOptions, startStandIn } from '../../src/standin/server.ts';
import { head } from './journal.ts';

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

export async function providerSetup(options: StandInOptions = {}) {
  const standIn = await startStandIn(options);
  closers.push(() => standIn.close());
  const provider = responsesProvider({ apiKey: 'test', baseUrl: standIn.baseUrl });
  const identified: string[] = [];
  /** `create`, with what was identified kept. */
  const create = (
    asked: ModelRequest,
    signal = new AbortController().signal,
    onIdentified = async (id: string): Promise<void> => void identified.push(id),
  ) => provider.create({ request: asked, body: provider.encode(asked) }, { onIdentified, signal });
  const stored = async (id: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${standIn.baseUrl}/responses/${id}`, { headers: { authorization: 'Bearer test' } });
    return (await response.json()) as Record<string, unknown>;
  };
  return { standIn, provider, create, identified, stored };
}

/** The failure that a call ends with. */
export const failureOf = (call: Promise<unknown>): Promise<ProviderFailure> =>
  call.then(
    () => Promise.reject(new Error('The call did not fail.')),
    (error: unknown) => (error instanceof ProviderFailure ? error : Promise.reject(error as Error)),
  );

export const request = (change: Partial<ModelRequest> = {}): ModelRequest => ({
  ...head(),
  callKey: 'objective/a/1/1/turn',
  input: [{ role: 'user', content: 'hello' }],
  ...change,
});
