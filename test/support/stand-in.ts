/** The stand-in as anyone may speak to it: with the provider's own client. */
import { afterAll } from '@jest/globals';
import { OpenAI } from 'openai';
import { type StandInOptions, startStandIn } from '../../src/standin/server.ts';

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

export async function standInSetup(options: StandInOptions = {}) {
  const standIn = await startStandIn(options);
  closers.push(() => standIn.close());
  const client = new OpenAI({ apiKey: 'any', baseURL: standIn.baseUrl, maxRetries: 0 });
  return { standIn, client };
}
