/** The stand-in as anyone may speak to it: with the provider's own client, or with bare requests where that would hide something. */
import { afterAll } from '@jest/globals';
import { APIError, OpenAI } from 'openai';
import { type StandInOptions, startStandIn } from '../../src/standin/server.ts';

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

export const clientOf = (baseURL: string): OpenAI =>
  new OpenAI({ apiKey: 'any', baseURL, maxRetries: 0, logLevel: 'off' });

export async function standInSetup(options: StandInOptions = {}) {
  const standIn = await startStandIn(options);
  closers.push(() => standIn.close());
  const client = clientOf(standIn.baseUrl);
  /** A create as bytes over HTTP, by which a test sees what a client would smooth over. */
  const post = (body: object, path = '/responses') =>
    fetch(`${standIn.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { standIn, client, post, clock: standIn.clock };
}

/** The error that a call of the client ends with. */
export const apiErrorOf = (call: Promise<unknown>): Promise<APIError> =>
  call.then(
    () => Promise.reject(new Error('The call did not fail.')),
    (error: unknown) => (error instanceof APIError ? (error as APIError) : Promise.reject(error as Error)),
  );
