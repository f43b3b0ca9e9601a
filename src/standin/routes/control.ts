/** `/stand-in`: what no provider has. The log of what came, and the clock. Needs no key. */
import { z } from 'zod';
import { invalid } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { route, type Route } from '../http/router.ts';
import { STAND_IN_NAME } from '../protocol/response-object.ts';
import type { World } from '../world.ts';

const AdvanceSchema = z.strictObject({ advanceMs: z.number().min(0) });

const CONTROLS = {
  'GET /stand-in': 'this',
  'GET /stand-in/log':
    'creates that were let in, by call key, with the hash of their bytes and whether they would be billed',
  'GET /stand-in/requests': 'every request, with the status of its answer',
  'GET /stand-in/summary': 'counts, and the call keys that were paid twice',
  'GET /stand-in/clock': 'the time of the stand-in',
  'POST /stand-in/clock {"advanceMs": n}': 'skips time: batches, responses and limits go on as if it had passed',
};

export function controlRoutes({ clock, log, state }: World): Route[] {
  const time = () => ({ now: new Date(clock.now()).toISOString(), skippedMs: clock.skippedMs });

  async function advance(exchange: Exchange): Promise<void> {
    const asked = AdvanceSchema.safeParse(await exchange.body());
    if (!asked.success) throw invalid('invalid_value', 'advanceMs', 'Say by how much: {"advanceMs": 60000}.');
    clock.advance(asked.data.advanceMs);
    state.clock.put('skippedMs', clock.skippedMs);
    exchange.json(time());
  }

  const summary = () => ({
    requests: log.requests.length,
    creates: log.creates.length,
    served: log.creates.filter(({ isServed }) => isServed).length,
    paidTwice: log.servedTwice,
    clock: time(),
  });

  return [
    route('GET', '/stand-in', (exchange) => exchange.json({ name: STAND_IN_NAME, controls: CONTROLS })),
    route('GET', '/stand-in/log', (exchange) => exchange.json(log.creates)),
    route('GET', '/stand-in/requests', (exchange) => exchange.json(log.requests)),
    route('GET', '/stand-in/summary', (exchange) => exchange.json(summary())),
    route('GET', '/stand-in/clock', (exchange) => exchange.json(time())),
    route('POST', '/stand-in/clock', advance),
  ];
}
